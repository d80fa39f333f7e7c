"""The cover: real customers as lines of light, drawn from CDNOW's purchase histories.

Each horizontal line is one customer from the first purchase to the last, each dot a purchase, its area the amount
spent. The line fades after the last purchase: gone, or only resting? That question is what chapter 6 answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["cover_svg"]

_WIDTH, _HEIGHT = 1200.0, 560.0
_ROWS = 44


def cover_svg(transactions: pd.DataFrame, *, title: str) -> str:
    """Return the cover figure as SVG.

    Parameters
    ----------
    transactions
        Columns ``customer``, ``date``, ``amount``; one row a purchase.
    title
        What a screen reader says.

    """
    from html import escape

    per = transactions.groupby("customer").agg(
        first=("date", "min"), last=("date", "max"), n=("date", "size")
    )
    start, end = per["first"].min(), transactions["date"].max()
    span = (end - start).days or 1
    rng = np.random.default_rng(1997)
    # Many rows of repeat buyers and a few of one-time buyers, first purchase from top left to bottom right.
    repeat = per[per["n"].between(4, 30)].sample(_ROWS - 8, random_state=7)
    once = per[per["n"] == 1].sample(8, random_state=7)
    chosen = per.loc[repeat.index.append(once.index)].sort_values(["first", "last"])
    rows = transactions[transactions["customer"].isin(chosen.index)]
    by_customer: dict[object, pd.DataFrame] = dict(tuple(rows.groupby("customer")))

    def x(day: pd.Timestamp) -> float:
        return 30 + (_WIDTH - 60) * float((day - start).days) / span

    colours = ("#7fe0d4", "#f2a65a", "#9cc9ff", "#f7d98b")
    marks: list[str] = []
    gap = (_HEIGHT - 40) / _ROWS
    for row, (customer, life) in enumerate(chosen.iterrows()):
        y = 22 + row * gap
        colour = colours[int(rng.choice(4, p=[0.62, 0.2, 0.1, 0.08]))]
        left, right = x(life["first"]), x(life["last"])
        marks.append(
            f'<path d="M{left:.1f} {y:.1f}H{right:.1f}" stroke="{colour}" stroke-opacity=".55" stroke-width="1.4"/>'
            f'<path d="M{right:.1f} {y:.1f}H{_WIDTH - 30:.1f}" stroke="{colour}" stroke-opacity=".13" '
            'stroke-width="1.2" stroke-dasharray="2 5"/>',
        )
        for day, amount in by_customer[customer][["date", "amount"]].itertuples(index=False):
            radius = float(np.clip(0.52 * np.sqrt(max(amount, 0.0)), 1.4, 7.5))
            marks.append(
                f'<circle cx="{x(day):.1f}" cy="{y:.1f}" r="{radius:.1f}" fill="{colour}" fill-opacity=".85"/>',
            )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH:.0f} {_HEIGHT:.0f}" role="img" '
        f'aria-label="{escape(title, quote=True)}" preserveAspectRatio="xMidYMid slice">'
        '<defs><linearGradient id="crm-night" x1="0" y1="0" x2="1" y2="1"><stop offset="0" stop-color="#0b5b5b"/>'
        '<stop offset="1" stop-color="#052524"/></linearGradient></defs>'
        f'<rect width="{_WIDTH:.0f}" height="{_HEIGHT:.0f}" fill="url(#crm-night)"/>{"".join(marks)}</svg>'
    )
