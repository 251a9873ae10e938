"""Hours, closings and their history in the words of a person."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from smsbot.clinic import Clinic
from smsbot.clinic.weekly import DAYS, Week, read_week, write_week

AS_IN_FILE = "as in clinic.toml"
DAY_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")


def spoken_clock(moment: datetime) -> str:
    """`9 AM`, `12:30 PM`."""
    return f"{moment:%-I:%M %p}".replace(":00", "")


def spoken_moment(clinic: Clinic, moment: datetime, now: datetime) -> str:
    """`9 AM`, `Thu 9 AM`, `Dec 3, 9 AM`: as near as it lies."""
    local, today = clinic.local(moment), clinic.local(now).date()
    ahead = (local.date() - today).days
    if ahead == 0:
        return spoken_clock(local)
    if 0 < ahead < 7:
        return f"{local:%a} {spoken_clock(local)}"
    return f"{local:%b %-d}, {spoken_clock(local)}"


def spoken_hours(hours: str) -> str:
    """Hours as people say them; what a table cannot show stays in its own syntax."""
    week = read_week(hours)
    if week is None:
        return hours
    said = []
    for part in write_week(Week(week.days, False)).split("; "):
        days, _, spans = part.partition(" ")
        named = "–".join(DAY_NAMES[DAYS.index(day)][:3] for day in days.split("-"))
        said.append(f"{named} {', '.join(_spoken_span(span) for span in spans.split(','))}")
    return "; ".join([*said, *(["closed on public holidays"] if week.closed_on_holidays else [])])


def spoken_change(clinic: Clinic, name: str, value: Any) -> str:
    """One line of the history: what was set."""
    if name == "hours":
        return f"Opening hours: {spoken_hours(value['hours']) if value else AS_IN_FILE}"
    if name == "closed_days":
        return f"Closed days: {AS_IN_FILE if value is None else _spoken_days(value)}"
    if name == "closed_until":
        return f"Closed until {_dated(clinic, value['until'])}" if value else "Open by the usual hours again"
    return "Automatic replies paused" if value else "Automatic replies sent again"


def _spoken_days(listed: list[dict[str, str]]) -> str:
    if not listed:
        return "none"
    days = sorted(listed, key=lambda entry: entry["day"])
    return ", ".join(
        f"{date.fromisoformat(entry['day']):%b %-d, %Y}"
        + (f" ({entry['reason']})" if entry.get("reason") else "")
        for entry in days
    )


def _dated(clinic: Clinic, written: str) -> str:
    local = clinic.local(datetime.fromisoformat(written))
    return f"{local:%a %b %-d}, {spoken_clock(local)}"


def _spoken_span(span: str) -> str:
    start, end = span.split("-")
    return f"{_spoken_wall(start)}–{_spoken_wall(end)}"


def _spoken_wall(written: str) -> str:
    hour, minute = (int(part) for part in written.split(":"))
    clock = f"{hour % 12 or 12}" + (f":{minute:02}" if minute else "")
    return f"{clock} {'AM' if hour % 24 < 12 else 'PM'}"
