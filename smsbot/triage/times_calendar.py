"""Days as patients name them, counted from the day of the message. Arithmetic on the clinic's calendar."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date, timedelta

MONDAY, FRIDAY, SATURDAY = 0, 4, 5
_RECENT = timedelta(days=60)  # a date this long past is meant as past, not as next year's

Days = tuple[date, ...]


@dataclass(frozen=True, slots=True)
class Calendar:
    """`today` is the clinic's date at the moment of the message, `minute` the minute of that day."""

    today: date
    minute: int

    def monday(self, weeks: int = 0) -> date:
        """Monday of the week `weeks` after the current one."""
        return self.today - timedelta(days=self.today.weekday()) + timedelta(weeks=weeks)

    def coming(self, weekday: int) -> date:
        """The first such day, today included."""
        return self.today + timedelta(days=(weekday - self.today.weekday()) % 7)

    def in_week(self, monday: date, weekday: int) -> date:
        """That day of the week that begins on `monday`."""
        return monday + timedelta(days=weekday)

    def this(self, weekday: int) -> date:
        """That day of the current week; the next one if it has passed."""
        day = self.in_week(self.monday(), weekday)
        return day if day >= self.today else day + timedelta(weeks=1)

    def workdays(self, monday: date, weekdays: tuple[int, ...] = (0, 1, 2, 3, 4)) -> Days:
        """Those days of a week that have not passed."""
        days = (self.in_week(monday, weekday) for weekday in weekdays)
        return tuple(day for day in days if day >= self.today)

    def on(self, month: int, day: int, year: int | None = None) -> date | None:
        """That date: this year's, or next year's once it is long past. None if just past or not a date."""
        found = _date(year or self.today.year, month, day)
        if found is None or found >= self.today:
            return found
        if year is not None or self.today - found <= _RECENT:
            return None
        return _date(self.today.year + 1, month, day)

    def day_of_month(self, day: int) -> date | None:
        """The next such day of a month that has one."""
        year, month = self.today.year, self.today.month
        for _ in range(12):
            found = _date(year, month, day)
            if found is not None and found >= self.today:
                return found
            year, month = (year + 1, 1) if month == 12 else (year, month + 1)
        return None

    def day_of_month_on(self, day: int, weekday: int) -> date | None:
        """The next such day of a month within about three months that is a `weekday`."""
        days = (self.today + timedelta(days=ahead) for ahead in range(100))
        return next((each for each in days if each.day == day and each.weekday() == weekday), None)

    def next_month_start(self, month: int) -> date:
        """First of the next `month` that has not ended."""
        year = self.today.year + (month < self.today.month)
        return date(year, month, 1)

    def month_end(self, first: date) -> date:
        """Last day of the month of `first`."""
        return first.replace(day=monthrange(first.year, first.month)[1])

    def between(self, first: date, last: date, most: int = 31) -> Days:
        """Weekdays from `first` to `last`, and the two ends whatever day they are."""
        if last < first or (last - first).days > most:
            return ()
        days = [first + timedelta(days=ahead) for ahead in range((last - first).days + 1)]
        return tuple(day for day in days if day.weekday() <= FRIDAY or day in (first, last))


def _date(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None
