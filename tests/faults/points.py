"""Every place where a process of ours may be killed: the statements of accept, claim, send, mark, receipt.

Read out of the code, so that the list follows it.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from tests.system import ROOT

STAGES: dict[str, tuple[tuple[str, tuple[str, ...]], ...]] = {
    "accept": (
        ("smsbot/intake/__init__.py", ("receive", "_of_staff", "_take_in")),
        (
            "smsbot/intake/writing.py",
            ("write", "_reply", "message_of", "_triage_record", "_note_contact"),
        ),
        ("smsbot/contacts.py", ("lock_contact", "lock_known_contact")),
        ("smsbot/intake/cases.py", ("of", "_open_case", "_reopen", "_join", "tell_staff")),
        ("smsbot/escalation/ladder.py", ("alert", "climb")),
        ("smsbot/escalation/dispatching.py", ("tell", "_alert")),
        ("smsbot/escalation/taking.py", ("end_alerts", "_cancel_what_waits")),
        ("smsbot/kick.py", ("kick", "_enqueue")),
    ),
    "claim": (("smsbot/outbox.py", ("deliver", "_claim", "_cancel_unwanted", "_as_claim")),),
    "send": (
        ("smsbot/outbox.py", ("_look", "_known_ids", "_send")),
        ("smsbot/routes/sms.py", ("send", "find")),
        ("smsbot/twilio/client.py", ("send_text", "find_text", "_call")),
    ),
    "mark": (("smsbot/outbox.py", ("_mark_sent", "_mark_error", "_mark")),),
    "cycle": (("smsbot/sweep.py", ("cycle", "_spread", "_drain")),),
    "climb": (
        ("smsbot/escalation/rounds.py", ("_do", "_advance", "_pursue")),
        ("smsbot/escalation/ladder.py", ("advance", "_begin_anew", "climb")),
    ),
    "receipt": (("smsbot/receipts/texts.py", ("record_receipt", "_dispatch_of", "_move_forward")),),
}


@dataclass(frozen=True, slots=True)
class Point:
    """Just before a statement runs; `nth` 2 at a `with` is where its block has been left."""

    file: str
    function: str
    line: int
    nth: int
    text: str

    @property
    def name(self) -> str:
        """Short, for the name of a test."""
        stem = self.file.removesuffix("/__init__.py").removesuffix(".py").rpartition("/")[2]
        return f"{stem}.{self.function}:{self.line}" + (":left" if self.nth == 2 else "")

    @property
    def where(self) -> str:
        """As the trap reads it."""
        return f"{self.file}:{self.line}:{self.nth}"


@cache
def points_of(stage: str) -> tuple[Point, ...]:
    """All points of a stage, in the order of the code."""
    return tuple(
        point for file, functions in STAGES[stage] for name in functions for point in _points_in(file, name)
    )


def find(function: str, text: str, nth: int = 1) -> Point:
    """The one point of this function whose statement begins so."""
    everywhere = dict.fromkeys(point for stage in STAGES for point in points_of(stage))
    found = [p for p in everywhere if p.function == function and p.text.startswith(text) and p.nth == nth]
    assert len(found) == 1, f"{len(found)} statements of {function} begin with {text!r}: mend the list"
    return found[0]


def _points_in(file: str, function: str) -> list[Point]:
    source = (ROOT / file).read_text()
    lines = source.splitlines()
    found = [
        node
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef) and node.name == function
    ]
    assert found, f"{file} has no function {function} any more: mend the list"
    points = []
    for statement in _statements(found[0].body):
        text = lines[statement.lineno - 1].strip()
        for nth in (1, 2) if isinstance(statement, ast.With) else (1,):
            points.append(Point(file, function, statement.lineno, nth, text))
    return points


def _statements(body: list[ast.stmt]) -> Iterator[ast.stmt]:
    for statement in body:
        if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
            continue  # a docstring
        yield statement
        for name in ("body", "orelse", "finalbody"):
            yield from _statements(getattr(statement, name, []))
        for handler in getattr(statement, "handlers", []):
            yield from _statements(handler.body)


def by_name(point: object) -> str:
    """The name of a test's point."""
    return point.name if isinstance(point, Point) else str(point)
