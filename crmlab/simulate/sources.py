"""Lab data of the customer source centre: the same people, met in four places and written down in four ways.

Every name, telephone number and address is visibly invented: names begin with 示例 or Sample, numbers with 000, and mail goes
to example.com, a domain that is reserved for examples.
"""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from crmlab.simulate.draws import block_stream, named, pick

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ints = NDArray[np.int64]

__all__ = ["SOURCES", "Sources", "simulate_sources"]

#: source, its contacts, and what it cost in yuan
SOURCES = (("web", 220, 6_600.0), ("store", 200, 2_400.0), ("expo", 160, 24_000.0), ("calls", 180, 9_000.0))
_PEOPLE = 520
#: share of a source's contacts that stand in it twice
_TWICE = 0.05
_SURNAMES = tuple("赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦尤许")
_LATIN = (
    "Zhao",
    "Qian",
    "Sun",
    "Li",
    "Zhou",
    "Wu",
    "Zheng",
    "Wang",
    "Feng",
    "Chen",
    "Chu",
    "Wei",
    "Jiang",
    "Shen",
)
_GIVEN = tuple("安博晨丹恩帆歌涵佳可兰明宁朋琪然思涛薇欣雅泽知舟")
_LATIN_GIVEN = (
    "An",
    "Bo",
    "Chen",
    "Dan",
    "Fan",
    "Han",
    "Jia",
    "Lan",
    "Ming",
    "Ning",
    "Qi",
    "Ran",
    "Si",
    "Tao",
    "Wei",
    "Xin",
)
_CITIES = ("Linhe", "Qingyuan Bay", "Heping", "Nanshan Town", "Beiwan")
_INTERESTS = ("delivery", "member card", "group order", "franchise")
_FIRST = np.datetime64("2025-03-03")


@dataclass(frozen=True)
class Sources:
    """The four files, and what is true.

    Attributes
    ----------
    files
        File name to its bytes.
    truth
        ``source``, ``row`` (of the contact, from 1, without heads), ``person``.
    costs
        ``source``, ``cost``.

    """

    files: dict[str, bytes]
    truth: pd.DataFrame
    costs: pd.DataFrame


def simulate_sources(seed: int = 2027) -> Sources:
    """Make the four files.

    Parameters
    ----------
    seed
        The same seed gives the same bytes on every machine.

    Returns
    -------
    Sources
        ``web.json`` (a web form: nested objects), ``store.csv`` (GBK, Chinese heads), ``expo.xlsx`` (a title and heads in
        merged cells), ``calls.csv`` (UTF-8; in part of the rows name and telephone have changed places).

    Examples
    --------
    >>> sorted(simulate_sources(7).files)
    ['calls.csv', 'expo.xlsx', 'store.csv', 'web.json']

    """
    people = _people(block_stream(seed, 0, "sources/people"))
    truth, drawn = [], {}
    for at, (source, contacts, _) in enumerate(SOURCES):
        rng = block_stream(seed, at, "sources/contacts")
        who = np.sort(rng.choice(_PEOPLE, contacts - round(_TWICE * contacts), replace=False))
        twice = rng.choice(who, contacts - who.size, replace=False)
        who = rng.permutation(np.concatenate([who, twice]))
        drawn[source] = _written(people, who, rng)
        truth.append(pd.DataFrame({"source": source, "row": np.arange(1, contacts + 1), "person": who + 1}))
    files = {
        "web.json": _web(drawn["web"]),
        "store.csv": _store(drawn["store"]),
        "expo.xlsx": _expo(drawn["expo"]),
        "calls.csv": _calls(drawn["calls"], block_stream(seed, 0, "sources/calls")),
    }
    costs = pd.DataFrame(
        {"source": [name for name, _, _ in SOURCES], "cost": [cost for _, _, cost in SOURCES]}
    )
    return Sources(files, pd.concat(truth, ignore_index=True), costs)


def _people(rng: np.random.Generator) -> pd.DataFrame:
    n = _PEOPLE
    surname = pick(rng, [1.0] * len(_SURNAMES), n)
    chinese = rng.random(n) < 0.85
    given = rng.integers(0, len(_GIVEN), (n, 2))
    long = rng.random(n) < 0.5
    return pd.DataFrame(
        {
            "name": [
                f"示例{_SURNAMES[s]}{_GIVEN[a]}{_GIVEN[b] if two else ''}"
                if zh
                else f"Sample {_LATIN[s % len(_LATIN)]} {_LATIN_GIVEN[a % len(_LATIN_GIVEN)]}"
                for s, zh, two, (a, b) in zip(surname, chinese, long, given, strict=True)
            ],
            "phone": [f"000{k:08d}" for k in rng.permutation(n) + 1],
            "mail": [f"sample{k:03d}@example.com" for k in range(1, n + 1)],
            "city": named(_CITIES, pick(rng, [0.4, 0.2, 0.2, 0.12, 0.08], n)),
            "interest": named(_INTERESTS, pick(rng, [0.4, 0.3, 0.2, 0.1], n)),
        }
    )


def _written(people: pd.DataFrame, who: Ints, rng: np.random.Generator) -> pd.DataFrame:
    """Write people down as different hands do: spaces, prefixes, capitals, gaps."""
    met = people.iloc[who].reset_index(drop=True)
    n = len(met)
    way = rng.integers(0, 4, n)
    met["phone"] = [
        (
            phone,
            f"{phone[:3]}-{phone[3:7]}-{phone[7:]}",
            f"+86 {phone}",
            f"{phone[:3]} {phone[3:7]} {phone[7:]}",
        )[k]
        for phone, k in zip(met["phone"], way, strict=True)
    ]
    way = rng.integers(0, 5, n)
    met["name"] = [
        (name, name, name, f" {name} ", f"{name[:2]} {name[2:]}" if name[0] == "示" else name.upper())[k]
        for name, k in zip(met["name"], way, strict=True)
    ]
    met["mail"] = np.where(rng.random(n) < 0.3, met["mail"].str.upper(), met["mail"])
    # One of the two ways to reach somebody may be missing, never both.
    gap = rng.random(n)
    met["phone"] = np.where(gap < 0.12, "", met["phone"])
    met["mail"] = np.where((gap >= 0.12) & (gap < 0.4), "", met["mail"])
    met["day"] = (_FIRST + rng.integers(0, 84, n).astype("timedelta64[D]")).astype(str)
    return met


def _web(met: pd.DataFrame) -> bytes:
    rows: list[dict[str, Any]] = [
        {
            "submitted": f"{row.day}T{8 + k % 12:02d}:{k % 60:02d}:00",
            "contact": {"name": row.name_, "phone": row.phone or None, "email": row.mail or None},
            "address": {"city": row.city},
            "interest": row.interest,
        }
        for k, row in enumerate(met.rename(columns={"name": "name_"}).itertuples())
    ]
    return (json.dumps(rows, ensure_ascii=False, indent=1) + "\n").encode()


def _store(met: pd.DataFrame) -> bytes:
    chinese = {"delivery": "送货上门", "member card": "会员卡", "group order": "团购", "franchise": "加盟"}
    table = pd.DataFrame(
        {
            "姓名": met["name"],
            "手机号": met["phone"],
            "邮箱": met["mail"],
            "城市": met["city"],
            "意向": met["interest"].map(chinese),
            "登记日期": pd.to_datetime(met["day"]).dt.strftime("%Y年%m月%d日"),
        }
    )
    return str(table.to_csv(index=False, lineterminator="\r\n")).encode("gb18030")


def _expo(met: pd.DataFrame) -> bytes:
    """Write a workbook with a title and two rows of heads in merged cells; the same bytes every time."""
    import datetime as dt

    from openpyxl import Workbook

    book = Workbook()
    sheet = book.active
    assert sheet is not None
    sheet.title = "展会登记"
    sheet.append(["2025 春季展会客户登记表（虚构）"])
    sheet.append(["客户", None, "联系方式", None, "登记", None])
    sheet.append(["姓名", "城市", "电话", "邮箱", "日期", "意向"])
    for row in met.itertuples(index=False):
        day = dt.date.fromisoformat(str(row.day))
        sheet.append([row.name, row.city, row.phone or None, row.mail or None, day, row.interest])
    for cells in ("A1:F1", "A2:B2", "C2:D2", "E2:F2"):
        sheet.merge_cells(cells)
    moment = dt.datetime(2025, 6, 1, tzinfo=dt.UTC).replace(tzinfo=None)
    book.properties.created = book.properties.modified = moment
    first = io.BytesIO()
    book.save(first)
    # The archive carries the time of writing, and a stamp of saving: both are made those of the data.
    out = io.BytesIO()
    with zipfile.ZipFile(first) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as new:
        for name in old.namelist():
            content = old.read(name)
            if name == "docProps/core.xml":
                content = _stamped(content, moment.isoformat() + "Z")
            new.writestr(zipfile.ZipInfo(name, (2025, 6, 1, 0, 0, 0)), content)
    return out.getvalue()


def _stamped(content: bytes, moment: str) -> bytes:
    import re

    return re.sub(rb"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z", moment.encode(), content)


def _calls(met: pd.DataFrame, rng: np.random.Generator) -> bytes:
    """Write a call list in which one of the callers took the telephone for the name."""
    swapped = rng.random(len(met)) < 0.25
    name, phone = met["name"].to_numpy(), met["phone"].to_numpy()
    table = pd.DataFrame(
        {
            "date": met["day"],
            "name": np.where(swapped, phone, name),
            "phone": np.where(swapped, name, phone),
            "e-mail": met["mail"],
            "city": met["city"],
            "interest": met["interest"],
            "minutes": 1 + rng.poisson(4.0, len(met)),
        }
    )
    return str(table.to_csv(index=False, lineterminator="\n")).encode()
