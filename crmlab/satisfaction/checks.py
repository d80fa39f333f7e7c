"""Answers on a scale, checked: numbers, within the scale, missing ones counted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import as_column, floats, same_rows
from crmlab.errors import DataError, ParameterError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from numpy.typing import NDArray

    Array = NDArray[np.float64]
    #: a column, an array, a list: numbers, missing ones as NaN or None
    Scores = pd.Series | np.ndarray | Iterable[float | None]

__all__ = ["Checked", "check_confidence", "check_method", "check_pairs", "check_scores", "frequencies"]


@dataclass(frozen=True)
class Checked:
    """Answers without the missing ones."""

    answers: Array
    index: pd.Index
    #: which of the rows given were kept
    kept: NDArray[np.bool_]

    @property
    def n(self) -> int:
        """Answers kept."""
        return len(self.answers)

    @property
    def n_missing(self) -> int:
        """Answers missing."""
        return int((~self.kept).sum())


def check_scores(
    scores: Scores,
    scale: tuple[float, float] | None,
    *,
    what: str = "scores",
    whole: bool = False,
) -> Checked:
    """Return the answers without the missing ones; refuse words, and what is off the scale or (`whole`) no whole number."""
    series = as_column(scores, what)
    numbers = floats(series)
    given = series.notna().to_numpy()
    words = ~np.isfinite(numbers) & given
    _refuse(
        series,
        words,
        f"{what}: {{n}} answers are not finite numbers.",
        "Turn words into numbers, and leave missing answers empty.",
    )
    if scale is not None:
        low, high = check_scale(scale)
        with np.errstate(invalid="ignore"):
            outside = (numbers < low) | (numbers > high)
        _refuse(
            series,
            outside,
            f"{what}: {{n}} answers lie outside the scale {low:g} to {high:g}.",
            "Name the scale that was asked, as in scale=(1, 7), or correct the answers.",
        )
    if whole:
        broken = ~np.isnan(numbers) & (numbers % 1 != 0)
        _refuse(
            series,
            broken,
            f"{what}: {{n}} answers are no whole numbers.",
            "Do not average before scoring: pass single answers.",
        )
    kept = ~np.isnan(numbers)
    if not kept.any():
        raise DataError(f"{what}: there is no answer among {len(series)} rows.")
    return Checked(numbers[kept], series.index[kept], kept)


def check_pairs(
    first: Scores, second: Scores, names: tuple[str, str], scale: tuple[float, float] | None
) -> tuple[Checked, Checked]:
    """Return two checked columns of the same respondents, without the pairs of which a half is missing."""
    a = as_column(first, names[0])
    b = as_column(second, names[1])
    same_rows(**dict(zip(names, (first, second), strict=True)))
    x, y = check_scores(a, scale, what=names[0]), check_scores(b, scale, what=names[1])
    both = x.kept & y.kept
    if not both.any():
        raise DataError(f"No respondent has both {names[0]} and {names[1]}.")
    return Checked(x.answers[both[x.kept]], a.index[both], both), Checked(
        y.answers[both[y.kept]], a.index[both], both
    )


def check_scale(scale: tuple[float, float]) -> tuple[float, float]:
    """Return the scale's ends as floats; refuse one that does not rise."""
    low, high = scale
    if not low < high:
        raise ParameterError(f"scale={scale} must rise, from the least to the greatest answer, as in (1, 5).")
    return float(low), float(high)


def check_confidence(confidence: float) -> None:
    """Refuse a level outside (0, 1), such as 95."""
    if not 0 < confidence < 1:
        raise ParameterError(f"confidence={confidence} must lie between 0 and 1, as in 0.95.")


def check_method(name: str, got: str, allowed: Iterable[str]) -> None:
    """Refuse an unknown choice, and name the known ones."""
    known = tuple(allowed)
    if got not in known:
        raise ParameterError(f"{name}={got!r} is unknown.", hint=f"Allowed: {', '.join(known)}.")


def frequencies(values: Array, scale: tuple[float, float]) -> pd.DataFrame:
    """Return score, n, share: a row for each whole point of the scale (and each other answer that occurs), rising."""
    low, high = scale
    points = np.union1d(np.arange(np.ceil(low), np.floor(high) + 1), values)
    counts = np.array([(values == point).sum() for point in points])
    return pd.DataFrame({"score": points, "n": counts, "share": counts / len(values)})


def _refuse(series: pd.Series, bad: NDArray[np.bool_], message: str, hint: str) -> None:
    if bad.any():
        raise DataError(
            message.format(n=int(bad.sum())),
            problems=[f"row {label}: {value!r}" for label, value in series[bad].head(5).items()],
            hint=hint,
        )
