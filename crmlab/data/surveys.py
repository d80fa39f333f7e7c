"""The table of a survey: one row a respondent, items as numbers, roles by their own names."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.data.amounts import parse_amounts
from crmlab.data.cells import Parsed, clean
from crmlab.data.dates import parse_dates
from crmlab.data.messages import Message, joined, shown, values
from crmlab.data.rejects import bad_rows
from crmlab.data.roles import map_option, normal_name
from crmlab.data.scales import Scale, detect_scale, parse_answers, shorter_scale, without_codes
from crmlab.data.schemas import Schema, failing, listed, stacked
from crmlab.data.transactions import parse_names
from crmlab.data.vocabulary import NO_ITEM
from crmlab.errors import DataError
from crmlab.text.catalogue import N_, tr

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from crmlab.data.roles import RoleMatch
    from crmlab.data.tables import RawTable

__all__ = ["SCORES", "build_survey"]

#: roles that hold answers
SCORES = ("overall", "recommend", "effort", "expectation", "perceived")
_NAMES = ("respondent", "customer", "group")

_HIGHEST = 10  # of any scale read without being told
_FEW_STEPS = 2
_FEW = 5  # from so many answers on, one may lie off the scale
_ENOUGH = 30  # so many answers show the whole of a scale


@dataclass
class _Work:
    """What is collected while the columns are read."""

    raw: RawTable
    columns: dict[str, Any] = field(default_factory=dict)
    frames: list[pd.DataFrame] = field(default_factory=list)
    notes: list[Message] = field(default_factory=list)
    cells: dict[str, pd.Series[Any]] = field(default_factory=dict)

    def reject(self, column: str, parsed: Parsed, but: Sequence[str] = ("missing",)) -> None:
        """List the bad cells of a column; a missing answer is no fault."""
        at = np.flatnonzero(parsed.bad & ~np.isin(parsed.kinds.astype(str), but))
        if len(at):
            cells = np.asarray(self.raw.columns[column], dtype=object)[at]
            self.frames.append(listed(self.raw, at, column, cells, parsed.kinds[at]))

    def keep(self, name: str, column: str, parsed: Parsed) -> None:
        """Keep a column of answers."""
        self.columns[name] = parsed.data
        good = np.asarray(self.raw.columns[column], dtype=object)[~parsed.bad]
        self.cells[name] = pd.Series(good, dtype=object)
        self.reject(column, parsed)

    def tell_codes(self, column: str, codes: dict[int, int]) -> None:
        """Say which numbers were taken for missing answers."""
        for code, count in codes.items():
            note = N_(
                "“{column}”: {code} lies far off the scale and is read as “no answer” ({count} times). If it is an answer, "
                "correct it in the file."
            )
            self.notes.append(Message(note, values(column=column, code=str(code), count=count)))


def build_survey(
    raw: RawTable,
    roles: dict[str, RoleMatch],
    *,
    items: Sequence[str] | None = None,
    date_format: str | None = None,
) -> Schema:
    """Build the table of a survey.

    A cell that is no answer becomes a missing answer and is listed; a row is left out only when it holds no answer at
    all, a weight that is none, or shifted cells.

    Parameters
    ----------
    raw
        All columns of the file.
    roles
        Roles recognised or given.
    items
        The columns that are items; by default all that hold answers on a scale within 0 to 10 and are not known to be
        something else (age, gender).
    date_format
        How the day of the answer is written; see :func:`crmlab.data.read_table`.

    Raises
    ------
    crmlab.errors.DataError
        When nothing in the file is an answer, or a column the user named does not hold what it should.

    """
    work = _Work(raw)
    dropped = [role for role in SCORES if role in roles and not _score(work, role, roles[role])]
    days = _date(work, roles["date"], date_format) if "date" in roles else None
    said = _said(work, roles["comment"]) if "comment" in roles else None
    if "comment" in roles and said is None:
        dropped.append("comment")
    elif "comment" in roles:
        note = N_(
            "What respondents wrote in “{column}” is shown in a report only where it is asked for, masked."
        )
        work.notes.append(Message(note, values(column=roles["comment"].column)))
    playing = {match.column for role, match in roles.items() if role not in dropped}
    left_out = _items(work, [name for name in raw.columns if name not in playing], items)
    if left_out:
        note = N_("Left out, for they hold no answers on a scale: {columns}.")
        work.notes.append(Message(note, values(columns=tuple(left_out))))
    if not work.columns:
        raise DataError(
            tr("No column holds answers on a scale."),
            problems=[tr("Columns found: {columns}.", columns=joined(raw.columns))],
            hint=tr("Answers are numbers from 0 to 10 or words such as 非常满意 or very satisfied."),
        )
    answers = pd.DataFrame(work.columns)
    _tell_scales(work, roles.get("group"))
    bad = raw.too_wide.copy()
    if bad.any():
        _reject_rows(work, np.flatnonzero(bad), "too_many_cells")
    silent = answers.isna().all(axis=1).to_numpy() & ~bad
    _reject_rows(work, np.flatnonzero(silent), "no_answers")
    bad |= silent
    front: dict[str, Any] = _who(work, roles)
    if days is not None:
        front["date"] = days
    elif "date" in roles:
        dropped.append("date")
    if "weight" in roles:
        front["weight"], unweighted = _weight(work, roles["weight"])
        bad |= unweighted
    rejected = stacked(work.frames)
    _refuse(raw, bad, rejected)
    last = {} if said is None else {"comment": said}
    table = pd.concat([pd.DataFrame(front), answers, pd.DataFrame(last)], axis=1)[~bad].reset_index(drop=True)
    return Schema(
        table, rejected, int(bad.sum()), tuple(work.notes), scales=_scales(work.cells), dropped=tuple(dropped)
    )


def _refuse(raw: RawTable, bad: NDArray[np.bool_], rejected: pd.DataFrame) -> None:
    """Raise the error of a file of which most rows have shifted, or no row can be read."""
    if 2 * raw.too_wide.sum() > len(bad):
        raise DataError(
            tr("Most rows have more cells than the header has names."),
            problems=bad_rows(rejected[rejected["kind"] == "too_many_cells"]),
            hint=tr(
                "Some survey services write names into two rows: the question above, its parts below. Put them into one row."
            ),
        )
    if bad.all():
        raise DataError(tr("No row can be read."), problems=bad_rows(rejected))


def _score(work: _Work, role: str, match: RoleMatch) -> bool:
    """Read a column of scores; tell whether it plays its role."""
    low, high = (0, _HIGHEST) if role == "recommend" else (None, None)
    cells, codes = without_codes(work.raw.columns[match.column])
    parsed = parse_answers(cells, low=low, high=high)
    answered = parsed.kinds != "missing"
    hopeless = 2 * (parsed.bad & answered).sum() > answered.sum()
    good = parsed.data[~parsed.bad]
    if hopeless or not len(good):
        if match.how == "given":
            kinds = parsed.kinds[answered]
            rejected = listed(
                work.raw,
                np.flatnonzero(parsed.bad & answered),
                match.column,
                np.asarray(work.raw.columns[match.column], dtype=object)[parsed.bad & answered],
                parsed.kinds[parsed.bad & answered],
            )
            raise DataError(failing("answers", match.column, kinds), problems=bad_rows(rejected))
        return False
    if role == "recommend" and match.how != "given" and good.max() <= 5 and good.min() >= 1 and len(good) > 1:
        note = N_(
            "“{column}” is not taken for the answer to “would you recommend us?”, for it does not use the scale from "
            "0 to 10 (if it is, say so: {option})."
        )
        work.notes.append(Message(note, values(column=match.column, option=map_option({role: match.column}))))
        return False
    work.keep(role, match.column, parsed)
    work.tell_codes(match.column, codes)
    return True


def _items(work: _Work, names: Sequence[str], items: Sequence[str] | None) -> list[str]:
    """Keep the items, and return the columns left out."""
    unknown = [name for name in items or () if name not in work.raw.columns]
    if unknown:
        raise DataError(
            tr("There are no columns {columns}.", columns=joined(unknown)),
            hint=tr("Columns found: {columns}.", columns=joined(work.raw.columns)),
        )
    left_out = []
    for name in names:
        cells, codes = without_codes(work.raw.columns[name])
        parsed = parse_answers(cells, low=0, high=None if items else _HIGHEST)
        if items is not None:
            is_item = name in items
        else:
            is_item = _answers(parsed) and (
                not NO_ITEM.search(normal_name(name)) or _in_words(work.raw.columns[name], parsed)
            )
        if is_item:
            work.keep(f"{name} [item]" if name in (*SCORES, *_NAMES, "weight") else name, name, parsed)
            work.tell_codes(name, codes)
        else:
            left_out.append(name)
    return left_out


def _answers(parsed: Parsed) -> bool:
    """Tell whether a column holds answers: most of what was said is one, and hardly a number lies off the scale."""
    answered = int((parsed.kinds != "missing").sum())
    unreadable = int((parsed.kinds == "no_answer").sum())
    beyond = int((parsed.kinds == "off_scale").sum())
    return 2 * unreadable < answered and beyond <= max(0.1 * answered, answered >= _FEW) and beyond < answered


def _in_words(column: Any, parsed: Parsed) -> bool:
    """Tell whether the answers are words of a scale, which a date or a count never is."""
    scale = _scale([pd.Series(np.asarray(column, dtype=object)[~parsed.bad], dtype=object)])
    return scale is not None and scale.words


def _who(work: _Work, roles: dict[str, RoleMatch]) -> dict[str, Any]:
    """Return respondent, customer and group."""
    front: dict[str, Any] = {}
    for role in _NAMES:
        if role in roles:
            parsed = parse_names(work.raw.columns[roles[role].column], name=roles[role].column)
            known = ~parsed.bad
            work.reject(roles[role].column, parsed)
            front[role] = pd.Series(parsed.data, dtype="str").where(known)
    by_row = pd.Series([f"R{row}" for row in work.raw.row_names()], dtype="str")
    front["respondent"] = front["respondent"].fillna(by_row) if "respondent" in front else by_row
    return {role: front[role] for role in _NAMES if role in front}


def _said(work: _Work, match: RoleMatch) -> pd.Series[Any] | None:
    """Return what respondents wrote; None where the column holds answers on a scale and nobody named it."""
    cells = work.raw.columns[match.column]
    parsed = parse_answers(without_codes(cells)[0], low=0, high=_HIGHEST)
    if match.how != "given" and _answers(parsed):
        steps = len(set(map(clean, cells)) - {None})
        if steps > _FEW_STEPS or not _in_words(cells, parsed):  # good, good, good is no scale
            return None
    texts = pd.Series([None if cell is None else str(cell).strip() for cell in cells], dtype="str")
    return texts.where(texts.str.len() > 0)


def _date(work: _Work, match: RoleMatch, date_format: str | None) -> pd.Series[Any] | None:
    """Return the day of each answer; None, with a word about it, where the column does not tell and nobody named it."""
    try:
        parsed = parse_dates(work.raw.columns[match.column], name=match.column, date_format=date_format)
    except DataError as error:
        if match.how == "given":
            raise
        note = N_("“{column}” is left out, for its days cannot be told for sure: {why}")
        work.notes.append(Message(note, values(column=match.column, why=error.message)))
        return None
    if 2 * parsed.bad.sum() > len(parsed.kinds):
        if match.how == "given":
            kinds = parsed.kinds[parsed.kinds != "missing"]
            raise DataError(failing("date", match.column, kinds))
        return None
    work.reject(match.column, parsed)
    work.notes += parsed.notes
    return pd.Series(parsed.data).where(~parsed.bad)


def _weight(work: _Work, match: RoleMatch) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    parsed = parse_amounts(work.raw.columns[match.column], name=match.column)
    parsed.kinds[~parsed.bad & (parsed.data <= 0)] = "no_weight"
    work.reject(match.column, parsed, but=())
    if 2 * parsed.bad.sum() > len(parsed.kinds):
        raise DataError(
            failing("weight", match.column, parsed.kinds),
            problems=bad_rows(stacked(work.frames[-1:])),
            hint=tr("If the column holds no weights, give it another name."),
        )
    return parsed.data, parsed.bad


def _reject_rows(work: _Work, at: NDArray[np.intp], kind: str) -> None:
    if len(at):
        nothing = np.full(len(at), "", dtype=object)
        work.frames.append(listed(work.raw, at, "", nothing, np.full(len(at), kind, dtype=object)))


def _scales(cells: dict[str, pd.Series[Any]]) -> dict[str, Scale | None]:
    """Detect the scale of each item; items of one name (Q1, Q2) help each other where one alone says little."""
    own = {name: _scale([column]) for name, column in cells.items()}
    stems: dict[str, list[str]] = {}
    for name in cells:
        stems.setdefault(re.sub(r"[\d.\-]+$", "", normal_name(name)), []).append(name)
    scales = {}
    for members in stems.values():
        together = _scale([cells[name] for name in members])
        for name in members:
            alone = own[name]
            settled = alone is not None and alone.sure and len(cells[name]) >= _ENOUGH
            scales[name] = alone if settled or together is None else together
    return {name: scales[name] for name in cells}


def _tell_scales(work: _Work, group: RoleMatch | None) -> None:
    """Say which part of the file was asked on a shorter scale than the rest."""
    parts: list[tuple[Message, NDArray[np.bool_]]] = []
    names = work.raw.file_names
    if names is not None:
        where = N_("in {file}")
        parts += [(Message(where, values(file=one)), names == one) for one, _ in work.raw.files]
    if group is not None:
        cells = np.asarray(work.raw.columns[group.column], dtype=object)
        where = N_("of “{value}” in “{column}”")
        parts += [
            (Message(where, values(value=shown(one), column=group.column)), cells == one)
            for one in pd.unique(cells)
        ]
    told: dict[tuple[int, int], dict[str, NDArray[np.bool_]]] = {}
    for name, answers in work.columns.items():
        if found := shorter_scale(answers, [rows for _, rows in parts]):
            told.setdefault(found[1:], {})[name] = found[0]
    for (end, which), columns in told.items():
        spans = [work.raw.rows[rows][[0, -1]].tolist() for rows in columns.values()]
        first, last = max(first for first, _ in spans), min(last for _, last in spans)
        in_rows = Message(N_("in rows {first} to {last}"), values(first=first, last=last))
        note = N_(
            "{columns}: all answers {where} lie between 1 and {end}, and elsewhere they go up to {high}. It seems that two "
            "questionnaires with different scales were put together: do not compare or average them as they stand. Read the "
            "parts as files of their own, or bring them to one scale in the file."
        )
        high = max(int(np.nanmax(work.columns[name])) for name in columns)
        said = values(columns=tuple(f"“{name}”" for name in columns), end=end, high=high)
        work.notes.append(Message(note, {**said, "where": in_rows if which < 0 else parts[which][0]}))


def _scale(columns: Sequence[pd.Series[Any]]) -> Scale | None:
    try:
        return detect_scale(pd.concat(columns, ignore_index=True))
    except DataError:
        return None
