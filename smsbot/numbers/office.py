"""When the office was open, by the hours that hold today."""

from __future__ import annotations

from datetime import UTC, datetime

from opening_hours import State

from smsbot.clinic import Clinic


def open_spans(clinic: Clinic, first: datetime, last: datetime) -> list[tuple[datetime, datetime]]:
    """Its openings between two moments, in order, in UTC. An opening that began before is cut."""
    begins, ends = (clinic.local(moment).replace(tzinfo=None) for moment in (first, last))
    return [
        (_utc(clinic, max(start, begins)), _utc(clinic, min(end, ends)))
        for start, end, state, _ in clinic.calendar.intervals(begins, ends)
        if state is State.OPEN
    ]


def _utc(clinic: Clinic, wall: datetime) -> datetime:
    return wall.replace(tzinfo=clinic.zone).astimezone(UTC)
