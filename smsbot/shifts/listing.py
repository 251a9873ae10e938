"""What `smsbot shifts list` shows: who is on duty when, and the rows that this comes from."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot.models import Duty, Rota, Shift, Staff
from smsbot.shifts.duty import is_kept, timetable
from smsbot.shifts.words import DUTY_WORDS, describe, describe_gaps
from smsbot.shifts.written import WEEKDAYS


def json_lines(session: Session, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[dict[str, Any]]:
    """For scripts, by `kind`: stretches of duty (nobody: a gap), rota entries, shifts. Ids, no names."""
    for duty in Duty:
        for stretch in timetable(session, zone, start, end, duty):
            yield {
                "kind": "stretch",
                "duty": duty.value,
                "starts_at": stretch.starts_at.isoformat(),
                "ends_at": stretch.ends_at.isoformat(),
                "staff_ids": list(stretch.staff_ids),
            }
    for entry in _rota(session):
        names = ("id", "staff_id", "duty", "weekday", "starts", "ends")
        yield {"kind": "rota", **{name: getattr(entry, name) for name in names}}
    for shift in _shifts(session, start, end):
        yield {
            "kind": "shift",
            **{name: getattr(shift, name) for name in ("id", "staff_id", "duty", "source")},
            "starts_at": shift.starts_at.isoformat(),
            "ends_at": shift.ends_at.isoformat(),
        }


def page(session: Session, zone: ZoneInfo, start: datetime, end: datetime) -> Iterator[tuple[str, bool]]:
    """For people, line by line; true marks a gap, to be shown in red."""
    names = {person.id: _name(person) for person in session.scalars(select(Staff))}
    for duty in Duty:
        yield f"{DUTY_WORDS[duty].capitalize()}:", False
        if duty is Duty.BACKUP and not is_kept(session, duty):
            yield "  no backup is set", False
            continue
        for stretch in timetable(session, zone, start, end, duty):
            span = (stretch.starts_at, stretch.ends_at)
            if stretch.staff_ids:
                told = ", ".join(names[staff_id] for staff_id in stretch.staff_ids)
                yield f"  {_span(*span, zone)}  {told}", False
            else:
                yield f"  {describe_gaps([span], zone, duty)[0].replace('no one', 'NO ONE', 1)}", True
    if rota := [_rota_line(entry, names) for entry in _rota(session)]:
        yield from (("Every week:", False), *((line, False) for line in rota))
    if shifts := [_shift_line(shift, zone, names) for shift in _shifts(session, start, end)]:
        yield from (("Swaps and imports:", False), *((line, False) for line in shifts))


def _rota(session: Session) -> list[Rota]:
    return list(session.scalars(select(Rota).order_by(Rota.duty.desc(), Rota.weekday, Rota.starts, Rota.id)))


def _shifts(session: Session, start: datetime, end: datetime) -> list[Shift]:
    touching = (Shift.starts_at < end, Shift.ends_at > start)
    return list(session.scalars(select(Shift).where(*touching).order_by(Shift.starts_at, Shift.id)))


def _rota_line(entry: Rota, names: dict[str, str]) -> str:
    day = WEEKDAYS[entry.weekday].capitalize()
    until = entry.ends + (" the next day" if entry.ends <= entry.starts else "")
    duty = DUTY_WORDS[Duty(entry.duty)]
    return f"  {entry.id}  {duty}  {day} {entry.starts} to {until}  {names[entry.staff_id]}"


def _shift_line(shift: Shift, zone: ZoneInfo, names: dict[str, str]) -> str:
    span = _span(shift.starts_at, shift.ends_at, zone)
    return f"  {shift.id}  {DUTY_WORDS[Duty(shift.duty)]}  {span}  {names[shift.staff_id]}  {shift.source}"


def _span(starts_at: datetime, ends_at: datetime, zone: ZoneInfo) -> str:
    return f"{describe(starts_at, zone)} to {describe(ends_at, zone)}"


def _name(person: Staff) -> str:
    return f"{person.name} (disabled: does not count)" if person.disabled_at else str(person.name)
