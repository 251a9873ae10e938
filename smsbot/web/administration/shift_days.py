"""The calendar of shifts as the screen shows it: days with who is on duty, and the gaps."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import clock
from smsbot.models import Duty, Staff
from smsbot.shifts import describe_gaps, is_kept, timetable
from smsbot.shifts.timeline import Stretch
from smsbot.shifts.wall import first_moment
from smsbot.shifts.words import DUTY_WORDS
from smsbot.web.administration.shift_sources import SourceRow, read_sources
from smsbot.wiring import Wiring

_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Entry:
    """Who has a duty during a part of one day. Nobody: a gap. `swap` are the times a form begins with."""

    duty: str
    duty_words: str
    when: str
    starts_at: datetime
    ends_at: datetime
    names: tuple[str, ...]
    is_over: bool
    is_mine: bool
    swap: dict[str, str]

    @property
    def is_gap(self) -> bool:
        """Whether nobody has it."""
        return not self.names


@dataclass(frozen=True, slots=True)
class Day:
    """One day of the calendar."""

    date: date
    is_today: bool
    is_beside: bool  # of the month before or after
    entries: tuple[Entry, ...]


@dataclass(frozen=True, slots=True)
class CalendarPage:
    """A week or a month."""

    view: str  # week, month
    title: str
    day: date
    before: date
    after: date
    today: date
    days: tuple[Day, ...]
    gaps: tuple[str, ...]  # still to come, in words
    fallback: str  # who is told in a gap
    is_kept: bool
    told_without: str  # who is told while no shifts are kept
    sources: tuple[SourceRow, ...]
    people: tuple[Staff, ...]  # the enabled, by name


def read_calendar_page(session: Session, parts: Wiring, view: str, day: date, viewer: Staff) -> CalendarPage:
    """The week or month around a day of the clinic's."""
    first, last = _span(view, day)
    zone, now = parts.clinic.zone, clock.now()
    today = parts.clinic.local(now).date()
    start, end = _midnight(parts, first), _midnight(parts, last + _DAY)
    everybody = list(session.scalars(select(Staff)))
    kept = [duty for duty in (Duty.ON_CALL, Duty.BACKUP) if is_kept(session, duty)]
    cutter = _Cutter(parts, {person.id: person.name for person in everybody}, viewer.id)
    stretches = {duty: timetable(session, zone, start, end, duty) for duty in kept}
    days = tuple(
        Day(
            one,
            one == today,
            view == "month" and one.month != day.month,
            tuple(entry for duty in kept for entry in cutter.cut(stretches[duty], duty, one)),
        )
        for one in (first + number * _DAY for number in range((last - first).days + 1))
    )
    roster = parts.ladder.roster(session, now)
    return CalendarPage(
        view=view,
        title=f"{day:%B %Y}" if view == "month" else f"{first:%B %-d} to {last:%B %-d}",
        day=day,
        before=first - _DAY,
        after=last + _DAY,
        today=today,
        days=days,
        gaps=tuple(_gaps(parts, stretches, now)),
        fallback=_named(roster.fallback(), everybody),
        is_kept=Duty.ON_CALL in kept,
        told_without="" if Duty.ON_CALL in kept else _named(roster.on_call(), everybody),
        sources=tuple(read_sources(session, parts, everybody, max(now, start), max(now, end))),
        people=tuple(sorted(roster.everyone, key=lambda person: str(person.name).casefold())),
    )


class _Cutter:
    """Cuts stretches into the parts of a day."""

    def __init__(self, parts: Wiring, names: dict[str, str], viewer_id: str) -> None:
        self._parts, self._names, self._viewer_id, self._now = parts, names, viewer_id, clock.now()

    def cut(self, stretches: Iterable[Stretch], duty: Duty, day: date) -> Iterable[Entry]:
        begins, ends = _midnight(self._parts, day), _midnight(self._parts, day + _DAY)
        for stretch in stretches:
            if stretch.starts_at < ends and stretch.ends_at > begins:
                yield self._entry(stretch, duty, begins, ends)

    def _entry(self, stretch: Stretch, duty: Duty, begins: datetime, ends: datetime) -> Entry:
        starts_at, ends_at = max(stretch.starts_at, begins), min(stretch.ends_at, ends)
        is_short = stretch.ends_at - stretch.starts_at <= _DAY
        swap = (stretch.starts_at, stretch.ends_at) if is_short else (starts_at, ends_at)
        return Entry(
            duty=duty,
            duty_words=DUTY_WORDS[duty],
            when=self._when(starts_at, ends_at, begins, ends),
            starts_at=starts_at,
            ends_at=ends_at,
            names=tuple(self._names[staff_id] for staff_id in stretch.staff_ids),
            is_over=ends_at <= self._now,
            is_mine=stretch.staff_ids == (self._viewer_id,),
            swap={"duty": duty, "starts": self._wall(swap[0]), "ends": self._wall(swap[1])},
        )

    def _when(self, starts_at: datetime, ends_at: datetime, begins: datetime, ends: datetime) -> str:
        if (starts_at, ends_at) == (begins, ends):
            return "All day"
        if starts_at == begins:
            return f"Until {self._clock(ends_at)}"
        if ends_at == ends:
            return f"From {self._clock(starts_at)}"
        return f"{self._clock(starts_at)} to {self._clock(ends_at)}"

    def _clock(self, moment: datetime) -> str:
        local = self._parts.clinic.local(moment)
        return f"{local:%-I %p}" if local.minute == 0 else f"{local:%-I:%M %p}"

    def _wall(self, moment: datetime) -> str:
        return f"{self._parts.clinic.local(moment):%Y-%m-%dT%H:%M}"


def _span(view: str, day: date) -> tuple[date, date]:
    """The first and the last day shown; weeks begin on Sunday."""
    if view == "week":
        first = day - (day.isoweekday() % 7) * _DAY
        return first, first + 6 * _DAY
    month_ends = (day.replace(day=28) + 4 * _DAY).replace(day=1) - _DAY
    return _span("week", day.replace(day=1))[0], _span("week", month_ends)[1]


def _midnight(parts: Wiring, day: date) -> datetime:
    return first_moment(datetime.combine(day, time()), parts.clinic.zone)


def _gaps(parts: Wiring, stretches: dict[Duty, list[Stretch]], now: datetime) -> Iterable[str]:
    for duty, found in stretches.items():
        ahead = [
            (max(one.starts_at, now), one.ends_at) for one in found if not one.staff_ids and one.ends_at > now
        ]
        for line in describe_gaps(ahead, parts.clinic.zone, duty):
            yield f"{line[0].upper()}{line[1:]}."


def _named(told: list[Staff], everybody: list[Staff]) -> str:
    enabled = [person for person in everybody if person.disabled_at is None]
    if len(told) > 1 and len(told) == len(enabled):
        return "everybody on the staff list"
    return ", ".join(str(person.name) for person in told) or "nobody: add somebody under Staff"
