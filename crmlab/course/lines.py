"""One sentence a line in the source is one paragraph on the page; in Chinese, without a blank at each line's end."""

from __future__ import annotations

import re

from crmlab.course.facts import split_code

__all__ = ["join_chinese_lines"]

_FULL = "，。；：！？、）》」』”…—"
_HAN = "\u3400-\u9fff"
#: stand for formulas and code, which keep their lines
_BLOCK_SPAN, _INLINE_SPAN = "\ue001", "\ue000"
#: what begins a block of its own
_BLOCK = re.compile(r"\s*(?:[-+*]\s|\d+[.)]\s|#{1,6}\s|\||>|`{3}|~{3}|\$\$|:{1,3}|<|\[[^\]]+\]:|\ue001|$)")


def join_chinese_lines(text: str) -> str:
    r"""Return Markdown in which lines of one Chinese paragraph are joined without the blank that a line break shows.

    Headings, lists, tables, code and formulas keep their lines; a line break between Chinese and Latin stays, since
    a blank belongs there.

    >>> join_chinese_lines("## 标题\n第一句。\n第二句\n接着 NPS。\n- 项目")
    '## 标题\n第一句。第二句接着 NPS。\n- 项目'
    """
    spans: list[str] = []
    masked = ""
    for part, code, formula in split_code(text):
        if not (code or formula):
            masked += part
            continue
        spans.append(part)
        masked += _BLOCK_SPAN if part.startswith(("```", "$$")) else _INLINE_SPAN
    lines = masked.split("\n")
    joined = [lines[0]]
    for line in lines[1:]:
        before = joined[-1]
        own_line = re.match(r"\s*(?:#{1,6}\s|\|)", before) or _BLOCK.match(line)
        if not own_line and _closes(before) and _opens(before, line.lstrip()):
            joined[-1] = before + line.lstrip()
        else:
            joined.append(line)
    kept = iter(spans)
    return re.sub(f"[{_BLOCK_SPAN}{_INLINE_SPAN}]", lambda _: next(kept), "\n".join(joined))


def _closes(line: str) -> bool:
    return bool(re.search(rf"[{_FULL}{_HAN}]\**$", line))


def _opens(before: str, line: str) -> bool:
    if re.search(rf"[{_FULL}]\**$", before):
        return True
    return bool(re.match(rf"\**[{_HAN}（《「『“]", line))
