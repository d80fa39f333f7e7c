"""Credit grades A to D by how customers pay."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from crmlab._arguments import checked_arguments
from crmlab.clv._rows import _amounts, _codes, _complain, _days, check_columns, to_day, to_timestamp
from crmlab.errors import DataError, ParameterError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from crmlab.clv._rows import DateLike

    Ints = NDArray[np.int64]
    Floats = NDArray[np.float64]
    Bools = NDArray[np.bool_]

__all__ = ["CREDIT_RULES", "NO_HISTORY", "UNGRADED", "CreditGrades", "CreditRule", "credit_grades"]

#: The grade of customers who meet no rule, and of those with nothing to judge by.
UNGRADED, NO_HISTORY = "ungraded", "no_history"

_TINY = 1e-9


@checked_arguments
@dataclass(frozen=True)
class CreditRule:
    """What a customer must meet for a grade.

    Attributes
    ----------
    grade
        Name of the grade.
    rating
        What the grade means, as an identifier.
    recovered_from
        Share of the amounts invoiced that must be paid, in [0, 1].
    longest_days
        Longest time that any invoice may take, in days.

    """

    grade: str
    rating: str
    recovered_from: float
    longest_days: int


#: The rules of the course's source text: 资信级别, 24 个月内资金回收状况, 最长付款周期（天）, 资信评价.
CREDIT_RULES = (
    CreditRule("A", "excellent", 0.90, 45),
    CreditRule("B", "good", 0.75, 75),
    CreditRule("C", "fair", 0.60, 105),
    CreditRule("D", "poor", 0.30, 255),
)


@dataclass(frozen=True, eq=False)
class CreditGrades:
    """Credit grade of each customer.

    Attributes
    ----------
    table
        One row a customer: ``invoices`` (counted ones), ``invoiced``, ``recovered``, ``recovered_share``,
        ``longest_days``, ``open_invoices``, ``grade_by_share``, ``grade_by_days``, ``grade`` (the worse of both),
        ``rating`` (``no_credit`` below the last rule), ``bound_by`` (``share``, ``days`` or ``both``).
    rules
        The rules used, the best grade first.
    as_of, window_start
        Last day looked at, and the day after which invoices count.
    n_outside
        Invoices outside the window.
    n_running
        Open invoices not older than the grace period, left out.
    n_prepaid
        Invoices paid before their date; they count as paid after 0 days.

    """

    table: pd.DataFrame
    rules: tuple[CreditRule, ...]
    as_of: pd.Timestamp
    window_start: pd.Timestamp
    n_outside: int
    n_running: int
    n_prepaid: int

    def summary(self) -> pd.DataFrame:
        """Return one row a grade: number of customers, share, amounts invoiced and still open."""
        groups = self.table.groupby("grade", observed=False)
        found = pd.DataFrame({"n": groups.size(), "customer_share": groups.size() / len(self.table)})
        found["invoiced"] = groups["invoiced"].sum()
        found["open"] = found["invoiced"] - groups["recovered"].sum()
        found.index = pd.Index([str(name) for name in found.index], name="grade")
        return found


@checked_arguments
def credit_grades(
    payments: pd.DataFrame,
    *,
    as_of: DateLike | None = None,
    customer: str = "customer",
    invoice_date: str = "invoice_date",
    amount: str = "amount",
    paid_date: str = "paid_date",
    paid_amount: str | None = None,
    window_months: int = 24,
    grace_days: int = 45,
    rules: Sequence[CreditRule] = CREDIT_RULES,
) -> CreditGrades:
    r"""Grade customers A, B, C or D by what they paid within 24 months and how long they took.

    Parameters
    ----------
    payments
        One row an invoice: customer, date, amount (above 0), and the day it was settled, missing while it is open.
    as_of
        Last day looked at; payments after it have not happened yet. Default: the last date in the table.
    customer, invoice_date, amount, paid_date
        Names of these columns.
    paid_amount
        Column with what was paid by `paid_date`, for part payments; default: the whole amount where `paid_date` stands.
    window_months
        Invoices of so many months up to `as_of` count.
    grace_days
        Open invoices not older than this are left out, as they are not late by any rule.
    rules
        Grades from the best on.

    Returns
    -------
    CreditGrades

    Raises
    ------
    DataError
        Missing columns; customers, dates or amounts that cannot be read; amounts of 0 or less; more paid than invoiced;
        a part payment without a date. All problems at once, with their first rows.
    ParameterError
        Rules that do not fall from grade to grade; a window or grace period out of range.

    Notes
    -----
    With the invoices j of customer i dated within the window,

    .. math:: s_i = \frac{\sum_j \text{paid}_{ij}}{\sum_j \text{invoiced}_{ij}}, \qquad
              \ell_i = \max_j \text{days}_{ij}

    ======  ==========  ==============  =========
    grade   paid        longest         rating
    ======  ==========  ==============  =========
    A       90–100 %    45 days         excellent
    B       75–90 %     75 days         good
    C       60–75 %     105 days        fair
    D       30–60 %     255 days        poor
    ======  ==========  ==============  =========

    The source text gives this table and the rating 无信誉 (``no_credit``) below it, and is silent on the rest. Choices:
    both conditions must hold, so the grade is the worse of the two; a limit belongs to the better grade (90 % is an A);
    days run from the invoice's date, not from when it is due; an open invoice, or one paid in part, has run until
    `as_of`; who has nothing to judge by is ``no_history``, which is not ``ungraded``.

    One late invoice in 24 months sets the grade by days: a strict rule, blind to disputes that were the seller's fault.
    It describes the past; it is no probability of default. Do not use it where payment terms exceed 45 days, or for
    consumers, whose scoring the law regulates.

    References
    ----------
    The course's source texts on classifying business customers (资信状况指标).

    Checked against: the table of the source text on both sides of every limit, and a loop over invoices in the tests.

    Examples
    --------
    >>> import pandas as pd
    >>> payments = pd.DataFrame({"customer": ["Li", "Li", "Wu", "Wu"],
    ...     "invoice_date": ["2025-01-10", "2025-06-10", "2025-01-10", "2025-03-10"], "amount": [100, 100, 100, 300],
    ...     "paid_date": ["2025-02-01", "2025-07-20", None, "2025-05-20"]})
    >>> credit_grades(payments, as_of="2025-09-01").table[["recovered_share", "longest_days", "grade"]]
              recovered_share  longest_days grade
    customer
    Li                   1.00            40     A
    Wu                   0.75           234     D

    """
    kept_rules = _check_rules(rules)
    if window_months < 1 or grace_days < 0:
        raise ParameterError(
            f"window_months is {window_months!r} and grace_days {grace_days!r}; they must be 1 and 0 or more."
        )
    check_columns(
        payments,
        [customer, invoice_date, amount, paid_date, *([] if paid_amount is None else [paid_amount])],
        what="payments",
    )
    if payments.empty:
        raise DataError("There are no payments: the table has no rows.")
    code, ids, invoiced_on, worth, paid_on, paid = _read(
        payments, (customer, invoice_date, amount, paid_date), paid_amount
    )
    last = (
        int(max(invoiced_on.max(), paid_on[paid > 0].max(initial=invoiced_on.max())))
        if as_of is None
        else to_day(as_of, name="as_of")
    )
    until = to_timestamp(last)
    since = until - pd.DateOffset(months=window_months)
    inside = (invoiced_on > to_day(since, name="window")) & (invoiced_on <= last)
    paid = np.where(paid_on <= last, paid, 0.0)
    settled = paid >= worth * (1 - _TINY)
    days = np.where(settled, np.maximum(paid_on - invoiced_on, 0), last - invoiced_on)
    running = inside & ~settled & (days <= grace_days)
    use = inside & ~running

    n = len(ids)
    invoices = np.bincount(code[use], minlength=n)
    invoiced = np.bincount(code[use], weights=worth[use], minlength=n)
    recovered = np.bincount(code[use], weights=np.where(settled, worth, paid)[use], minlength=n)
    longest = np.zeros(n, dtype=np.int64)
    np.maximum.at(longest, code[use], days[use])
    known = invoices > 0
    share = np.divide(recovered, invoiced, out=np.full(n, np.nan), where=known)
    froms = np.array([rule.recovered_from for rule in kept_rules])
    limits = np.array([rule.longest_days for rule in kept_rules])
    by_share = (np.where(known, share, 0.0)[:, None] < froms - _TINY).sum(axis=1)
    by_days = (longest[:, None] > limits).sum(axis=1)
    both = np.maximum(by_share, by_days)
    grades = [*(rule.grade for rule in kept_rules), UNGRADED, NO_HISTORY]
    ratings = np.array([*(rule.rating for rule in kept_rules), "no_credit", NO_HISTORY], dtype=object)

    def named(place: NDArray[np.int_]) -> pd.Categorical[str]:
        return pd.Categorical.from_codes(
            np.where(known, place, len(kept_rules) + 1), categories=pd.Index(grades), ordered=True
        )

    bound = np.select([~known, by_share > by_days, by_days > by_share], ["", "share", "days"], "both")
    table = pd.DataFrame(
        {
            "invoices": invoices,
            "invoiced": invoiced,
            "recovered": recovered,
            "recovered_share": share,
            "longest_days": pd.array(np.where(known, longest, 0), dtype="Int64"),
            "open_invoices": np.bincount(code[use & ~settled], minlength=n),
            "grade_by_share": named(by_share),
            "grade_by_days": named(by_days),
            "grade": named(both),
            "rating": ratings[np.where(known, both, len(kept_rules) + 1)],
            "bound_by": bound,
        },
        index=ids.rename("customer"),
    )
    table.loc[~known, "longest_days"] = pd.NA
    return CreditGrades(
        table=table,
        rules=kept_rules,
        as_of=until,
        window_start=since,
        n_outside=int((~inside).sum()),
        n_running=int(running.sum()),
        n_prepaid=int((use & settled & (paid_on < invoiced_on)).sum()),
    )


def _read(
    payments: pd.DataFrame, columns: tuple[str, str, str, str], paid_amount: str | None
) -> tuple[Ints, pd.Index, Ints, Floats, Ints, Floats]:
    """Return the columns as numbers; a missing day of payment is far in the future."""
    customer, invoice_date, amount, paid_date = columns
    problems: list[str] = []
    code, ids = _codes(payments[customer])
    _complain(problems, payments, code < 0, customer, "has no customer")
    invoiced_on, bad = _days(payments[invoice_date])
    _complain(problems, payments, bad, invoice_date, "has no date that can be read")
    worth, bad = _amounts(payments[amount])
    _complain(problems, payments, bad, amount, "has no amount that can be read")
    _complain(problems, payments, ~bad & (worth <= 0), amount, "is not above 0 (net credit notes first)")
    missing = payments[paid_date].isna().to_numpy(dtype=bool)
    paid_on, bad = _days(payments[paid_date])
    _complain(problems, payments, bad & ~missing, paid_date, "has no date that can be read")
    paid_on = np.where(bad, np.iinfo(np.int32).max, paid_on)
    if paid_amount is None:
        paid = np.where(bad, 0.0, worth)
    else:
        paid, unreadable = _amounts(payments[paid_amount].fillna(0))
        _complain(problems, payments, unreadable | (paid < 0), paid_amount, "is no amount of 0 or more")
        _complain(problems, payments, paid > worth * (1 + _TINY), paid_amount, "is more than was invoiced")
        _complain(problems, payments, (paid > 0) & missing, paid_date, "is missing though something was paid")
    if problems:
        raise DataError(
            "Some payments cannot be read.", problems=problems, hint="Mend or leave out these rows."
        )
    return code, ids, invoiced_on, worth, paid_on.astype(np.int64), paid


def _check_rules(rules: Sequence[CreditRule]) -> tuple[CreditRule, ...]:
    kept = tuple(rules)
    names = {rule.grade for rule in kept}
    falling = all(
        a.recovered_from > b.recovered_from and a.longest_days < b.longest_days
        for a, b in itertools.pairwise(kept)
    )
    inside = all(0 <= rule.recovered_from <= 1 and rule.longest_days >= 0 for rule in kept)
    if not kept or not falling or not inside or len(names) < len(kept) or names & {UNGRADED, NO_HISTORY}:
        raise ParameterError(
            f"The rules are {kept!r}.",
            hint="From grade to grade the share must fall (within 0 and 1) and the days must rise; "
            f"names must differ, and not be '{UNGRADED}' or '{NO_HISTORY}'.",
        )
    return kept
