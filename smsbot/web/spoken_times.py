"""Times that patients asked for, as people say them: "Tue Nov 24, 2 to 5 PM"."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta

from smsbot.triage.times_clock import ALL_DAY


def spoken_window(window: Mapping[str, str]) -> str:
    """A window of triage (`start` and `end`, clinic wall time) in the words of the screen."""
    start, end = _moment(window["start"]), _moment(window["end"])
    day = f"{start:%a %b %-d}"
    if _minutes(start) <= (ALL_DAY.start or 0) and end >= _at(start, ALL_DAY.end or 0):
        return f"{day}, any time" if end.date() <= start.date() else f"{day} to {end:%a %b %-d}, any time"
    if end.date() != start.date():
        return f"{day}, {_hour(start)} to {end:%a %b %-d}, {_hour(end)}"
    is_one_half = f"{start:%p}" == f"{end:%p}"
    first = _hour(start).removesuffix(f" {start:%p}") if is_one_half else _hour(start)
    return f"{day}, {_hour(start)}" if start == end else f"{day}, {first} to {_hour(end)}"


def _moment(wall: str) -> datetime:
    day, _, clock = wall.partition("T")
    hours, _, minutes = clock.partition(":")  # a day may end at 24:00
    return datetime.fromisoformat(day) + timedelta(hours=int(hours), minutes=int(minutes))


def _minutes(moment: datetime) -> int:
    return moment.hour * 60 + moment.minute


def _at(day: datetime, minutes: int) -> datetime:
    return day.replace(hour=0, minute=0) + timedelta(minutes=minutes)


def _hour(moment: datetime) -> str:
    if (moment.hour, moment.minute) == (12, 0):
        return "noon"
    return f"{moment:%-I %p}" if moment.minute == 0 else f"{moment:%-I:%M %p}"
