"""Dates out of marks: 12/9, "Dec 9", "9 de diciembre", "the 15th", "12 o 13 de diciembre"."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from smsbot.triage.times_calendar import Calendar
from smsbot.triage.times_calendar import Days as Dates
from smsbot.triage.times_clock import Span
from smsbot.triage.times_marks import CLOCK, COMMA, DASH, NUMBER, ORDINAL, Mark


@dataclass(frozen=True, slots=True)
class Day:
    """Days that were named together. `weekdays` are kept, so that a week beside them can claim them.

    `week` is the Monday of a whole week or of the week they were bound to. `span` is a part of the day said
    in the same breath ("this afternoon"). `is_gone`: named as past. `is_until`: up to that day.
    `is_about`: weeks were counted, so a weekday beside it says which day of that week.
    `is_plural`: "Mondays", in any week.
    """

    dates: Dates
    weekdays: tuple[int, ...] = ()
    week: date | None = None
    is_week: bool = False
    span: Span | None = None
    is_gone: bool = False
    is_until: bool = False
    is_about: bool = False
    is_plural: bool = False

    @property
    def claims(self) -> Dates:
        """The days among which a bare weekday beside it is meant: those of its week."""
        if self.is_week and (self.week is None or not self.dates):
            return self.dates
        if not (self.is_week or self.is_about):
            return ()
        monday = self.week or self.dates[0] - timedelta(days=self.dates[0].weekday())
        return tuple(monday + timedelta(days=ahead) for ahead in range(7))

    @property
    def is_bare(self) -> bool:
        """Weekdays without a week or date of their own."""
        return bool(self.weekdays) and self.week is None


Read = tuple[Day, int]  # what was read, and the place after it


@dataclass(frozen=True, slots=True)
class DateReader:
    """Reads dates at a place of `marks`."""

    marks: list[Mark]
    calendar: Calendar
    before: Day | None
    is_moving: bool

    def has(self, at: int, *kinds: str) -> bool:
        if not 0 <= at < len(self.marks):
            return False
        meant = self.marks[at].kinds
        for kind in kinds:  # noqa: SIM110 - the hottest line; any() takes twice as long
            if kind in meant:
                return True
        return False

    def date_at(self, at: int) -> Read | None:
        mark = self.marks[at] if at < len(self.marks) else None
        if mark is None:
            return None
        if mark.date is not None:
            return self._dated(self.calendar.on(*mark.date)), at + 1
        return (
            self._month_first(at)
            or self._number_first(at)
            or self._listed_number(at)
            or self._day_of_month(at)
        )

    @staticmethod
    def _dated(day: date | None) -> Day:
        return Day((day,)) if day else Day((), is_gone=True)

    def _month_first(self, at: int) -> Read | None:
        if not self.has(at, "month") or self.marks[at].text in ("mas", "me"):
            return None
        number = at + 1
        if self.has(number, "the") and not self.has(number, NUMBER):
            number += 1
        day = self._number(number)
        if day is None or self.has(number, CLOCK):
            return None
        year, after = self._year(number + 1)
        return self._dated(self.calendar.on(int(self.marks[at].kinds["month"]), day, year)), after

    def _number_first(self, at: int, *, listed: bool = True) -> Read | None:
        """9 de diciembre, the 9th of December, 9 desanm"""
        start = at + 1 if self.has(at, "the") and not self.has(at, NUMBER) else at
        day = self._number(start) or self._number_word(start)
        if day is None:
            return None
        several = self._numbers_before_month(start, day) if listed else None
        if several is not None:
            return several
        month = start + 1
        if self.has(month, "of") and not self.has(month, "month"):
            month += 1
        if not self.has(month, "month"):
            return None
        is_creole = self.has(month + 1, "creole") or self.marks[at].text == "le"
        if self.marks[month].text == "me" and not self._is_creole_text(at):
            return None  # "el 18 me queda bien"
        if self.marks[month].text == "mas" and day < 10 and not (is_creole or self.has(start, "first")):
            return None  # "2 mas" is Spanish for two more, "18 mas" Creole for March 18
        year, after = self._year(month + 1)
        return self._dated(self.calendar.on(int(self.marks[month].kinds["month"]), day, year)), after

    def _is_creole_text(self, at: int) -> bool:
        near = self.marks[max(0, at - 12) : at + 12]
        return any(mark.has("creole") or mark.text in _CREOLE_WORDS for mark in near)

    def _numbers_before_month(self, at: int, day: int) -> Read | None:
        """12 o 13 de diciembre"""
        if not self.has(at + 1, "or", "and", DASH, "through"):
            return None
        if self.is_moving and not self.has(at + 1, "or", "and"):
            return None  # "cambiar la del 3 al 10 de diciembre"
        later = at + 3 if self.has(at + 2, "the") and not self.has(at + 2, NUMBER) else at + 2
        found = self._number_first(later, listed=False) if self._number(later) else None
        if found is None or not found[0].dates:
            return None
        last = found[0].dates[0]
        first = self.calendar.on(last.month, day, last.year)
        if first is None or first >= last:
            return None
        if self.has(at + 1, "or", "and"):
            return Day((first, *found[0].dates)), found[1]
        return Day(self.calendar.between(first, last)), found[1]

    def _year(self, at: int) -> tuple[int | None, int]:
        for place in (at, at + 1):
            is_year = self.has(place, NUMBER) and 2000 <= self.marks[place].number <= 2100
            if is_year and (place == at or self.has(at, COMMA, "of")):
                return self.marks[place].number, place + 1
        return None, at

    def _number(self, at: int) -> int | None:
        if not self.has(at, NUMBER, ORDINAL):
            return None
        number = self.marks[at].number
        return number if 1 <= number <= 31 else None

    def _number_word(self, at: int) -> int | None:
        """el dos de noviembre"""
        if self.has(at, "first"):
            return 1 if self.has(at + 1, "month") or self.has(at + 2, "month") else None
        is_before_month = self.has(at + 1, "of") and self.has(at + 2, "month")
        return int(self.marks[at].kinds["number"]) if is_before_month and self.has(at, "number") else None

    def _day_of_month(self, at: int) -> Read | None:
        """the 15th; "el 15", "le 15", "the 15" """
        if self.has(at, ORDINAL):
            if self.has(at + 1, "nth_thing"):
                return None
            day = self._number(at)
            return (self._dated(self.calendar.day_of_month(day)), at + 1) if day else None
        if self.has(at, NUMBER) and at and self.marks[at - 1].text.endswith((" el", " del", " al")):
            at -= 1  # "antes del 15": the article is part of the cue
        elif self.has(at, NUMBER) and self._has_creole_article(at):
            day = self._number(at)
            return (self._dated(self.calendar.day_of_month(day)), at + 2) if day else None
        elif not self.has(at, "the") or self.has(at, NUMBER):
            return None
        if not self.has(at + 1, NUMBER, ORDINAL):
            return None
        if self.has(at + 1, ORDINAL):
            return self._day_of_month(at + 1)
        if self.has(at + 2, "unit", "oclock", "am", "pm", "of", "nth_thing") and not self.has(
            at + 2, "part", "at"
        ):
            return None
        day = self._number(at + 1)
        return (self._dated(self.calendar.day_of_month(day)), at + 2) if day else None

    def _has_creole_article(self, at: int) -> bool:
        """randevou 12 la, pou 13 la"""
        before = self.marks[at - 1].text if at else ""
        after = self.marks[at + 1].text if at + 1 < len(self.marks) else ""
        return after in ("la", "lan", "nan", "an") and before in (
            "randevou",
            "pou",
            "vizit",
            "seyans",
            "we",
            "rdv",
        )

    def _listed_number(self, at: int) -> Read | None:
        """the 9 in "Dec 8 or 9": a number that follows a date in a list"""
        if self.before is None or self.before.weekdays or not self.before.dates:
            return None
        if self.before.is_week:
            return self._number_within(self.before, at)
        place = at + 1 if self.has(at, "the") and self.has(at + 1, ORDINAL) else at
        if not self.has(place, NUMBER, ORDINAL) or not self.has(at - 1, "or", "and", COMMA):
            return None
        if self.has(place + 1, "unit", "oclock", "am", "pm", "half", "nth_thing", DASH, "through"):
            return None
        day = self._same_month(self.before, self.marks[place].number)
        return (Day((day,)), place + 1) if day else None

    def _number_within(self, week: Day, at: int) -> Read | None:
        """end of the month, 29 or 30: a number too great for an hour, one of the days just named"""
        if (
            not self.has(at, NUMBER)
            or self.marks[at].number <= 12
            or self.has(at + 1, "unit", DASH, "through")
        ):
            return None
        days = tuple(day for day in week.dates if day.day == self.marks[at].number)
        return (Day(days), at + 1) if days else None

    def _same_month(self, first: Day, number: int) -> date | None:
        start = first.dates[-1]
        if not 1 <= number <= self.calendar.month_end(start).day:
            return None
        day = start.replace(day=number)
        return day if day > start else None


_CREOLE_WORDS = frozenset({"mwen", "m", "pou", "oswa", "eske", "randevou", "bon pou mwen", "mete m", "ak"})
