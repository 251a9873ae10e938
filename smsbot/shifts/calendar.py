"""Reads the shifts of an iCalendar file: who, from when to when. What cannot be read for sure is an error.

https://www.rfc-editor.org/rfc/rfc5545
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import recurring_ical_events  # type: ignore[import-untyped]
from icalendar import Calendar

from smsbot.shifts.errors import ShiftError
from smsbot.shifts.wall import first_moment, last_moment
from smsbot.shifts.words import describe

AHEAD = timedelta(days=366)  # a series without an end is read so far
MOST_EVENTS = 2_000
_MONTH = timedelta(days=30)
_READ = ("DTSTART", "DTEND", "DURATION", "RRULE", "RDATE", "EXDATE", "RECURRENCE-ID", "ATTENDEE", "SUMMARY")
# A rule that repeats by the minute would keep us busy for ever; no clinic has such shifts.
_DENSE = re.compile(rb"^RRULE[^\n]*(FREQ=(SECONDLY|MINUTELY|HOURLY)|BYSECOND|BYMINUTE)", re.I | re.M)


@dataclass(frozen=True, slots=True)
class Listed:
    """An event: when (UTC), and the people as the calendar writes them, addresses or names."""

    starts_at: datetime
    ends_at: datetime
    people: tuple[str, ...]


def read_calendar(raw: bytes, zone: ZoneInfo, now: datetime) -> list[Listed]:
    """The events of a calendar that are not over at `now` (aware), a year ahead, in order.

    All-day events and times without a zone are in the clinic's. Raises ShiftError with every fault found.
    """
    calendar = _parse(raw)
    events = calendar.walk("VEVENT")
    if len(events) > MOST_EVENTS:
        raise ShiftError(f"It holds more than {MOST_EVENTS} events: give a calendar of the shifts alone.")
    if faults := [f"The event {_title(event)}: {fault}" for event in events for fault in _faults(event)]:
        raise ShiftError("\n".join(dict.fromkeys(faults)))
    listed = {
        shift
        for event in _unfold(calendar, now)
        if (shift := _listed(event, zone)).ends_at > now and shift.starts_at < now + AHEAD
    }
    if not listed:
        raise ShiftError("It holds no shift that is still to come: is it the right calendar?")
    if nobody := [shift for shift in listed if not shift.people]:
        first = describe(min(shift.starts_at for shift in nobody), zone)
        raise ShiftError(f"The event of {first} names nobody: invite the person, or put a name in its title.")
    return sorted(listed, key=lambda shift: (shift.starts_at, shift.ends_at, shift.people))


def _parse(raw: bytes) -> Any:
    unfolded = re.sub(rb"\r?\n[ \t]", b"", raw)  # a long line goes on after a line break and a blank
    if _DENSE.search(unfolded):
        raise ShiftError("A rule repeats within a day: write shifts that repeat daily or weekly.")
    try:
        calendar = Calendar.from_ical(raw)
    except Exception as error:  # the library raises whatever the malformed part made it trip over
        raise ShiftError("It is no iCalendar file, or one that was cut off: export it again.") from error
    if calendar.name != "VCALENDAR":
        raise ShiftError("It is no iCalendar file: export it again.")
    return calendar


def _faults(event: Any) -> Iterator[str]:
    """What makes an event's time or person uncertain: the library would guess, or leave it out."""
    broken = sorted({str(name) for name, _ in event.errors if str(name) in _READ})
    if broken:
        yield f"{', '.join(broken)} cannot be read."
        return
    if "RRULE" in event and any("FREQ" not in rule for rule in _many(event["RRULE"])):
        yield "RRULE cannot be read."
    start, end = (getattr(event.get(name), "dt", None) for name in ("DTSTART", "DTEND"))
    if start is None:
        yield "it has no start (DTSTART)."
        return
    for name in ("DTSTART", "DTEND"):
        if (zone := _unknown_zone(event.get(name))) is not None:
            yield f"the time zone {zone[:80]!r} is not known."
            return
    if end is None:
        if isinstance(start, datetime) and "DURATION" not in event:
            yield "it has no end (DTEND)."
    elif isinstance(end, datetime) != isinstance(start, datetime):
        yield "one of DTSTART and DTEND is a day, the other a time."
    elif isinstance(start, datetime) and (start.tzinfo is None) != (end.tzinfo is None):
        yield "one of DTSTART and DTEND has a time zone, the other none."
    elif end <= start:
        yield "it ends before it begins."


def _unknown_zone(field: Any) -> str | None:
    """The name of a zone that the library did not know: it then takes the time as one without a zone."""
    zone = field.params.get("TZID") if field is not None else None
    is_lost = zone is not None and isinstance(field.dt, datetime) and field.dt.tzinfo is None
    return str(zone) if is_lost else None


def _unfold(calendar: Any, now: datetime) -> Iterator[Any]:
    """Every single event around the coming year, repetitions written out, without those called off."""
    day = timedelta(days=1)  # the library compares times without a zone as if they were in ours
    start, found = now - day, 0
    try:
        query = recurring_ical_events.of(calendar)
        while start < now + AHEAD + day:
            for event in query.between(start, start + _MONTH):
                if found >= 2 * MOST_EVENTS:
                    raise ShiftError("It repeats too often: give a calendar of the shifts alone.")
                found += 1
                if str(event.get("STATUS", "")).upper() != "CANCELLED":
                    yield event
            start += _MONTH
    except ShiftError:
        raise
    except Exception as error:  # as above
        raise ShiftError("A rule that repeats an event cannot be read: export the calendar again.") from error


def _listed(event: Any, zone: ZoneInfo) -> Listed:
    return Listed(
        _moment(event.start, zone, first_moment), _moment(event.end, zone, last_moment), tuple(_people(event))
    )


def _moment(value: date, zone: ZoneInfo, on_the_wall: Any) -> datetime:
    if not isinstance(value, datetime):
        value = datetime.combine(value, time())
    moment: datetime = on_the_wall(value, zone) if value.tzinfo is None else value.astimezone(UTC)
    return moment


def _people(event: Any) -> list[str]:
    """The invited who have not declined; without any invitation, the title."""
    invited = [
        field
        for field in _many(event.get("ATTENDEE"))
        if str(field.params.get("CUTYPE", "")).upper() not in ("ROOM", "RESOURCE")
    ]
    if not invited:
        title = str(event.get("SUMMARY", "")).strip()
        return [title] if title else []
    coming = [field for field in invited if str(field.params.get("PARTSTAT", "")).upper() != "DECLINED"]
    return sorted({re.sub(r"^mailto:", "", str(field), flags=re.IGNORECASE).strip() for field in coming})


def _many(value: Any) -> list[Any]:
    """A property that may come several times."""
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _title(event: Any) -> str:
    # as a Python literal: a title may hold what a terminal would obey
    return repr(str(event.get("SUMMARY", "without a title"))[:80])
