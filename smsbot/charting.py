"""A case as plain text, for the practice's records."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import Session

from smsbot import audit, clock
from smsbot.models import Case

_WIDTH = 60


@dataclass(frozen=True, slots=True)
class ChartText:
    """One text of the case: when, from whom, the words, and what became of it, for one of ours."""

    at: datetime
    who: str
    words: str
    fate: str = ""
    attachments: int = 0


@dataclass(frozen=True, slots=True)
class ChartAct:
    """Something that was done."""

    at: datetime
    words: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Chart:
    """What goes into the record. Times are aware; everything else is in plain words."""

    clinic: str
    code: str
    number: str
    patients: tuple[str, ...]
    urgency: str
    read_as: tuple[str, ...]
    opened_at: datetime
    owner: str | None
    texts: tuple[ChartText, ...]
    acts: tuple[ChartAct, ...]
    outcome: str | None
    resolved_at: datetime | None
    resolver: str | None


def chart_text(chart: Chart, local: Callable[[datetime], datetime]) -> str:
    """The case as text; `local` puts a moment into the clinic's zone. Ends with a line break."""
    lines = [
        f"Text messages, case {chart.code}, {chart.clinic}",
        f"Phone: {chart.number}",
        f"Patient: {'; '.join(chart.patients) or 'not on the list'}",
        f"Opened: {_when(chart.opened_at, local)}",
        f"Read as: {chart.urgency}{': ' if chart.read_as else ''}{', '.join(chart.read_as)}",
        f"Taken by: {chart.owner or 'nobody yet'}",
        _ended(chart, local),
        "",
        *_section("Texts", (_text(one, local) for one in chart.texts)),
        *_section("What was done", (_act(one, local) for one in chart.acts)),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _ended(chart: Chart, local: Callable[[datetime], datetime]) -> str:
    if chart.resolved_at is None:
        return "Resolved: not yet"
    by = f" by {chart.resolver}" if chart.resolver else ""
    outcome = f": {chart.outcome}" if chart.outcome else ""
    return f"Resolved: {_when(chart.resolved_at, local)}{by}{outcome}"


def _section(title: str, blocks: Iterable[str]) -> list[str]:
    found = list(blocks)
    return [title, "-" * _WIDTH, *found, ""] if found else []


def _text(one: ChartText, local: Callable[[datetime], datetime]) -> str:
    fate = f" ({one.fate})" if one.fate else ""
    files = [f"[{one.attachments} attachment{'s' if one.attachments != 1 else ''}]"] * bool(one.attachments)
    words = [*one.words.splitlines(), *files] or ["(no words)"]
    return "\n".join((f"{_when(one.at, local)}  {one.who}{fate}", *(f"  {line}" for line in words)))


def _act(one: ChartAct, local: Callable[[datetime], datetime]) -> str:
    note = [f"  {line}" for line in one.note.splitlines()]
    return "\n".join((f"{_when(one.at, local)}  {one.words}", *note))


def _when(moment: datetime, local: Callable[[datetime], datetime]) -> str:
    """`2026-11-23 10:05 AM EST`: with the zone, for records outlive a change of the clock."""
    return f"{local(moment):%Y-%m-%d %I:%M %p %Z}"


def mark_charted(session: Session, case: Case, staff_id: str) -> None:
    """A person says that the case stands in the practice's records, as it is now. The case is locked."""
    case.charted_at, case.charted_by = clock.now(), staff_id
    audit.record(session, "case_charted", case_id=case.id, staff_id=staff_id)
