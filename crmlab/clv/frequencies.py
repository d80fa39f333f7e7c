"""Frequencies that a model expects, beside those it was fitted to."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.clv._predict import alike_ahead
from crmlab.errors import ParameterError

if TYPE_CHECKING:
    from crmlab.clv._model import PurchaseModel
    from crmlab.clv.summary import CustomerSummary

__all__ = ["expected_vs_actual_frequency"]


@checked_arguments
def expected_vs_actual_frequency(
    model: PurchaseModel, summary: CustomerSummary | pd.DataFrame, *, largest: int = 7
) -> pd.DataFrame:
    r"""Count customers by frequency, and say how many the model expects.

    Parameters
    ----------
    model
        A fitted model of purchases.
    summary
        The customer summary it was fitted to, or its table (``frequency``, ``recency``, ``T``).
    largest
        Customers with this frequency or a higher one are counted together; at least 1.

    Returns
    -------
    pandas.DataFrame
        ``frequency`` (0 to `largest`), ``or_more`` (true in the last row), ``actual`` and ``expected`` customers; both
        add up to all customers.

    Notes
    -----
    :math:`\sum_i P(X(T_i) = x)`, each customer over the time that he was observed. A good fit here is needed, and
    proves little: look at :func:`validate_holdout` too.

    References
    ----------
    Fader, P. S., Hardie, B. G. S., & Lee, K. L. (2005). "Counting your customers" the easy way. Marketing Science,
    24(2), 275-284, equation (8) and figure 3. https://doi.org/10.1287/mksc.1040.0098

    Checked against: ``lifetimes`` 0.11.3 (probabilities), simulation.

    Examples
    --------
    >>> from crmlab.clv import fit_bg_nbd
    >>> from crmlab.clv._simulate import simulate_histories
    >>> table = simulate_histories(np.full(2000, 52.0), rng=np.random.default_rng(1))
    >>> fit = expected_vs_actual_frequency(fit_bg_nbd(table), table, largest=3)
    >>> int(fit["actual"].sum()), round(float(fit["expected"].sum()), 6)
    (2000, 2000.0)

    """
    if largest < 1:
        raise ParameterError(f"largest is {largest!r}; it must be a whole number of at least 1.")
    h = model.histories(summary)
    alike, place = alike_ahead(replace(h, x=np.zeros_like(h.x)))
    weights = np.bincount(place, minlength=len(alike))
    kinds = None if alike.kinds is None else alike.kinds[alike.kind]
    frequency = np.arange(largest + 1)
    return pd.DataFrame(
        {
            "frequency": frequency,
            "or_more": frequency == largest,
            "actual": np.bincount(np.minimum(h.x, largest), minlength=largest + 1),
            "expected": weights @ model.frequency_probabilities(alike.T, largest, kinds),
        }
    )
