"""Orders: when customers buy, when they leave, how much they spend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

__all__ = ["draw_amounts", "draw_orders"]


def draw_orders(
    joined_weeks: NDArray[np.float64],
    rate: NDArray[np.float64],
    leave: NDArray[np.float64],
    rng: np.random.Generator,
    *,
    last_day: int,
    end: float,
    day_of: Callable[[NDArray[np.float64]], NDArray[np.int64]],
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.bool_]]:
    """Draw all orders of all customers, by the story of the BG/NBD.

    A customer's first order falls on the day of joining.
    While a customer stays, the times between orders are exponential; after each repeat order the customer leaves with
    the given chance, and never comes back.
    A customer orders at most once a day: an order that would fall on the day of the one before moves to the next day,
    so that day-level data lose no order.

    Parameters
    ----------
    joined_weeks
        Moment of the first order, in weeks of even time from the first day.
    rate
        Orders a week.
    leave
        Chance to leave after a repeat order, 0-1.
    rng
        Random stream.
    last_day
        Number of the last day observed (the first is 0).
    end
        Moment of even time at which the day after the last one begins.
    day_of
        Day on which moments of even time fall.

    Returns
    -------
    customer, day, gone
        Index of the customer and day of each order, by customer and day; whether each customer has left by the end.

    References
    ----------
    Fader, Hardie & Lee (2005), doi 10.1287/mksc.1040.0098.

    """
    n = joined_weeks.size
    time = joined_weeks.copy()
    day = day_of(time)
    gone = np.zeros(n, dtype=np.bool_)
    who = [np.arange(n)]
    when = [day.copy()]
    active = np.arange(n)
    while active.size:
        time[active] += rng.standard_exponential(active.size) / rate[active]
        day[active] = np.maximum(day_of(time[active]), day[active] + 1)
        coin = rng.random(active.size)
        seen = (time[active] < end) & (day[active] <= last_day)
        leaves = coin < leave[active]
        bought = active[seen]
        who.append(bought)
        when.append(day[bought].copy())
        gone[active[seen & leaves]] = True
        active = active[seen & ~leaves]
    customer = np.concatenate(who)
    days = np.concatenate(when)
    order = np.lexsort((days, customer))
    return customer[order], days[order], gone


def draw_amounts(
    customer: NDArray[np.int64], p: float, scale: NDArray[np.float64], rng: np.random.Generator
) -> NDArray[np.float64]:
    """Draw each order's amount: gamma with shape ``p`` and the customer's own rate ``scale``, in whole cents.

    References
    ----------
    Fader & Hardie, note 025, 'The Gamma-Gamma model of monetary value' (2013).

    """
    amount = rng.standard_gamma(p, customer.size) / scale[customer]
    return np.maximum(np.rint(amount * 100), 1) / 100
