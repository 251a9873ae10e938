"""The rows that a calendar of shifts comes from: the weekly plan, swaps and imports."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, time

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot.models import Duty, Rota, Shift, Staff
from smsbot.shifts.words import DUTY_WORDS, describe
from smsbot.wiring import Wiring

_DAYS = ("Mondays", "Tuesdays", "Wednesdays", "Thursdays", "Fridays", "Saturdays", "Sundays")


@dataclass(frozen=True, slots=True)
class SourceRow:
    """One row, in words."""

    id: str
    is_weekly: bool
    kind: str
    who: str
    when: str


def read_sources(
    session: Session, parts: Wiring, everybody: Sequence[Staff], start: datetime, end: datetime
) -> Iterator[SourceRow]:
    """The whole weekly plan, and the single shifts that touch this time."""
    names = {
        person.id: f"{person.name} (disabled: does not count)" if person.disabled_at else str(person.name)
        for person in everybody
    }
    weekly = select(Rota).order_by(Rota.duty.desc(), Rota.weekday, Rota.starts, Rota.id)
    for entry in session.scalars(weekly):
        when = f"{_DAYS[entry.weekday]}, {_clock(entry.starts)} to {_clock(entry.ends)}"
        if entry.ends <= entry.starts:
            when += " the next day"
        yield SourceRow(entry.id, True, DUTY_WORDS[Duty(entry.duty)], names[entry.staff_id], when)
    touching = (Shift.starts_at < end, Shift.ends_at > start)
    for shift in session.scalars(select(Shift).where(*touching).order_by(Shift.starts_at, Shift.id)):
        zone = parts.clinic.zone
        when = f"{describe(shift.starts_at, zone)} to {describe(shift.ends_at, zone)}"
        how = "swap" if shift.source == "swap" else "imported"
        kind = f"{DUTY_WORDS[Duty(shift.duty)]}, {how}"
        yield SourceRow(shift.id, False, kind, names[shift.staff_id], when)


def _clock(written: str) -> str:
    return f"{time.fromisoformat(written):%-I:%M %p}"
