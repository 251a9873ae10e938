"""One line of the doctor's report."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class State(StrEnum):
    """How a thing stands. `bad` makes the command fail."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True, slots=True)
class Line:
    """What was found, and what to do about it. Neither holds a person's name, number or words."""

    state: State
    what: str
    remedy: str = ""


def ok(what: str) -> Line:
    """It is well."""
    return Line(State.OK, what)


def warn(what: str, remedy: str) -> Line:
    """It works, and somebody should look at it."""
    return Line(State.WARN, what, remedy)


def bad(what: str, remedy: str) -> Line:
    """It does not work, or texts or alerts can be lost."""
    return Line(State.BAD, what, remedy)


def plural(count: int, noun: str) -> str:
    """`1 text`, `2 texts`."""
    return f"{count} {noun}" if count == 1 else f"{count} {noun}s"
