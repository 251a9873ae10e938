"""The audit trail of a case as sentences."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot.models import Case, Event
from smsbot.web.event_words import sentence

_SEEN = "patients_seen"  # says no more to staff than that the case was looked at
_LOOKED = "case_opened_by"
_MOST = 400


@dataclass(frozen=True)
class Line:
    """What happened, by whom; `times` when the same person looked again and again."""

    event: Event
    name: str
    words: str
    times: int = 1


def read_story(session: Session, case: Case, names: dict[str, str]) -> tuple[Line, ...]:
    """What happened to the case, in order; the newest of very many lines."""
    query = select(Event).where(Event.case_id == case.id, Event.kind != _SEEN)
    newest = session.scalars(query.order_by(Event.at.desc(), Event.id.desc()).limit(_MOST)).all()
    lines: list[Line] = []
    for event in reversed(newest):
        name = names.get(event.staff_id or "", "")
        last = lines[-1].event if lines else None
        if last and last.kind == event.kind == _LOOKED and last.staff_id == event.staff_id:
            times = lines[-1].times + 1
            words = f"{sentence(event, name).removesuffix('.')}, {times} times."
            lines[-1] = Line(event, name, words, times)
            continue
        lines.append(Line(event, name, sentence(event, name, names)))
    return tuple(lines)
