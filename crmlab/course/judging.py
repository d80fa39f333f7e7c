"""What to say to an answer: right, a known mistake, or wrong with a nudge. Never the solution."""

from __future__ import annotations

import math
import numbers
from dataclasses import dataclass
from typing import Any

from crmlab.course.bank.model import Answer, Exercise, Parameters, Tolerance, _folded
from crmlab.errors import did_you_mean
from crmlab.text import language, tr

__all__ = ["Verdict", "judge"]


@dataclass(frozen=True)
class Verdict:
    """What is said to an answer.

    Attributes
    ----------
    kind
        ``right``, ``amber`` (no answer, or nothing that can be judged) or ``wrong``.
    reason
        ``right``, ``unanswered``, ``type``, a known mistake's name, ``percent``, ``fraction``, ``sign``, ``close``,
        ``large``, ``small`` or ``wrong``.
    message
        Markdown in the current language.

    """

    kind: str
    reason: str
    message: str


class _NotAnAnswerError(Exception):
    """The value cannot be judged; the message says what to do."""


def judge(exercise: Exercise, answer: object, parameters: Parameters) -> Verdict:
    """Judge an answer to an exercise.

    Parameters
    ----------
    exercise
        From the bank.
    answer
        Whatever the student gave: None and ``...`` mean 'not yet'.
    parameters
        From :meth:`Exercise.draw`.

    """
    if answer is None or answer is ...:
        return Verdict(
            "amber",
            "unanswered",
            tr("Not answered yet. Put your answer in the cell above, and run both cells."),
        )
    solution = exercise.solution(parameters)
    try:
        given = _read(exercise, answer, solution)
    except _NotAnAnswerError as err:
        return Verdict("amber", "type", str(err))
    tolerance = exercise.tolerance
    if tolerance.near(given, solution):
        return Verdict("right", "right", tr("Right."))
    for mistake in exercise.mistakes:
        if tolerance.near(given, mistake.value(parameters)):
            return Verdict("wrong", mistake.name, exercise.fill(mistake.message, parameters))
    return _wrong(given, solution, exercise)


def _wrong(given: Answer, solution: Answer, exercise: Exercise) -> Verdict:
    if isinstance(given, tuple) and isinstance(solution, tuple):
        return _several(given, solution, exercise)
    if isinstance(given, str | tuple) or isinstance(solution, str | tuple):
        return Verdict("wrong", "wrong", tr("Not this one. Read the statement again, or ask for a hint."))
    return _number(float(given), float(solution), exercise)


def _number(given: float, solution: float, exercise: Exercise) -> Verdict:
    generic = _confusion(given, solution, exercise.tolerance)
    if generic is not None:
        return generic
    distance = abs(given - solution)
    if distance <= 10 * exercise.tolerance.width(solution) and distance <= 0.02 * abs(solution):
        return Verdict(
            "wrong",
            "close",
            tr("Very close. Did you round on the way? Keep all decimals until the end."),
        )
    large = given > solution
    text = tr("Too large.") if large else tr("Too small.")
    if given * solution > 0 and not 0.1 < given / solution < 10:
        text = _join(text, tr("The order of magnitude is not right: check the units."))
    else:
        text = _join(text, tr("Read again what is divided by what, or ask for a hint."))
    return Verdict("wrong", "large" if large else "small", text)


def _confusion(given: float, solution: float, tolerance: Tolerance) -> Verdict | None:
    """Recognise percent for fraction, and a wrong sign."""
    if abs(solution) > tolerance.width(0.0):
        # A fraction rounded to two places is still that fraction: 0.45 for 45.2 %.
        if _scaled(tolerance, solution).near(100 * given, solution) and abs(given) <= 1:
            return Verdict(
                "wrong",
                "fraction",
                tr("This looks like a fraction; a percentage is wanted here. One half is 50 percent."),
            )
        if _scaled(tolerance, given).near(given, 100 * solution) and abs(solution) <= 1:
            return Verdict(
                "wrong",
                "percent",
                tr("This looks like a percentage; a fraction is wanted here. 50 percent is 0.5."),
            )
        if tolerance.near(-given, solution):
            return Verdict(
                "wrong", "sign", tr("The size is right, the sign is not: what is subtracted from what?")
            )
    return None


def _scaled(tolerance: Tolerance, percentage: float) -> Tolerance:
    rounded = 0.5 if abs(percentage) >= 5 else 0.0
    return Tolerance(max(tolerance.absolute, rounded), max(tolerance.relative, 0.002))


def _several(given: tuple[Any, ...], solution: tuple[Any, ...], exercise: Exercise) -> Verdict:
    if len(given) != len(solution):
        text = tr("{wanted} values are wanted; you gave {given}.", wanted=len(solution), given=len(given))
        return Verdict("wrong", "wrong", text)
    if exercise.tolerance.near(given[::-1], solution):
        return Verdict("wrong", "order", tr("The values are right, their order is not."))
    right = sum(exercise.tolerance.near(one, other) for one, other in zip(given, solution, strict=True))
    text = tr("{right} of {wanted} values are right.", right=right, wanted=len(solution))
    return Verdict("wrong", "wrong", _join(text, tr("Read the statement again, or ask for a hint.")))


def _read(exercise: Exercise, answer: object, solution: Answer) -> Answer:
    """Turn an answer into what the solution is: a number, a word, or a tuple of them."""
    if isinstance(solution, tuple):
        return _read_several(answer, solution)
    if isinstance(solution, str):
        return _read_word(exercise, answer)
    return _read_number(answer)


def _read_several(answer: object, solution: tuple[Any, ...]) -> Answer:
    parts = answer.tolist() if hasattr(answer, "tolist") else answer
    if not isinstance(parts, list | tuple):
        text = tr("{wanted} values are wanted, in brackets: (first, second).", wanted=len(solution))
        raise _NotAnAnswerError(text)
    kinds = [*solution, *[solution[-1]] * (len(parts) - len(solution))]
    return tuple(
        str(part) if isinstance(kind, str) else _read_number(part)
        for part, kind in zip(parts, kinds, strict=False)
    )


def _read_word(exercise: Exercise, answer: object) -> str:
    if not isinstance(answer, str):
        text = tr("A word is wanted, in quotation marks; you gave {kind}.", kind=_kind(answer))
        raise _NotAnAnswerError(text)
    if not exercise.choices:
        return answer
    for key, names in exercise.choices.items():
        if _folded(answer) in {_folded(key), *(_folded(name) for name in names.values())}:
            return key
    spoken = [names[language()] for names in exercise.choices.values()]
    near = did_you_mean(answer, spoken)
    known = ("、" if language() == "zh" else ", ").join(f"`{word}`" for word in spoken)
    text = tr("This is none of the answers to choose from: {known}.", known=known)
    raise _NotAnAnswerError(_join(text, tr("Perhaps {near}?", near=f"`{near}`")) if near else text)


def _read_number(answer: object) -> float:
    if isinstance(answer, str):
        raise _NotAnAnswerError(
            tr("Your answer is text. A number is wanted: no quotation marks, no % sign, no thousands comma.")
        )
    if isinstance(answer, bool) or type(answer).__name__ == "bool":
        raise _NotAnAnswerError(tr("Your answer is true or false. A number is wanted."))
    if callable(answer):
        raise _NotAnAnswerError(
            tr("Your answer is a function. Call it: put its arguments in brackets after its name.")
        )
    if isinstance(answer, numbers.Real) or (hasattr(answer, "as_tuple") and hasattr(answer, "__float__")):
        return _finite(float(answer))
    shape = getattr(answer, "shape", None)
    if shape == () and hasattr(answer, "item"):
        return _read_number(answer.item())
    size = getattr(answer, "size", None)
    if size is None and isinstance(answer, list | tuple | dict | set):
        size = len(answer)
    text = tr("One number is wanted; you gave {kind}.", kind=_kind(answer))
    if size == 1:
        text = _join(text, tr("It holds one value: take that out, with `.item()` or `[0]`."))
    elif size is not None:
        text = _join(text, tr("It holds {n} values: choose one, or sum them up.", n=size))
    raise _NotAnAnswerError(text)


def _finite(value: float) -> float:
    if math.isnan(value):
        raise _NotAnAnswerError(
            tr("Your answer is NaN, not a number. A missing value, or zero divided by zero, is behind it.")
        )
    if math.isinf(value):
        raise _NotAnAnswerError(tr("Your answer is infinite: something is divided by zero."))
    return value


def _join(first: str, second: str) -> str:
    return f"{first}{second}" if language() == "zh" else f"{first} {second}"


def _kind(value: object) -> str:
    name = type(value).__name__
    words = {
        "list": tr("a list"),
        "tuple": tr("several values"),
        "dict": tr("a dictionary"),
        "set": tr("a set"),
        "Series": tr("a column of a table"),
        "DataFrame": tr("a table"),
        "ndarray": tr("an array"),
        "int": tr("a number"),
        "float": tr("a number"),
    }
    return words.get(name, f"`{name}`")
