"""Kano's classes: which features must be there, which please the more the better, which delight, which leave cold."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments, float_table
from crmlab._shares import normal_quantile, wilson
from crmlab.errors import DataError, ParameterError, did_you_mean

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

__all__ = ["CLASSES", "EVALUATION", "KanoClasses", "kano_classes"]

#: letter -> name; in the order in which Berger et al. break ties (M > O > A > I)
CLASSES = {
    "M": "must_be",
    "O": "one_dimensional",
    "A": "attractive",
    "I": "indifferent",
    "R": "reverse",
    "Q": "questionable",
}
#: class of (functional, dysfunctional) answers 1 like, 2 must be, 3 neutral, 4 live with, 5 dislike
EVALUATION = {
    "kano": ("QAAAO", "RIIIM", "RIIIM", "RIIIM", "RRRRQ"),
    # Pouliot: must be both with and without, or live with both, is as contradictory as liking both
    "pouliot": ("QAAAO", "RQIIM", "RIIIM", "RIIQM", "RRRRQ"),
}


@dataclass(frozen=True, eq=False)
class KanoClasses:
    """Classes and satisfaction coefficients of features."""

    #: feature, n, n_missing, M, O, A, I, R, Q (counts), category, tied (classes that share the greatest count, best first by
    #: M > O > A > I > R > Q), category_strength, total_strength, fong_difference, fong_critical, significant, mode_p, better, better_low,
    #: better_high, worse, worse_low, worse_high
    table: pd.DataFrame
    #: a column for each feature: each respondent's class; missing where an answer is
    respondents: pd.DataFrame
    evaluation: str
    method: str
    confidence: float
    fong_confidence: float

    def summary(self) -> pd.DataFrame:
        """Return the table of the features."""
        return self.table.copy()


@checked_arguments
def kano_classes(
    functional: pd.DataFrame,
    dysfunctional: pd.DataFrame,
    *,
    evaluation: str = "kano",
    method: str = "wilson",
    confidence: float = 0.95,
    fong_confidence: float = 0.90,
    rng: np.random.Generator | None = None,
    n_resamples: int = 2000,
) -> KanoClasses:
    r"""Return each feature's Kano class, how sure it is, and Berger's coefficients *better* and *worse*.

    .. math:: \text{better} = \frac{A + O}{A + O + M + I}, \qquad \text{worse} = -\frac{O + M}{A + O + M + I}

    Parameters
    ----------
    functional, dysfunctional
        Answers of the same respondents (equal row labels) to *how would you feel with it* and *without it*; a column for each
        feature (equal names). Coded 1 I like it, 2 it must be so, 3 neutral, 4 I can live with it, 5 I dislike it. Pairs
        with a missing half are left out and counted.
    evaluation
        ``"kano"``: the 5 × 5 table of Kano and of Berger et al.; ``"pouliot"``: with the two contradictory pairs (2, 2) and
        (4, 4) counted as questionable.
    method
        Intervals of the coefficients: ``"wilson"`` (default; given the number of M, O, A and I answers, A + O is binomial) or
        ``"bootstrap"`` (multinomial resamples of the six classes; needs `rng`; resamples without M, O, A and I are left out).
    confidence
        Level of the intervals, between 0 and 1.
    fong_confidence
        Level of Fong's test; his 1.65 is that of 0.90.
    rng, n_resamples
        For the bootstrap.

    Returns
    -------
    KanoClasses
        ``category``: the class of most answers; where classes tie (``tied`` names them), the one to be cared for first, by M > O > A >
        I. ``category_strength``: its share less the next one's; under .06 the feature is between classes. ``total_strength``: share of M,
        O and A. ``significant``: Fong's test, with a and b the two greatest counts of n,

        .. math:: |a - b| \ge z \sqrt{\frac{(a + b)(2n - a - b)}{2n}}

        Fong's bound is the published one, and too low: it takes a and b for independent, which two classes of one sample are not
        (the variance of a − b is a + b where both are as frequent). With two classes of 40 % each it calls a fifth of the samples
        significant, not a tenth. ``mode_p`` is the exact two-sided binomial test of a against b, which keeps its level: prefer it.

    Raises
    ------
    DataError
        Tables that do not belong together, answers other than 1 to 5 (names the first five), features without answers.
    ParameterError
        Unknown evaluation or method, bootstrap without `rng`, levels outside (0, 1).

    Notes
    -----
    One class for all hides segments: two groups with M and I give a feature that nobody has. Look at the counts. Many R tell
    that the question stands the wrong way round for some; many Q that it was not understood. R and Q are left out of
    the coefficients. Classes move with time, from A over O to M.

    References
    ----------
    Kano, Seraku, Takahashi & Tsuji 1984, doi 10.20684/quality.14.2_147; Berger et al. 1993, *Center for Quality of Management
    Journal* 2(4), 3–36 (tables, coefficients, order of ties, Fong's test); Lee & Newcomb 1997 (strengths), *Quality Management
    Journal* 4(3), 95–110.

    Checked against: the published table cell by cell, counts and Fong's bound by hand, statsmodels (Wilson), the bootstrap
    against Wilson, simulation (coverage).

    Examples
    --------
    >>> functional = pd.DataFrame({"app": [1, 1, 1, 3, 1], "queue": [3, 3, 2, 3, 1]})
    >>> dysfunctional = pd.DataFrame({"app": [3, 3, 5, 3, 4], "queue": [5, 5, 5, 3, 5]})
    >>> result = kano_classes(functional, dysfunctional)
    >>> result.table[["feature", "category", "better", "worse"]].to_dict("list")
    {'feature': ['app', 'queue'], 'category': ['A', 'M'], 'better': [0.8, 0.2], 'worse': [-0.2, -0.8]}

    """
    for name, got, allowed in (
        ("evaluation", evaluation, tuple(EVALUATION)),
        ("method", method, ("wilson", "bootstrap")),
    ):
        if got not in allowed:
            raise ParameterError(f"{name}={got!r} is unknown.", hint=f"Allowed: {', '.join(allowed)}.")
    if method == "bootstrap" and rng is None:
        raise ParameterError("method='bootstrap' needs a generator: rng=numpy.random.default_rng(1).")
    normal_quantile(confidence)
    z = normal_quantile(fong_confidence)
    with_it, without = _coded(functional, dysfunctional)
    cells = np.array([list(row) for row in EVALUATION[evaluation]], dtype=object)
    rows, classes = [], {}
    for column, feature in enumerate(functional.columns):
        f, d = with_it[:, column], without[:, column]
        both = ~np.isnan(f) & ~np.isnan(d)
        if not both.any():
            raise DataError(f"Nobody answered both questions on {feature}.")
        found = np.full(len(f), None, dtype=object)
        found[both] = cells[f[both].astype(int) - 1, d[both].astype(int) - 1]
        classes[feature] = found
        counts = np.array([(found == letter).sum() for letter in CLASSES])
        low_high = _coefficients(counts, method, confidence, rng, n_resamples)
        rows.append(
            {
                "feature": feature,
                "n": int(both.sum()),
                "n_missing": int((~both).sum()),
                **dict(zip(CLASSES, counts.tolist(), strict=True)),
                **_mode(counts, z),
                **low_high,
            }
        )
    return KanoClasses(
        pd.DataFrame(rows),
        pd.DataFrame(classes, index=functional.index),
        evaluation,
        method,
        confidence,
        fong_confidence,
    )


def _mode(counts: NDArray[np.int_], z: float) -> dict[str, object]:
    from scipy.special import bdtrc

    letters, n = list(CLASSES), int(counts.sum())
    second, first = (int(count) for count in np.sort(counts)[-2:])
    tied = [letter for letter, count in zip(letters, counts, strict=True) if count == first]
    critical = z * math.sqrt((first + second) * (2 * n - first - second) / (2 * n))
    return {
        "category": tied[0],
        "tied": "".join(tied) if len(tied) > 1 else "",
        "category_strength": (first - second) / n,
        "total_strength": int(counts[:3].sum()) / n,
        "fong_difference": first - second,
        "fong_critical": critical,
        "significant": first > second and first - second >= critical,
        "mode_p": min(1.0, 2 * float(bdtrc(first - 1, first + second, 0.5))),
    }


def _coefficients(
    counts: NDArray[np.int_],
    method: str,
    confidence: float,
    rng: np.random.Generator | None,
    n_resamples: int,
) -> dict[str, float]:
    valid = int(counts[:4].sum())
    better, worse = int(counts[1] + counts[2]), int(counts[0] + counts[1])
    if not valid:
        names = ("better", "better_low", "better_high", "worse", "worse_low", "worse_high")
        return dict.fromkeys(names, math.nan)
    if method == "bootstrap" and rng is not None:
        draws = rng.multinomial(counts.sum(), counts / counts.sum(), size=n_resamples)
        draws = draws[draws[:, :4].sum(axis=1) > 0]
        shares = np.column_stack([draws[:, 1] + draws[:, 2], draws[:, 0] + draws[:, 1]]) / draws[:, :4].sum(
            axis=1, keepdims=True
        )
        low, high = np.quantile(shares, [(1 - confidence) / 2, (1 + confidence) / 2], axis=0)
    else:
        low, high = wilson([better, worse], [valid, valid], confidence)
    return {
        "better": better / valid,
        "better_low": float(low[0]),
        "better_high": float(high[0]),
        "worse": -worse / valid,
        "worse_low": -float(high[1]),
        "worse_high": -float(low[1]),
    }


def _coded(functional: pd.DataFrame, dysfunctional: pd.DataFrame) -> tuple[Floats, Floats]:
    for name, table in (("functional", functional), ("dysfunctional", dysfunctional)):
        if not table.shape[1]:
            raise DataError(
                f"{name} comes as a DataFrame, a column for each feature; got {type(table).__name__}."
            )
    known = [str(column) for column in dysfunctional.columns]
    lacking = [name for name in functional.columns if name not in dysfunctional.columns]
    if lacking or functional.shape[1] != dysfunctional.shape[1]:
        near = {name: did_you_mean(str(name), known) for name in lacking}
        raise DataError(
            "The two tables must have the same features.",
            problems=[
                f"dysfunctional lacks {name}" + (f": did you mean {near[name]}?" if near[name] else "")
                for name in lacking
            ],
        )
    if not functional.index.equals(dysfunctional.index):
        raise DataError(
            "The two tables have different row labels, so it is not clear which answers belong together.",
            hint="Take both from one table, or align them first.",
        )
    pair = functional, dysfunctional[list(functional.columns)]
    out, problems = [], []
    for name, table in zip(("functional", "dysfunctional"), pair, strict=True):
        numbers = float_table(table)
        bad = (table.notna() & ~numbers.isin([1, 2, 3, 4, 5])).to_numpy()
        problems += [
            f"{name}, row {table.index[r]}, {table.columns[c]}: {_plain(table.iloc[r, c])!r}"
            for r, c in zip(*np.nonzero(bad), strict=True)
        ]
        out.append(numbers.to_numpy(dtype=float))
    if problems:
        raise DataError(
            f"{len(problems)} answers are none of 1, 2, 3, 4, 5.",
            problems=problems[:5],
            hint="Code: 1 I like it, 2 it must be so, 3 neutral, 4 I can live with it, 5 I dislike it.",
        )
    return out[0], out[1]


def _plain(value: object) -> object:
    """Return numpy's number as Python's, which reads better."""
    return value.item() if isinstance(value, np.generic) else value
