"""The times a patient wishes for a visit and those they exclude: the triage guide's time windows."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from smsbot.domain import Window
from smsbot.triage.times_calendar import Calendar
from smsbot.triage.times_clock import ALL_DAY, Span, combine
from smsbot.triage.times_dates import Day
from smsbot.triage.times_items import read_items
from smsbot.triage.times_marks import NUMBER, ORDINAL, SLASH, read_marks
from smsbot.triage.times_roles import Clause, Role, assign_roles
from smsbot.triage.times_runs import Entry, among, find_runs, is_within, read_entries

_MOST_WINDOWS = 60
# Without one of these no day is named, and without a day nothing is wished.
_NAMES_A_DAY = (
    "weekday", "day", "today", "week", "weekend", "within", "month", "piece", "week_of", "weeks", "days_unit",
    "by_a_week", "end_of_month", "last_day_of_month", "month_word", "the", "holiday", SLASH, ORDINAL, NUMBER,
)  # fmt: skip
_MOST_PERIODS = 120  # looked at; a hostile text could name thousands

Period = tuple[date, int, int]  # a day, and minutes from its midnight


def read_windows(
    body: str, received_at: datetime, zone: str
) -> tuple[tuple[Window, ...], tuple[Window, ...]]:
    """Wished and excluded windows of `body`, in order of time, as clinic wall time in the IANA `zone`."""
    local = received_at.astimezone(ZoneInfo(zone))
    calendar = Calendar(local.date(), local.hour * 60 + local.minute)
    marks = read_marks(body)
    if not any(mark.has(*_NAMES_A_DAY) for mark in marks):
        return (), ()
    items = read_items(marks, calendar)
    if not any(item.day for item in items):
        return (), ()
    wished, excluded = _Assembly(assign_roles(items), calendar).periods()
    return _windows(wished), _windows(excluded)


def _windows(periods: Iterable[Period]) -> tuple[Window, ...]:
    unique = sorted(set(periods))[:_MOST_WINDOWS]
    return tuple(Window(_wall_time(day, start), _wall_time(day, end)) for day, start, end in unique)


def _wall_time(day: date, minute: int) -> str:
    return f"{day.isoformat()}T{minute // 60:02d}:{minute % 60:02d}"


@dataclass(slots=True)
class _Assembly:
    clauses: list[Clause]
    calendar: Calendar

    def periods(self) -> tuple[list[Period], list[Period]]:
        """Wished and excluded periods."""
        wishes, loose = read_entries(self.clauses, Role.WISH)
        out, loose_out = read_entries(self.clauses, Role.EXCLUDE)
        self._bind_weeks(wishes, out)
        self._place_loose(wishes, loose or self._same_time(), out)
        wishes = wishes or self._weeks_later()
        said = {weekday for entry in wishes if not entry.day.is_plural for weekday in entry.day.weekdays}
        wishes = [entry for entry in wishes if not (entry.day.is_plural and set(entry.day.weekdays) <= said)]
        wishes = wishes or self._rest_of_week(out)
        excluded = self._all_periods(out)
        wished = [period for period in self._all_periods(wishes) if not self._is_over(period)]
        for day in dict.fromkeys(day for day, _, _ in wished):
            excluded += [(day, *span.bounds()) for span in loose_out if span.form != "clock"]
        return list(_subtract(wished, excluded)), excluded

    def _bind_weeks(self, wishes: list[Entry], out: list[Entry]) -> None:
        """Bare weekdays belong to a week named beside them: "next week, any day but wednesday"."""
        weeks = [entry for entry in wishes if entry.day.claims]
        if len(weeks) != 1:
            return
        week = weeks[0].day
        for entry in [entry for entry in wishes if entry.clause > weeks[0].clause]:
            if not entry.day.is_bare and not is_within(entry.day, week):
                continue
            entry.day = self._of_week(entry.day, week)
            entry.spans = entry.spans or weeks[0].spans
            if weeks[0] in wishes:  # "next week ok? i am free tuesday": the day says more than the week
                wishes.remove(weeks[0])
        for entry in out:
            is_beside = entry.place > weeks[0].place or entry.clause == weeks[0].clause
            is_general = entry.day.is_plural or self._says_any(weeks[0].clause)
            if entry.day.is_bare and (is_beside or is_general):
                entry.day = self._of_week(entry.day, week)

    def _rest_of_week(self, out: list[Entry]) -> list[Entry]:
        """next week tuesday is bad, the other days are fine"""
        mondays = {entry.day.week for entry in out if entry.day.week is not None}
        if len(mondays) != 1 or not any(clause.has("rest") for clause in self.clauses):
            return []
        return [Entry(Day(self.calendar.workdays(monday)), []) for monday in mondays]

    def _says_any(self, number: int) -> bool:
        """not tuesday. any other day next week; every day but wednesday, next week"""
        before = self.clauses[number - 1] if number else None
        return self.clauses[number].has("any", "rest") or (before is not None and before.has("any", "except"))

    def _of_week(self, day: Day, week: Day) -> Day:
        if not day.is_bare:
            return day
        bound = among(day, week.claims)
        return replace(bound, dates=tuple(each for each in bound.dates if each >= self.calendar.today))

    def _place_loose(self, wishes: list[Entry], loose: list[Span], out: list[Entry]) -> None:
        """A time without a day goes to the days that have none, or to the day a visit is moved within."""
        if not loose:
            return
        told, _ = read_entries(self.clauses, Role.SOURCE)
        if not told and not wishes:  # tengo cita hoy a las 3, me la pasa a las 4?
            told = [entry for entry in read_entries(self.clauses, Role.CONFLICT)[0] if entry.spans]
        if not told and not wishes:  # cant do 9 on monday, 11 ok?
            told = [entry for entry in out if entry.spans]
        bare = [entry for entry in wishes if not entry.spans and not entry.day.span]
        if told and not (wishes and len(bare) == len(wishes) and not self._offers_choice()):
            wishes.append(Entry(told[-1].day, _merged(loose)))
            return
        for entry in bare:
            entry.spans = _merged(loose)

    def _same_time(self) -> list[Span]:
        """At the same time as the visit that is moved or cannot be kept."""
        if not any(clause.has("same_time") for clause in self.clauses):
            return []
        steps = (
            step
            for role in (Role.SOURCE, Role.EXCLUDE, Role.CONFLICT, Role.TOLD)
            for run in find_runs(self.clauses, role)
            for step in run
        )
        return [step.item.span for step in steps if step.item.span is not None][:1]

    def _weeks_later(self) -> list[Entry]:
        """bump my thursday a week, can it be a day later"""
        shifts = [
            int(item.kinds.get("shift", 7))
            for clause in self.clauses
            for item in clause.items
            if item.has("shift") or (item.has("by_a_week") and clause.has("move"))
        ]
        if not shifts:
            return []
        moved, _ = read_entries(self.clauses, Role.SOURCE)
        ahead = timedelta(days=shifts[0])
        return [Entry(Day(tuple(day + ahead for day in entry.day.dates)), entry.spans) for entry in moved]

    def _offers_choice(self) -> bool:
        """Move my noon today to 2 or tomorrow: the 2 is another wish than tomorrow."""
        return any(
            step.joint == "or" and step.item.day is not None and run[at].item.span is not None
            for run in find_runs(self.clauses, Role.WISH)
            for at, step in enumerate(run[1:])
        )

    def _all_periods(self, entries: list[Entry]) -> list[Period]:
        said = {entry.day.dates for entry in entries if entry.spans and len(entry.day.dates) == 1}
        entries = [entry for entry in entries if entry.spans or entry.day.span or entry.day.dates not in said]
        periods = (period for entry in entries for period in self._periods_of(entry))
        return list(dict.fromkeys(islice(periods, _MOST_PERIODS)))

    def _periods_of(self, entry: Entry) -> Iterator[Period]:
        spans = entry.spans or [entry.day.span or ALL_DAY]
        for span in spans:
            start, end = span.bounds()
            for day in entry.day.dates:
                period = (day, start, end)
                if entry.day.is_bare and self._is_over(period):
                    period = (day + timedelta(weeks=1), start, end)
                yield period

    def _is_over(self, period: Period) -> bool:
        day, _, end = period
        return (day, end) <= (self.calendar.today, self.calendar.minute)


def _merged(spans: list[Span]) -> list[Span]:
    """I'd rather do mornings. Not before 9 though: one time, said in two sentences."""
    merged: list[Span] = []
    for span in spans:
        together = combine(merged[-1], span) if merged and span.form in ("after", "before") else None
        merged = [*merged[:-1], together] if together else [*merged, span]
    return merged


def _subtract(wished: Iterable[Period], excluded: list[Period]) -> Iterator[Period]:
    """What is wished and not excluded; a part of the day taken out leaves the rest."""
    for day, start, end in wished:
        left = [(start, end)]
        for out_day, out_start, out_end in excluded:
            is_other_hour = end - start == out_end - out_start == 60 and start != out_start
            if out_day == day and not is_other_hour:  # "can't do 9, 9:45 ok?"
                left = [piece for each in left for piece in _without(each, out_start, out_end)]
        yield from ((day, first, last) for first, last in left)


def _without(piece: tuple[int, int], start: int, end: int) -> Iterator[tuple[int, int]]:
    first, last = piece
    if end <= first or start >= last:
        yield piece
        return
    if first < start:
        yield first, start
    if end < last:
        yield end, last
