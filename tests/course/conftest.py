"""Notebooks and bank items that tests share; each notebook shows one behaviour."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from crmlab.course.bank import Exercise, Mistake, Option, Question, Tolerance
from crmlab.execution.notebooks import node
from crmlab.show import MIME


def both(text: str) -> dict[str, str]:
    """Return the same text in both languages, told apart."""
    return {"en": text, "zh": f"中文 {text}"}


def cell(kind: str, source: str, name: str, *tags: str, outputs: list[dict[str, Any]] | None = None) -> Any:
    """Return a cell of a notebook."""
    made: dict[str, Any] = {"cell_type": kind, "id": name, "metadata": {}, "source": source}
    if tags:
        made["metadata"]["tags"] = list(tags)
    if kind == "code":
        made["outputs"] = outputs or []
        made["execution_count"] = None
    return node(made)


def notebook(*cells: Any, **metadata: Any) -> Any:
    """Return a notebook of these cells."""
    kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return node(
        {
            "nbformat": 4,
            "nbformat_minor": 5,
            "metadata": {"kernelspec": kernel, "crmlab": metadata},
            "cells": list(cells),
        }
    )


def facts_output(**values: Any) -> dict[str, Any]:
    """Return what ``facts(…)`` leaves in a notebook."""
    data = {MIME: {"kind": "facts", "values": values}, "text/plain": ""}
    return {"output_type": "execute_result", "execution_count": 1, "metadata": {}, "data": data}


def text_output(text: str) -> dict[str, Any]:
    """Return a plain output."""
    return {"output_type": "stream", "name": "stdout", "text": text}


@pytest.fixture
def make() -> Any:
    """Give the builders of notebooks, by name."""

    class Make:
        pass

    for function in (both, cell, notebook, facts_output, text_output):
        setattr(Make, function.__name__, staticmethod(function))
    return Make


@pytest.fixture
def chapter() -> Any:
    """Give an executed chapter, small but with every kind of cell."""
    return notebook(
        cell("markdown", "# Satisfaction\n\nNPS is {{nps:.1f}}.", "head-en", "en"),
        cell("markdown", "# 满意度\n\n净推荐值为 {{nps:.1f}}。", "head-zh", "zh"),
        cell("code", 'lang = "en"\nstudent = 0', "parameters", "parameters"),
        cell("code", "from crmlab.text import use\nuse(lang)", "setup", "setup"),
        cell(
            "code",
            "nps = 45.04\nfacts(nps=nps)",
            "facts",
            outputs=[facts_output(nps=45.04), text_output("x")],
        ),
        cell("code", 'exercise("ch05-nps", student)', "ex", "exercise", outputs=[text_output("statement")]),
        cell("code", "mine = None", "ex-answer", "answer"),
        cell("code", "mine = 45.04", "ex-solution", "solution"),
        cell("code", 'check("ch05-nps", mine, student)', "ex-check", "check", outputs=[text_output("Right")]),
        cell("code", 'quiz("ch05-q1")', "q", "quiz", outputs=[text_output("quiz")]),
        cell("markdown", "Note: ten minutes.", "note-en", "en", "instructor"),
        cell("markdown", "说明：十分钟。", "note-zh", "zh", "instructor"),
        title={"en": "Satisfaction", "zh": "满意度"},
    )


@pytest.fixture
def nps() -> Exercise:
    """Give an exercise with a known mistake."""
    return Exercise(
        "ch05-nps",
        chapter=5,
        objective=1,
        difficulty=2,
        marks=4,
        title={"en": "Net promoter score", "zh": "净推荐值"},
        statement={
            "en": "Of {n} customers, {pro} are promoters and {det} detractors. $x_{{1}}$",
            "zh": "{n} 位客户中，推荐者 {pro} 位，贬损者 {det} 位。$x_{{1}}$",
        },
        parameters=lambda rng: {
            "n": 400,
            "pro": int(rng.integers(160, 240)),
            "det": int(rng.integers(40, 100)),
        },
        solution=lambda p: 100 * (p["pro"] - p["det"]) / p["n"],
        tolerance=Tolerance(absolute=0.05),
        unit={"en": "points", "zh": "分"},
        mistakes=[
            Mistake("no-detractors", lambda p: 100 * p["pro"] / p["n"], both("You left out the detractors."))
        ],
        hints=[both("First."), both("Second, of {n}."), both("Third.")],
    )


@pytest.fixture
def question() -> Question:
    """Give a quiz question of three options."""
    return Question(
        "ch05-q1",
        stem=both("What does $C = b/a$ < 1 mean?"),
        options=[
            Option(both("<b>Pleased</b>"), correct=False, explanation=both("No: b is below a.")),
            Option(both("Disappointed"), correct=True, explanation=both("Yes.")),
            Option(both("Nothing"), correct=False, explanation=both("It does.")),
        ],
    )


@pytest.fixture
def in_bank(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Put items into the bank for one test."""

    def put(*items: Any) -> None:
        known = {item.id: item for item in items}
        for module in ("exercises", "questions"):
            monkeypatch.setattr(f"crmlab.course.{module}.get", known.__getitem__)

    return put
