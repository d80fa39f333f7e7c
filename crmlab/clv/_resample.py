"""Models fitted again to customers drawn with replacement."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from crmlab.clv.summary import CustomerSummary
from crmlab.errors import FitError

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

__all__ = ["resampled_fits"]

#: Share of resamples that must be fitted.
_ENOUGH = 0.8


def resampled_fits(
    models: tuple[Any, ...],
    given: CustomerSummary | pd.DataFrame,
    rng: np.random.Generator,
    draws: int,
) -> Iterator[tuple[Any, ...]]:
    """Yield all models fitted to the same resample, `draws` times; resamples that cannot be fitted are left out.

    Raises
    ------
    FitError
        If more than a fifth of the resamples cannot be fitted: then what is left is no fair sample.

    """
    table = given.table if isinstance(given, CustomerSummary) else given
    failed = 0
    for _ in range(draws):
        part = table.iloc[rng.integers(0, len(table), len(table))]
        again = replace(given, table=part) if isinstance(given, CustomerSummary) else part
        try:
            fitted = tuple(model.refit(again) for model in models)
        except FitError as error:
            failed += 1
            if failed > (1 - _ENOUGH) * draws:
                raise FitError(
                    f"{failed} of {draws} resamples cannot be fitted: the data are too few for a bootstrap.",
                    problems=[error.message],
                    hint="Use the delta method, observe more customers, or fit with a small penalty.",
                ) from error
            continue
        yield fitted
