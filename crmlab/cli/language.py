"""The words of the command line itself, in the reader's language: helps, and errors of options.

The commands state their helps in English; the catalogue has the Chinese. The frame around them is typer's, in English
always, and is put into Chinese here after it was written.
"""

from __future__ import annotations

import os
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

__all__ = ["asked_language", "frame", "helps", "speak"]

#: what typer writes, and how it reads in Chinese
_FRAME = tuple(
    (re.compile(pattern, re.MULTILINE), text)
    for pattern, text in (
        (r"^Usage: ", "用法："),
        (r"^Options:$", "选项："),
        (r"^Arguments:$", "参数："),
        (r"^Commands:$", "命令："),
        (r"Show this message and exit\.", "显示本说明。"),
        (r"\[required\]", "[必填]"),
        (r"\benv var:\s+", "环境变量："),
        (r"\bdefault:\s+", "默认："),
        (r"^Help: ", "查看说明："),
        (r"No such option:? '?(--?[\w-]+)'?\.?", r"没有选项 \1。"),
        (r" ?\(Possible options: (.+)\)", r"相近的选项：\1。"),
        (r"No such command '(.+?)'\.?", r"没有命令“\1”。"),
        (r" ?Did you mean '?([\w-]+)'?\?", r"您是不是想用 \1？"),
        (r"Missing argument '(.+?)'\.", r"缺少参数“\1”。"),
        (r"Missing command\.", "缺少命令。"),
        (r"Option '(.+?)' requires an argument\.", r"选项 \1 后面缺少取值。"),
        (r"Got unexpected extra argument(?:s|\(s\))? \((.+)\)", r"多余的参数：\1。"),
        (r"Invalid value for '?(.+?)'?: ", r"选项 \1 的取值有误："),
        (r"'(.*?)' is not a valid int(?:eger)?\.", r"“\1”不是整数。"),
        (r"Input should be a valid integer.*", "应当是整数。"),
    )
)


def asked_language(given: Sequence[str]) -> str:
    """Return the language that the arguments or the environment ask for; English if it is none that crmlab speaks.

    >>> asked_language(["report", "list", "--lang", "zh"]), asked_language(["--lang=fr"])
    ('zh', 'en')
    """
    from crmlab.text.catalogue import LANGUAGES

    asked = os.environ.get("CRMLAB_LANG", "")
    for at, argument in enumerate(given):
        if argument == "--lang":
            asked = given[at + 1] if at + 1 < len(given) else asked
        elif argument.startswith("--lang="):
            asked = argument.removeprefix("--lang=")
    return asked if asked in LANGUAGES else "en"


def helps(command: Any) -> Iterator[tuple[Any, str]]:
    """Give each command and parameter below `command` that has a help, with this help."""
    if command.help:
        yield command, command.help
    for parameter in command.params:
        if getattr(parameter, "help", None):
            yield parameter, parameter.help
    for below in getattr(command, "commands", {}).values():
        yield from helps(below)


def speak(command: Any, lang: str) -> None:
    """Put all helps into one language; lists of commands show them whole."""
    words: dict[str, str] = {}
    if lang != "en":
        from crmlab.text.catalogue import catalogue

        words = catalogue(lang)
    for owner, text in list(helps(command)):
        owner.help = words.get(text, text)
        if hasattr(owner, "short_help"):
            owner.short_help = owner.help


def frame(text: str, lang: str) -> str:
    """Return what typer wrote, in one language.

    >>> print(frame("No such command 'lst'. Did you mean 'list'?", "zh"))
    没有命令“lst”。您是不是想用 list？
    """
    if lang != "en":
        for pattern, said in _FRAME:
            text = pattern.sub(said, text)
    return text
