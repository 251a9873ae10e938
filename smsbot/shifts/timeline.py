"""Who is on duty when several rules speak of one moment. Pure: spans in, stretches out.

A swap beats an imported calendar, which beats the weekly rota. Of several swaps the newest counts, for it was
made to change the one before; those whom one calendar, or the rota, names together are on duty together.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from itertools import pairwise
from zoneinfo import ZoneInfo

from smsbot.shifts.wall import first_moment, last_moment

_DAY = timedelta(days=1)


class Source(IntEnum):
    """Where a span comes from; the higher one replaces the lower."""

    ROTA = 0
    CALENDAR = 1
    SWAP = 2


@dataclass(frozen=True, slots=True)
class Span:
    """Somebody's duty from `starts_at` until before `ends_at` (UTC). `made` orders swaps by their age."""

    starts_at: datetime
    ends_at: datetime
    staff_id: str
    source: Source
    made: tuple[datetime, str] | None = None


@dataclass(frozen=True, slots=True)
class Stretch:
    """A time (UTC) during which the same people are on duty; a gap when there are none."""

    starts_at: datetime
    ends_at: datetime
    staff_ids: tuple[str, ...]


def who(spans: Sequence[Span], at: datetime) -> tuple[str, ...]:
    """Who is on duty at this moment (aware), in the order of their ids."""
    covering = [span for span in spans if span.starts_at <= at < span.ends_at]
    source = max((span.source for span in covering), default=Source.ROTA)
    counting = [span for span in covering if span.source is source]
    if source is Source.SWAP:
        counting = [max(counting, key=lambda span: (span.made is not None, span.made))]
    return tuple(sorted({span.staff_id for span in counting}))


def stretches(spans: Sequence[Span], start: datetime, end: datetime) -> list[Stretch]:
    """The time from `start` to `end` (UTC), cut where the people on duty change. Gaps are stretches too."""
    inside = {edge for span in spans for edge in (span.starts_at, span.ends_at) if start < edge < end}
    found: list[Stretch] = []
    for begins, ends in pairwise(sorted({start, end} | inside)):
        staff_ids = who(spans, begins)
        if found and found[-1].staff_ids == staff_ids:
            found[-1] = replace(found[-1], ends_at=ends)
        else:
            found.append(Stretch(begins, ends, staff_ids))
    return found


def weekly(
    weekday: int, starts: str, ends: str, zone: ZoneInfo, between: tuple[datetime, datetime]
) -> Iterator[tuple[datetime, datetime]]:
    """The times (UTC) of a weekly duty around a stretch of time; Monday is 0, `starts` and `ends` HH:MM.

    An end at or before the start is on the next day.
    """
    opens, closes = time.fromisoformat(starts), time.fromisoformat(ends)
    for day in _days(
        between[0].astimezone(zone).date() - 2 * _DAY, between[1].astimezone(zone).date() + _DAY
    ):
        if day.weekday() != weekday:
            continue
        last_day = day if closes > opens else day + _DAY
        begins = first_moment(datetime.combine(day, opens), zone)
        finishes = last_moment(datetime.combine(last_day, closes), zone)
        if begins < finishes:  # one within the hour that spring leaves out is never
            yield begins, finishes


def _days(first: date, last: date) -> Iterable[date]:
    return (first + number * _DAY for number in range((last - first).days + 1))
