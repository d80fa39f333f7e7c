"""What the data are like and what was done with them: the section that all reports share."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pandas as pd

from crmlab.data.reduced import MOST_LISTED
from crmlab.show import Block, figure, prose, table
from crmlab.text import date, join_sentences, number, tr

if TYPE_CHECKING:
    from crmlab.reports.contract import ReportParameters
    from crmlab.reports.inputs import ReportInput

__all__ = ["quality_section", "show_quality"]

#: so many questions with missing answers are listed
_MOST = 10
#: told in the table only where there is something to tell
_QUIET = frozenset(
    {"duplicates", "refunds", "zero_amounts", "same_day", "outliers", "empty_days", "straight_lines"}
)


def show_quality(given: ReportInput, parameters: ReportParameters) -> None:
    """Show the section, one block below the other."""
    from IPython.display import display

    for block in quality_section(given, parameters):
        display(block)  # type: ignore[no-untyped-call]  # IPython's own


def quality_section(given: ReportInput, parameters: ReportParameters) -> list[Block]:
    """Return what the data of a report are like, and in plain words what was done about it.

    Parameters
    ----------
    given
        What :func:`crmlab.reports.load` returned.
    parameters
        What :func:`crmlab.reports.checked` returned; the rule for refunds is told as it was used.

    Returns
    -------
    list of Block
        A heading with the first finding, a table, and of purchases a figure of rows over time. Nothing where a case's
        tables are not looked at.

    """
    quality = given.quality
    if quality.empty:
        return []
    value = dict(zip(quality["measure"], quality["value"], strict=True))
    blocks = [
        prose(
            f"## {tr('The data, and what was done with them')}\n\n{join_sentences([_first(value), *_merged(given)])}"
        ),
        _table(given, parameters),
    ]
    gaps = _missing(given)
    if gaps is not None:
        blocks.append(gaps)
    sales = given.transactions
    if sales is not None and sales["date"].min() < sales["date"].max():
        blocks.append(_picture(sales))
    return blocks


def _first(value: dict[str, object]) -> str:
    read, out = int(str(value["rows_read"])), int(str(value["rows_rejected"]))
    if not out:
        return tr("All {n} rows could be read; none was left out.", n=number(read))
    return tr(
        "Of {n} rows {kept} could be used and {out} were left out; the table says why. `crmlab data check FILE` names the "
        "rows, so that they can be mended.",
        n=number(read),
        kept=number(read - out),
        out=number(out),
    )


def _merged(given: ReportInput) -> list[str]:
    """Tell of a file that was merged as it was read, because it does not fit into memory."""
    merged = given.source.get("merged")
    if not merged:
        return []
    told = [
        tr(
            "The file does not fit into the memory of this machine, so it was merged as it was read: the rows used became "
            "{days}, one for each customer and day, with refunds and amounts of zero apart. The whole report is computed from "
            "these and loses nothing by it; where it counts rows, they are the rows of the file.",
            days=number(merged["days"]),
        )
    ]
    if sum(count for _, _, count in given.source["reasons"]) > MOST_LISTED:
        told.append(
            tr("The list of what could not be read holds the first {n} cells.", n=number(MOST_LISTED))
        )
    return told


def _table(given: ReportInput, parameters: ReportParameters) -> Block:
    rows = [
        (str(label), _gap(given) if measure == "longest_gap" else str(text), _done(str(measure), parameters))
        for measure, label, value, text in zip(
            *(given.quality[name] for name in ("measure", "label", "value", "text")), strict=True
        )
        if not (measure in _QUIET and not value) and not (measure == "missing_share" and not value)
    ]
    found = pd.DataFrame(rows, columns=["what", "number", "done"])
    labels = {"what": tr("Found"), "number": tr("How many or when"), "done": tr("What was done")}
    kept = list(labels) if found["done"].any() else ["what", "number"]
    return table(
        found[kept],
        tr("What was found in the data, and what was done about it"),
        "data-quality",
        labels={name: labels[name] for name in kept},
        note=tr(
            "Far from all others: the logarithm of the amount lies more than 3.5 robust standard deviations from the median "
            "(Iglewicz & Hoaglin 1993). Rows are numbered as a spreadsheet shows them."
        )
        if given.transactions is not None and _told(given, "outliers")
        else None,
    )


def _gap(given: ReportInput) -> str:
    """Return the longest stretch of days without a row, with its first and last day."""
    sales = given.transactions
    if sales is None:
        return ""
    days = pd.Series(sales["date"].dt.normalize().unique()).sort_values(ignore_index=True)
    at = int(days.diff().dt.days.fillna(0).to_numpy().argmax())
    start, end = days[at - 1] + pd.Timedelta(days=1), days[at] - pd.Timedelta(days=1)
    if start == end:
        return tr("{n}: {day}", n=number(1), day=date(start))
    return tr("{n}: {start} to {end}", n=number((end - start).days + 1), start=date(start), end=date(end))


def _told(given: ReportInput, measure: str) -> bool:
    found = given.quality.loc[given.quality["measure"] == measure, "value"]
    return bool(len(found)) and bool(found.iloc[0])


def _done(measure: str, parameters: ReportParameters) -> str:
    """Say what was done about a measure, in plain words."""
    if measure == "refunds":
        return {
            "net": tr("taken off the customer's earlier purchases"),
            "drop": tr("left out"),
        }.get(str(getattr(parameters, "refunds", "net")), "")
    if measure.startswith("rejected_"):
        return tr("left out")
    return {
        "duplicates": tr(
            "kept, for two equal rows may be two purchases; if an export ran twice, remove them"
        ),
        "zero_amounts": tr("kept as purchases"),
        "same_day": tr("joined: what a customer buys on one day is one purchase"),
        "outliers": tr("kept; compare them with the receipts"),
        "outlier_rows": tr("look at these rows in the file"),
        "empty_days": tr("nothing; if the shop was open on them, the export has holes"),
        "longest_gap": tr("nothing; a long stretch may be a month that was not exported"),
        "missing_answers": tr("counted as missing, never as zero"),
        "straight_lines": tr("kept; they may not have read the questions"),
    }.get(measure, "")


def _missing(given: ReportInput) -> Block | None:
    """Return the questions with missing answers where no other part of the report lists them."""
    if given.survey is None or given.transactions is None or not given.items:
        return None
    gaps = given.survey[[item for item in given.items if item in given.survey]].isna().sum()
    gaps = gaps[gaps > 0].sort_values(ascending=False, kind="stable").head(_MOST)
    if gaps.empty:
        return None
    names = [given.labels.get(str(name), str(name)) for name in gaps.index]
    return table(
        pd.DataFrame(
            {"item": names, "missing": gaps.to_numpy(), "share": gaps.to_numpy() / len(given.survey)}
        ),
        tr("Answers missing in the survey"),
        "data-missing",
        formats={"share": ".1%"},
        labels={"item": tr("Question asked"), "missing": tr("Missing"), "share": tr("Share")},
    )


def _picture(sales: pd.DataFrame) -> Block:
    from crmlab.plots.rows import rows_over_time, rows_per_period, rows_title

    rows = sales.get("rows")
    counts = rows_per_period(sales["date"], rows)
    return figure(
        rows_over_time(sales["date"], rows),
        tr("Rows of the file over time; a triangle marks a period without any")
        if (counts == 0).any()
        else tr("Rows of the file over time"),
        tr(
            "Bars of the number of rows over time, from {low} to {high}. {title}.",
            low=number(int(counts.min())),
            high=number(int(counts.max())),
            title=rows_title(counts),
        ),
        "data-rows",
    )
