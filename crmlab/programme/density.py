"""Do customers push themselves over the threshold? McCrary's test of the density at a cutoff."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import as_column, checked_arguments
from crmlab._shares import normal_quantile
from crmlab.errors import DataError, ParameterError
from crmlab.grading._values import read_values

if TYPE_CHECKING:
    from numpy.typing import ArrayLike, NDArray

    Floats = NDArray[np.float64]

__all__ = ["DensityTest", "density_test"]

_KAPPA = 3.348  # McCrary's constant of the rule of thumb, triangular kernel
_MIN_SIDE = 20
_MIN_BINS = 6


@dataclass(frozen=True, eq=False)
class DensityTest:
    """The jump of the density of the running variable at the cutoff.

    Attributes
    ----------
    log_ratio, standard_error, low, high, confidence
        ln(density just above) − ln(density just below), and its interval. Above 0: customers crowd above the cutoff.
    ratio
        Density just above over density just below.
    p_value
        Of no jump, two-sided.
    density_below, density_above
        At the cutoff, per unit of the running variable.
    bandwidth, bin_width
        Used.
    n
        Values.
    histogram
        ``middle``, ``density`` of each bin; no bin crosses the cutoff.

    """

    log_ratio: float
    standard_error: float
    low: float
    high: float
    confidence: float
    ratio: float
    p_value: float
    density_below: float
    density_above: float
    bandwidth: float
    bin_width: float
    n: int
    histogram: pd.DataFrame

    def summary(self) -> pd.DataFrame:
        """Return one row: ratio of the densities, its logarithm with the interval, p."""
        names = ("ratio", "log_ratio", "low", "high", "p_value", "bandwidth", "bin_width", "n")
        return pd.DataFrame({name: [getattr(self, name)] for name in names})


@checked_arguments
def density_test(
    running: ArrayLike | pd.Series,
    cutoff: float,
    *,
    bandwidth: float | None = None,
    bin_width: float | None = None,
    confidence: float = 0.95,
) -> DensityTest:
    r"""Test whether the running variable has a jump in its density at the cutoff.

    Parameters
    ----------
    running
        The values, such as yearly spend; missing ones are an error.
    cutoff
        The threshold; a value equal to it lies above.
    bandwidth, bin_width
        In units of the values; default: McCrary's rules of thumb, 2 s.d./√n for the bins.
    confidence
        Level of the interval.

    Returns
    -------
    DensityTest

    Raises
    ------
    DataError
        Missing or infinite values; fewer than 20 on a side; too few bins, or no density near the cutoff.
    ParameterError
        A bandwidth or bin width of 0 or less.

    Notes
    -----
    The histogram, with bins that end at the cutoff, is smoothed by a local line on each side (triangular kernel). With
    densities :math:`\hat f^\pm` at the cutoff,

    .. math:: \hat\theta = \ln \hat f^+ - \ln \hat f^-, \qquad
              \text{s.e.} = \sqrt{\frac{1}{nh}\,\frac{24}{5}\left(\frac{1}{\hat f^+} + \frac{1}{\hat f^-}\right)}

    Customers who see the threshold buy a little more to reach it: a density that jumps up says that those just above
    are not like those just below, and that the effect found there is not the tier's alone. Without a jump, pushing
    may still go on in both directions. Round prices heap values and can look like a jump: choose bins wider than the heaps.

    References
    ----------
    McCrary, J. (2008). Manipulation of the running variable in the regression discontinuity design: A density test.
    Journal of Econometrics, 142(2), 698-714. https://doi.org/10.1016/j.jeconom.2007.05.005

    Checked against: numpy's histogram and weighted least squares step by step, and simulated spend with and without a
    push over the threshold.

    Examples
    --------
    >>> import numpy as np
    >>> spend = np.random.default_rng(1).gamma(4, 1200, 5000)
    >>> found = density_test(spend, 5000)
    >>> found.p_value > 0.05, round(found.ratio, 1)
    (True, 1.0)

    """
    z = normal_quantile(confidence)
    for name, value in (("bandwidth", bandwidth), ("bin_width", bin_width)):
        if value is not None and not (math.isfinite(value) and value > 0):
            raise ParameterError(f"{name} is {value!r}; it must be finite and above 0, or None.")
    x = (
        read_values(
            as_column(running, "running values").reset_index(drop=True), what="running values"
        ).to_numpy()
        - cutoff
    )
    sides = int((x < 0).sum()), int((x >= 0).sum())
    if min(sides) < _MIN_SIDE:
        raise DataError(
            f"{sides[0]} values lie below the cutoff and {sides[1]} above; {_MIN_SIDE} are needed on each side."
        )
    width = 2 * float(np.std(x, ddof=1)) / math.sqrt(len(x)) if bin_width is None else bin_width
    first, last = math.floor(x.min() / width), math.floor(x.max() / width)
    place = np.floor(x / width).astype(np.int64) - first
    height = np.bincount(place, minlength=last - first + 1) / (len(x) * width)
    middle = (np.arange(first, last + 1) + 0.5) * width
    h = _rule_of_thumb(middle, height) if bandwidth is None else bandwidth
    # Beyond the last value there is nothing, which is knowledge, too: bins of height 0.
    more = math.ceil(h / width)
    padded = (np.arange(first - more, last + more + 1) + 0.5) * width
    heights = np.pad(height, more)
    below = _at_zero(padded[padded < 0], heights[padded < 0], h)
    above = _at_zero(padded[padded > 0], heights[padded > 0], h)
    if not (below > 0 and above > 0):
        raise DataError(
            "No density can be told next to the cutoff.",
            hint="Is the cutoff within the bulk of the values? Or choose a wider bandwidth.",
        )
    jump = math.log(above) - math.log(below)
    error = math.sqrt(24 / 5 / (len(x) * h) * (1 / above + 1 / below))
    return DensityTest(
        log_ratio=jump,
        standard_error=error,
        low=jump - z * error,
        high=jump + z * error,
        confidence=confidence,
        ratio=above / below,
        p_value=math.erfc(abs(jump) / error / math.sqrt(2)),
        density_below=below,
        density_above=above,
        bandwidth=h,
        bin_width=width,
        n=len(x),
        histogram=pd.DataFrame({"middle": middle + cutoff, "density": height}),
    )


def _at_zero(x: Floats, y: Floats, h: float) -> float:
    """Return the local line at 0; fewer than two bins with weight say nothing."""
    w = np.maximum(1 - np.abs(x) / h, 0.0)
    if (w > 0).sum() < 2:
        raise DataError("The bandwidth holds fewer than two bins on one side.", hint="Choose narrower bins.")
    mean = (w @ x) / w.sum()
    slope = (w * (x - mean)) @ y / ((w * (x - mean)) @ x)
    return float((w @ y) / w.sum() - slope * mean)


def _rule_of_thumb(x: Floats, y: Floats) -> float:
    """Return the mean of both sides' bandwidths from polynomials of order 4."""
    found = []
    for side in (x < 0, x > 0):
        mine, density = x[side], y[side]
        if len(mine) < _MIN_BINS:
            raise DataError(
                f"There are {len(mine)} bins on one side of the cutoff; {_MIN_BINS} are needed.",
                hint="Choose narrower bins, or a cutoff within the bulk of the values.",
            )
        scale = float(np.abs(mine).max())
        basis = np.vander(mine / scale, 5, increasing=True)
        coefficient, *_ = np.linalg.lstsq(basis, density, rcond=None)
        error = density - basis @ coefficient
        variance = float(error @ error) / max(len(mine) - 5, 1)
        second = basis[:, :3] @ (coefficient[2:] * np.array([2, 6, 12])) / scale**2
        curve = float(second @ second)
        found.append(_KAPPA * (variance * scale / curve) ** 0.2 if curve > 0 else scale)
    return float(np.mean(found))
