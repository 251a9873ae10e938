"""What changes the rota and the shifts, each in the caller's transaction and with a line in the audit log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from smsbot import audit, clock
from smsbot.models import Duty, Rota, Shift, Staff, new_id
from smsbot.shifts.errors import ShiftError

LONGEST_SHIFT = timedelta(days=366)  # beyond it somebody mistyped the year

Planned = tuple[str, datetime, datetime]  # staff id, from, until (UTC)


@dataclass(frozen=True, slots=True)
class Imported:
    """What an import did: shifts written, earlier ones replaced or cut, and those left outside its span."""

    written: int
    replaced: int
    outside: int


def add_to_rota(
    session: Session, staff: Staff, duty: Duty, weekdays: Sequence[int], starts: str, ends: str
) -> list[Rota]:
    """Give somebody a weekly duty (`starts` and `ends` HH:MM); gives the new entries, none for what is there.

    Raises ShiftError for a disabled person.
    """
    _must_be_enabled(staff)
    same = (Rota.staff_id == staff.id, Rota.duty == duty, Rota.starts == starts, Rota.ends == ends)
    known = set(session.scalars(select(Rota.weekday).where(*same)))
    entries = [
        Rota(id=new_id(), staff_id=staff.id, duty=duty, weekday=weekday, starts=starts, ends=ends)
        for weekday in weekdays
        if weekday not in known
    ]
    session.add_all(entries)
    for entry in entries:
        audit.record(session, "rota_added", staff_id=staff.id, **_as_details(entry))
    return entries


def remove(session: Session, row_id: str) -> None:
    """Take out a weekly duty, or one shift, by its id. Raises ShiftError if there is none."""
    entry = session.get(Rota, row_id)
    if entry is not None:
        audit.record(session, "rota_removed", staff_id=entry.staff_id, **_as_details(entry))
        session.delete(entry)
        return
    shift = session.get(Shift, row_id)
    if shift is None:
        raise ShiftError(f"No duty has the id {row_id}: `smsbot shifts list` shows them.")
    audit.record(session, "shift_removed", staff_id=shift.staff_id, **_as_details(shift))
    session.delete(shift)


def swap(session: Session, staff: Staff, duty: Duty, starts_at: datetime, ends_at: datetime) -> Shift:
    """Put somebody on duty for a time (aware), in place of whoever was. Raises ShiftError.

    A newer swap counts before an older one.
    """
    _must_be_enabled(staff)
    if ends_at <= starts_at:
        raise ShiftError("It ends before it begins: give a later --to.")
    if ends_at <= clock.now():
        raise ShiftError("It is over already: give a --to that is still to come.")
    if ends_at - starts_at > LONGEST_SHIFT:
        raise ShiftError("It is longer than a year: look at the years, or give a weekly duty.")
    shift = _shift(staff.id, duty, starts_at, ends_at, "swap")
    session.add(shift)
    audit.record(session, "shift_swapped", staff_id=staff.id, **_as_details(shift))
    return shift


def replace_imported(session: Session, duty: Duty, planned: Sequence[Planned]) -> Imported:
    """Write the shifts of a calendar in place of those imported before, from its first to its last moment.

    An earlier one that reaches out of that span keeps the part outside, so that no hole opens at its edges.
    """
    start, end = min(begins for _, begins, _ in planned), max(ends for _, _, ends in planned)
    imported = (Shift.duty == duty, Shift.source == "calendar")
    touching = (*imported, Shift.starts_at < end, Shift.ends_at > start)
    earlier = list(session.scalars(select(Shift).where(*touching).with_for_update()))
    for shift in earlier:
        for begins, ends in ((shift.starts_at, start), (end, shift.ends_at)):
            if begins < ends:
                session.add(_shift(shift.staff_id, duty, begins, ends, "calendar"))
        session.delete(shift)
    session.flush()
    ahead = select(func.count()).select_from(Shift).where(*imported, Shift.ends_at > clock.now())
    outside = session.scalar(ahead) or 0
    session.add_all(_shift(staff_id, duty, begins, ends, "calendar") for staff_id, begins, ends in planned)
    done = Imported(written=len(planned), replaced=len(earlier), outside=outside)
    audit.record(
        session,
        "shifts_imported",
        duty=duty,
        starts_at=start.isoformat(),
        ends_at=end.isoformat(),
        written=done.written,
        replaced=done.replaced,
    )
    return done


def _shift(staff_id: str, duty: Duty, starts_at: datetime, ends_at: datetime, source: str) -> Shift:
    return Shift(
        id=new_id(),
        staff_id=staff_id,
        duty=duty,
        starts_at=starts_at,
        ends_at=ends_at,
        source=source,
        created_at=clock.now(),
    )


def _must_be_enabled(staff: Staff) -> None:
    if staff.disabled_at is not None:
        raise ShiftError("This person is disabled and would not be told: name somebody else.")


def _as_details(row: Rota | Shift) -> dict[str, Any]:
    """What the audit log keeps of a row: enough to say later who was on duty."""
    if isinstance(row, Rota):
        return {
            "rota_id": row.id,
            "duty": row.duty,
            "weekday": row.weekday,
            "starts": row.starts,
            "ends": row.ends,
        }
    return {
        "shift_id": row.id,
        "duty": row.duty,
        "starts_at": row.starts_at.isoformat(),
        "ends_at": row.ends_at.isoformat(),
        "source": row.source,
    }
