"""What the BG/NBD and the MBG/NBD share: customers leave right after a purchase, with a chance of their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from crmlab.clv._bg_nbd_expectation import buys_if_alive
from crmlab.clv._effects import PurchaseParameters, Scaled
from crmlab.clv._predict import PurchasePredictions

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from crmlab.clv._guard import Histories
    from crmlab.clv._units import TimeUnit

    Floats = NDArray[np.float64]

__all__ = ["LeavingAfterPurchases"]


@dataclass(frozen=True, eq=False, kw_only=True)
class LeavingAfterPurchases(PurchasePredictions, PurchaseParameters):
    """Rates of purchase from a gamma distribution, chances to leave from a beta distribution."""

    names: ClassVar[tuple[str, ...]] = ("r", "alpha", "a", "b")
    scaled: ClassVar[tuple[Scaled, ...]] = (
        ("purchase", 1, -1.0, "purchase"),
        ("dropout_a", 2, 1.0, "dropout"),
        ("dropout_b", 3, 1.0, "dropout"),
    )

    r: float
    alpha: float
    a: float
    b: float
    time_unit: TimeUnit | None

    def buys(self, h: Histories, horizon: float) -> Floats:
        """Return the probability of a purchase in the next `horizon`, for checked histories."""
        r, alpha, _, _ = self.each(h)
        buys: Floats = self._as_model().alive(h) * buys_if_alive(r, alpha, h.x, h.T, horizon)
        return buys
