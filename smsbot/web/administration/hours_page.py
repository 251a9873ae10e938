"""What the page of the hours shows: plain view objects."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from smsbot.clinic import Clinic
from smsbot.clinic.weekly import SPANS_A_DAY, Span, read_week
from smsbot.clinic_changes import Past, history, newest
from smsbot.domain import Reply, Urgency
from smsbot.replies import render
from smsbot.web.administration.hours_words import (
    DAY_NAMES,
    spoken_change,
    spoken_clock,
    spoken_hours,
    spoken_moment,
)
from smsbot.wiring import Wiring

NAMES = ("hours", "closed_days", "closed_until", "replies")
_CHOICES = 4
_SHOWN_DAYS = 14


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the coming fortnight."""

    name: str
    hours: str  # "" when closed
    why: str  # why it is closed, where that is not as every week


@dataclass(frozen=True, slots=True)
class ClosedDay:
    """A day on the list."""

    iso: str
    name: str
    reason: str


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the history."""

    change: Past
    words: str


@dataclass(frozen=True, slots=True)
class HoursPage:
    """The page as a whole. `week`: for each day its name and its spans, ("", "") where there is none."""

    opens: str | None  # "Thu 9 AM", while it is closed by a closing
    closing_ahead: str | None  # "Tue 12 PM", while a closing is still to come
    closing_note: str | None
    choices: list[tuple[str, str]]  # local ISO time and its words
    told: str | None
    paused_since: datetime | None
    paused_by: str | None
    file_replies: str
    has_night_cover: bool
    hours: str
    hours_spoken: str
    holidays: str
    is_simple: bool
    closed_on_holidays: bool
    week: list[tuple[str, list[Span]]]
    closed_days: list[ClosedDay]
    fortnight: list[Day]
    history: list[Line] = field(default_factory=list)


def hours_page(parts: Wiring, session: Session, now: datetime) -> HoursPage:
    """What holds now, and how it came about."""
    clinic, closing = parts.clinic, parts.clinic.closing
    rows, past = newest(session), history(session, *NAMES)
    paused = clinic.replies == "crisis" and parts.living.files.clinic.replies == "all"
    newest_of = {line.name: line for line in reversed(past)}
    week = read_week(clinic.hours)
    opens_at = clinic.office_at(now).opens_at
    is_closed = closing is not None and closing.holds_at(now)
    is_ahead = closing is not None and now < closing.begins
    until = opens_at if is_closed and opens_at else closing.until if closing else None
    return HoursPage(
        opens=spoken_moment(clinic, until, now) if until and (is_closed or is_ahead) else None,
        closing_ahead=spoken_moment(clinic, closing.begins, now) if closing and is_ahead else None,
        closing_note=newest_of["closed_until"].note if "closed_until" in newest_of else None,
        choices=list(_choices(clinic, now)),
        told=_told(parts, now),
        paused_since=newest_of["replies"].at if paused and "replies" in newest_of else None,
        paused_by=newest_of["replies"].who if paused and "replies" in newest_of else None,
        file_replies=parts.living.files.clinic.replies,
        has_night_cover=clinic.night_cover,
        hours=clinic.hours,
        hours_spoken=spoken_hours(clinic.hours),
        holidays=clinic.holidays,
        is_simple=week is not None,
        closed_on_holidays=clinic.holidays != "none",
        week=[
            (name, [*map(_in_fields, spans), *[("", "")] * (SPANS_A_DAY - len(spans))])
            for name, spans in zip(DAY_NAMES, week.days if week else [()] * 7, strict=True)
        ],
        closed_days=_coming_days(clinic, rows.get("closed_days"), now),
        fortnight=list(_fortnight(clinic, rows.get("closed_days"), now)),
        history=[Line(line, spoken_change(clinic, line.name, line.value)) for line in past],
    )


def _in_fields(span: Span) -> Span:
    """A field for a time knows no 24:00."""
    return span[0], "00:00" if span[1] == "24:00" else span[1]


def listed_days(clinic: Clinic, row: Any) -> list[dict[str, str]]:
    """The closed days that hold, as they are kept: from the screen, else from the file."""
    if row is not None and row.value is not None:
        return list(row.value)
    return [{"day": day.isoformat(), "reason": ""} for day in clinic.closed]


def _coming_days(clinic: Clinic, row: Any, now: datetime) -> list[ClosedDay]:
    today = clinic.local(now).date().isoformat()
    coming = sorted((entry for entry in listed_days(clinic, row) if entry["day"] >= today), key=_day_of)
    return [
        ClosedDay(entry["day"], f"{date.fromisoformat(entry['day']):%a %b %-d, %Y}", entry.get("reason", ""))
        for entry in coming
    ]


def _day_of(entry: dict[str, str]) -> str:
    return entry["day"]


def _choices(clinic: Clinic, now: datetime) -> Iterator[tuple[str, str]]:
    """The first openings of the next days: what "closed until" nearly always means."""
    seen = {clinic.local(now).date()} if clinic.office_at(now).is_open else set()
    for start, _ in clinic.openings(now, now + timedelta(days=21)):
        if start.date() in seen or start <= now:
            continue
        seen.add(start.date())
        yield f"{start:%Y-%m-%dT%H:%M}", f"{start:%A, %b %-d}, {spoken_clock(start)}"
        if len(seen) > _CHOICES:
            return


def _told(parts: Wiring, now: datetime) -> str | None:
    """What a patient with a routine matter is told who texts now; None: nothing."""
    if parts.clinic.replies != "all":
        return None
    clinic = parts.clinic
    office, look_by = clinic.office_at(now), clinic.look_by(Urgency.ROUTINE, now)
    replies = (Reply("received.neutral", times=True), *([] if office.is_open else [Reply("also.emergency")]))
    return render(parts.wording, replies, clinic.languages[:1], office, clinic, now=now, look_by=look_by)


def _fortnight(clinic: Clinic, row: Any, now: datetime) -> Iterator[Day]:
    midnight = clinic.local(now).replace(hour=0, minute=0, second=0, microsecond=0)
    reasons = {entry["day"]: entry.get("reason") or "on the list" for entry in listed_days(clinic, row)}
    spans: dict[date, list[str]] = {}
    for start, end in clinic.openings(midnight, midnight + timedelta(days=_SHOWN_DAYS)):
        said = f"{spoken_clock(start)}–{spoken_clock(end)}" if end else f"from {spoken_clock(start)}"
        spans.setdefault(start.date(), []).append(said)
    week, closing = read_week(clinic.hours), clinic.closing
    for ahead in range(_SHOWN_DAYS):
        day = midnight + timedelta(days=ahead)
        hours = ", ".join(spans.get(day.date(), ()))
        why = ""
        if not hours and week is not None and week.days[day.weekday()]:
            is_shut = closing is not None and closing.begins < day + timedelta(days=1) and day < closing.until
            why = reasons.get(day.date().isoformat()) or ("closed for now" if is_shut else "public holiday")
        yield Day(f"{day:%a %b %-d}", hours, why)
