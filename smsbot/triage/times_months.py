"""Pieces of a month: its first or last week, its end, its first Monday."""

from __future__ import annotations

from datetime import date, timedelta

from smsbot.triage.times_calendar import FRIDAY
from smsbot.triage.times_calendar import Days as Dates
from smsbot.triage.times_dates import DateReader, Day, Read
from smsbot.triage.times_marks import ORDINAL


class MonthReader(DateReader):
    """Reads days that are named by their place in a month."""

    def month_piece(self, at: int) -> Read | None:
        if self.has(at, "end_of_month"):
            return self._last_workdays(self.calendar.today), at + 1
        if self.has(at, "last_day_of_month"):
            return Day((self.calendar.month_end(self.calendar.today),)), at + 1
        kinds = self.marks[at].kinds if at < len(self.marks) else {}
        place = at + 1
        while self.has(place, "of", "the") and not self.has(place, "month") and place < at + 3:
            place += 1
        first = self._month_at(place)
        if first is None:
            return None
        if "first_week_of" in kinds or kinds.get("piece") == "0,1":
            ahead = timedelta(weeks=int(kinds.get("later_week", 0)))
            return Day(
                self.workdays_of(first + ahead, first + ahead + timedelta(days=6)), is_week=True
            ), place + 1
        if "last_week_of" in kinds or kinds.get("piece") == "3,4":
            return self._last_workdays(first), place + 1
        return None

    def _month_at(self, at: int) -> date | None:
        if self.has(at, "month"):
            return self.calendar.next_month_start(int(self.marks[at].kinds["month"]))
        if self.has(at, "next") and self.has(at + 1, "month_word"):
            return self.calendar.month_end(self.calendar.today) + timedelta(days=1)
        return None

    def _last_workdays(self, within: date) -> Day:
        last = self.calendar.month_end(within)
        return Day(self.workdays_of(last - timedelta(days=6), last), is_week=True)

    def nth_weekday(self, at: int) -> Read | None:
        """the first Monday in December, el primer lunes de mayo"""
        which = self._which(at)
        if which is None or not self.has(at + 1, "weekday"):
            return None
        place = at + 2
        while self.has(place, "of", "the", "in") and not self.has(place, "month") and place < at + 4:
            place += 1
        first = self._month_at(place)
        if first is None:
            return None
        weekday = int(self.marks[at + 1].kinds["weekday"])
        days = self.calendar.between(first, self.calendar.month_end(first))
        fitting = [day for day in days if day.weekday() == weekday]
        found = fitting[which] if which < len(fitting) else None
        return (Day((found,)), place + (1 if self.has(place, "month") else 2)) if found else None

    def _which(self, at: int) -> int | None:
        if self.has(at, "nth"):
            return int(self.marks[at].kinds["nth"])
        return self.marks[at].number - 1 if self.has(at, ORDINAL) and self.marks[at].number <= 4 else None

    def workdays_of(self, first: date, last: date) -> Dates:
        days = self.calendar.between(first, last)
        return tuple(day for day in days if day.weekday() <= FRIDAY and day >= self.calendar.today)
