"""What chance adds to an expectation: whom a coin falls for, and how much customers happen to buy."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from crmlab.clv.mean_spend import MeanSpend

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.clv._guard import Histories
    from crmlab.clv._model import PurchaseModel
    from crmlab.clv.gamma_gamma import GammaGamma

    Floats = NDArray[np.float64]
    Ints = NDArray[np.int64]

__all__ = ["COUNTS", "amounts", "counts", "variances"]

#: customers whose chance is simulated; the sum over all is scaled up from them
_SAMPLE = 3000
_CELLS = 400_000
#: draws of a number of customers
COUNTS = 20_000


def counts(rng: np.random.Generator, expected: Floats, spread: float, n: float) -> Ints:
    """Draw how many of `n` customers do what each does with a probability of his own.

    `expected` are the sums of the probabilities; `spread` (at most 1) is the variance by that of a binomial of `n`. A
    binomial of fewer customers, with the same mean and variance, stands for the sum of unequal ones.
    """
    share = np.clip(expected / n, 1e-12, 1 - 1e-12)
    chance = np.clip(1 - spread * (1 - share), 1e-12, 1.0)
    size = np.maximum(np.rint(expected / chance), 1).astype(np.int64)
    drawn: Ints = rng.binomial(size, np.minimum(expected / size, 1.0))
    return drawn


def variances(
    rng: np.random.Generator,
    purchases: PurchaseModel,
    spend: GammaGamma | MeanSpend,
    h: Histories,
    z: Floats,
    *,
    horizon: float,
    later: Floats,
) -> tuple[float, float]:
    """Return the variances of all purchases and of their value that come from what each customer happens to do.

    `later` is what discounting and the margin leave of a purchase of each customer.
    """
    n = len(h)
    who = np.arange(n) if n <= _SAMPLE else rng.choice(n, _SAMPLE, replace=False)
    draws = int(np.clip(_CELLS // len(who), 100, 4000))
    some = h.take(who)
    theta = np.tile(purchases.log_parameters, (draws, 1))
    bought = purchases.simulate(some, horizon, theta, rng)
    worth = amounts(rng, spend, bought, some.x.astype(np.float64), z[who]) * later[who]
    scale = n / len(who)
    return float(bought.var(axis=0).sum()) * scale, float(worth.var(axis=0).sum()) * scale


def amounts(
    rng: np.random.Generator, spend: GammaGamma | MeanSpend, bought: Ints, x: Floats, z: Floats
) -> Floats:
    """Draw what drawn purchases are worth together, given what each customer spent so far."""
    if isinstance(spend, MeanSpend):
        noise = rng.standard_normal(bought.shape) * np.sqrt(bought)
        worth: Floats = spend.mean * bought + spend.spread * noise
        return worth
    paid = np.where(x > 0, x * np.nan_to_num(z), 0.0)
    nu = rng.gamma(spend.p * x + spend.q, size=bought.shape) / (spend.gamma + paid)
    drawn: Floats = rng.gamma(spend.p * bought) / np.maximum(nu, 1e-300)
    return drawn
