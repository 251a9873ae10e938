"""From which day to which: whole days of the clinic's own calendar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

SPANS = (7, 30, 90)
USUAL = 30
LONGEST_DAYS = 366
_MONTHS = 13  # this one and the twelve before


@dataclass(frozen=True, slots=True)
class Period:
    """The days from `first` to `last`, both of them in it. `days`: it is the last so many, up to today."""

    first: date
    last: date
    zone: ZoneInfo
    days: int | None = None

    @property
    def starts_at(self) -> datetime:
        """Its first moment, in UTC."""
        return _midnight(self.first, self.zone)

    @property
    def ends_at(self) -> datetime:
        """The moment at which it is over, in UTC."""
        return _midnight(self.last + timedelta(days=1), self.zone)

    @property
    def month(self) -> str | None:
        """`2026-11` when it is exactly that month."""
        is_month = self.first.day == 1 and self.last == _end_of_month(self.first)
        return f"{self.first:%Y-%m}" if is_month else None

    @property
    def name(self) -> str:
        """What it is called, as in `the last 30 days`."""
        if self.days:
            return f"the last {self.days} days"
        if self.month:
            return f"{self.first:%B %Y}"
        if self.first == self.last:
            return f"{self.first:%B %-d, %Y}"
        return f"{self.first:%B %-d, %Y} to {self.last:%B %-d, %Y}"


def read_period(asked: Mapping[str, str], now: datetime, zone: ZoneInfo) -> tuple[Period, str]:
    """The period that an address asks for by `days`, `month`, or `from` and `to`; and what is wrong with it.

    What cannot be read gives the last 30 days and a sentence; "" when all is well.
    """
    today = now.astimezone(zone).date()
    usual = _last_days(USUAL, today, zone)
    try:
        period = _asked_for(asked, today, zone) or usual
    except ValueError:
        return usual, "That is no date we can read. These are the last 30 days: choose again."
    if period.first > period.last:
        return usual, "The first day comes after the last. These are the last 30 days: choose again."
    if (period.last - period.first).days >= LONGEST_DAYS:
        return usual, "A period holds one year at most. These are the last 30 days: choose a shorter one."
    return period, ""


def months_before(now: datetime, zone: ZoneInfo) -> list[tuple[str, str]]:
    """This month and the twelve before, the latest first: `2026-11` and `November 2026`."""
    first, found = now.astimezone(zone).date().replace(day=1), []
    for _ in range(_MONTHS):
        found.append((f"{first:%Y-%m}", f"{first:%B %Y}"))
        first = (first - timedelta(days=1)).replace(day=1)
    return found


def _asked_for(asked: Mapping[str, str], today: date, zone: ZoneInfo) -> Period | None:
    if asked.get("from") or asked.get("to"):
        last = date.fromisoformat(asked["to"]) if asked.get("to") else today
        first = date.fromisoformat(asked["from"]) if asked.get("from") else last - timedelta(days=USUAL - 1)
        return _checked(Period(first, last, zone))
    if asked.get("month"):
        first = date.fromisoformat(f"{asked['month']}-01")
        return _checked(Period(first, _end_of_month(first), zone))
    if asked.get("days"):
        days = int(asked["days"])
        if days not in SPANS:
            raise ValueError(days)
        return _last_days(days, today, zone)
    return None


def _checked(period: Period) -> Period:
    """Dates that are dates, and in no year that a computer's calendar ends with."""
    if not (2000 <= period.first.year < 3000 and 2000 <= period.last.year < 3000):
        raise ValueError(period.first.year)
    return period


def _last_days(days: int, today: date, zone: ZoneInfo) -> Period:
    return Period(today - timedelta(days=days - 1), today, zone, days)


def _end_of_month(day: date) -> date:
    return (day.replace(day=1) + timedelta(days=32)).replace(day=1) - timedelta(days=1)


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)
