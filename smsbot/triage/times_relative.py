"""Days named by another day: "the following Monday", "the week after Thanksgiving", "the one after"."""

from __future__ import annotations

from datetime import date, timedelta

from smsbot.triage.times_calendar import Calendar
from smsbot.triage.times_dates import DateReader, Day, Read
from smsbot.triage.times_marks import COMMA

_WEEK = timedelta(weeks=1)


class RelativeReader(DateReader):
    """Reads what is counted from a day named before it, or from a holiday."""

    def anchor(self, at: int) -> tuple[date, int] | None:
        """A date or a holiday to count from."""
        place = at + 1 if self.has(at, "the") and self.has(at + 1, "holiday") else at
        if self.has(place, "holiday"):
            return holiday(self.marks[place].kinds["holiday"], self.calendar), place + 1
        found = self.date_at(at)
        if found is None and self.has(at, "the"):
            found = self.date_at(at + 1)
        return (found[0].dates[0], found[1]) if found and found[0].dates else None

    def week_after(self, at: int) -> Read | None:
        """the week after Thanksgiving, the week after the 9th"""
        found = self.anchor(at + 1) if self.marks[at].text.endswith("after") else None
        if found is None:
            return None
        return self._whole_week(found[0] - timedelta(days=found[0].weekday()) + _WEEK), found[1]

    def weekday_after(self, at: int, weekday: int) -> Read | None:
        """the Monday after Christmas; `at` is the "after"."""
        found = self.anchor(at + 1) if self.has(at, "after", "from_day") else None
        return (self._first_after(found[0], weekday), found[1]) if found else None

    def weeks_on(self, at: int) -> int:
        """How many weeks "the week after" is beyond the next: "next week or the week after"."""
        if self.before is None or not self.has(at, "relative"):
            return 0
        return self.weeks_to(self.before)

    def weeks_to(self, day: Day) -> int:
        """Weeks from the current one to that of `day`."""
        return max(0, (day.dates[0] - self.calendar.monday()).days // 7) if day.dates else 0

    def following(self, at: int, weekday: int) -> Day | None:
        """The following Monday: after the day named before it, if one was."""
        if self.before is None or not self.before.dates or not self.has(at, "relative"):
            return None
        return self._first_after(self.before.dates[-1], weekday)

    def next_day(self, at: int) -> Read | None:
        """the day after, the day after Thanksgiving, the one after"""
        if self.has(at, "next_day"):
            found = self.anchor(at + 1)
            if found is not None:
                return Day((found[0] + timedelta(days=1),)), found[1]
        if self.before is None or not self.before.dates:
            return None
        if self.has(at, "one_after") and not self.has(at + 1, "weekday", "week", "weeks", "day"):
            return self._one_after(self.before), at + 1
        if self._is_next_one(at):
            return self._one_after(self.before), at + 1
        if not self.has(at, "next_day"):
            return None
        return Day((self.before.dates[-1] + timedelta(days=1),)), at + 1

    def _is_next_one(self, at: int) -> bool:
        """not this Monday but the next"""
        if not self.has(at, "next") or not self.has(at - 1, "the") or self.before is None:
            return False
        follows = at + 1 < len(self.marks) and not self.has(at + 1, COMMA, "stop", "at", "part", "clocktime")
        return bool(self.before.weekdays) and self.has(at - 2, "or", "but", COMMA) and not follows

    def _one_after(self, before: Day) -> Day:
        if before.is_week:
            return self._whole_week(before.dates[0] - timedelta(days=before.dates[0].weekday()) + _WEEK)
        return Day(tuple(day + _WEEK for day in before.dates))

    def _whole_week(self, monday: date) -> Day:
        return Day(self.calendar.workdays(monday), week=monday, is_week=True)

    def _first_after(self, day: date, weekday: int) -> Day:
        found = day + timedelta(days=(weekday - day.weekday() - 1) % 7 + 1)
        return Day((found,), (weekday,), found - timedelta(days=weekday))


def holiday(rule: str, calendar: Calendar) -> date:
    """The next such holiday: `12-25`, or `11/3/4` for the fourth Thursday of November (-1: the last)."""
    this_year = _holiday_of(rule, calendar.today.year)
    return this_year if this_year >= calendar.today else _holiday_of(rule, calendar.today.year + 1)


def _holiday_of(rule: str, year: int) -> date:
    if "/" not in rule:
        return date.fromisoformat(f"{year}-{rule}")
    month, weekday, which = (int(part) for part in rule.split("/"))
    if which > 0:
        first = date(year, month, 1)
        return first + timedelta(days=(weekday - first.weekday()) % 7 + 7 * (which - 1))
    last = date(year, month + 1, 1) - timedelta(days=1)
    return last - timedelta(days=(last.weekday() - weekday) % 7)
