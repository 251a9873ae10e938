"""Who is on duty, read from the weekly rota and the shifts that replace it. Disabled staff do not count."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot.models import Duty, Rota, Shift, Staff
from smsbot.shifts.timeline import Source, Span, Stretch, stretches, weekly, who


def on_duty(session: Session, zone: ZoneInfo, now: datetime, duty: Duty) -> list[Staff]:
    """The enabled staff on this duty at `now` (aware), in the order of their ids; none is a gap.

    A shift replaces the rota for its duty and time, unless its person is disabled: then the rota holds.
    Raises ValueError for a naive time.
    """
    now = _aware(now)
    staff_ids = who(_spans(session, zone, now, now, duty), now)
    if not staff_ids:
        return []
    return list(session.scalars(select(Staff).where(Staff.id.in_(staff_ids)).order_by(Staff.id)))


def timetable(session: Session, zone: ZoneInfo, start: datetime, end: datetime, duty: Duty) -> list[Stretch]:
    """Who is on this duty from `start` to `end` (aware), in order; stretches without anybody are gaps."""
    start, end = _aware(start), _aware(end)
    return stretches(_spans(session, zone, start, end, duty), start, end)


def gaps(
    session: Session, zone: ZoneInfo, start: datetime, end: datetime, duty: Duty
) -> list[tuple[datetime, datetime]]:
    """When nobody is on this duty between `start` and `end` (aware): from and until, UTC, in order."""
    return [
        (stretch.starts_at, stretch.ends_at)
        for stretch in timetable(session, zone, start, end, duty)
        if not stretch.staff_ids
    ]


def is_kept(session: Session, duty: Duty) -> bool:
    """Whether anybody has ever been given this duty: an empty rota is not the same as a gap in one."""
    rows = select(Rota.id).where(Rota.duty == duty).union_all(select(Shift.id).where(Shift.duty == duty))
    return session.execute(rows.limit(1)).first() is not None


def _spans(session: Session, zone: ZoneInfo, start: datetime, end: datetime, duty: Duty) -> list[Span]:
    """Every duty of enabled staff that touches this time."""
    entries = session.scalars(
        select(Rota)
        .join(Staff, Staff.id == Rota.staff_id)
        .where(Rota.duty == duty, Staff.disabled_at.is_(None))
    )
    found = [
        Span(begins, ends, entry.staff_id, Source.ROTA)
        for entry in entries
        for begins, ends in weekly(entry.weekday, entry.starts, entry.ends, zone, (start, end))
    ]
    shifts = session.scalars(
        select(Shift)
        .join(Staff, Staff.id == Shift.staff_id)
        .where(
            Shift.duty == duty,
            Shift.starts_at <= end,
            Shift.ends_at > start,
            Staff.disabled_at.is_(None),
        )
    )
    return found + [
        Span(
            shift.starts_at,
            shift.ends_at,
            shift.staff_id,
            Source[shift.source.upper()],
            (shift.created_at, shift.id),
        )
        for shift in shifts
    ]


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a naive time: use clock.now()")
    return moment.astimezone(UTC)  # two times of one zone compare by wall clock alone
