"""Opening hours as a table of the week: for hours simple enough, and back into the syntax of the file."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
Span = tuple[str, str]
"""From and to, as "09:00" and "17:00"; to "24:00" is the end of the day."""

_RULE = re.compile(r"([A-Z][a-z](?:[-,][A-Z][a-z])*)\s+(\S.*)")
_TIME = r"(?:[01]\d|2[0-4]):[0-5]\d"
_SPANS = re.compile(rf"{_TIME}-{_TIME}(?:\s*,\s*{_TIME}-{_TIME})*")
SPANS_A_DAY = 2


@dataclass(frozen=True, slots=True)
class Week:
    """Spans for each day, Monday first; whether the office closes on public holidays."""

    days: tuple[tuple[Span, ...], ...]
    closed_on_holidays: bool


def read_week(hours: str) -> Week | None:
    """These hours as a table, or None when a table cannot show them."""
    days: list[tuple[Span, ...]] = [()] * 7
    closed_on_holidays = False
    for part in filter(None, (part.strip() for part in hours.split(";"))):
        if part == "PH off":
            closed_on_holidays = True
            continue
        rule = _RULE.fullmatch(part)
        named = _named(rule[1]) if rule else None
        spans = _spans(rule[2]) if rule else None
        if named is None or spans is None:
            return None
        for day in named:
            days[day] = spans
    return Week(tuple(days), closed_on_holidays)


def write_week(week: Week) -> str:
    """The table in the syntax of clinic.toml; "" when the office is never open."""
    parts = [f"{_range(days)} {_written(spans)}" for days, spans in _runs(week) if spans]
    return "; ".join([*parts, *(["PH off"] if parts and week.closed_on_holidays else [])])


def problems_of(week: Week) -> Iterator[str]:
    """What is wrong with a table that a person filled in, in plain words."""
    names = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
    for name, spans in zip(names, week.days, strict=True):
        before = ""
        for start, end in spans:
            if not re.fullmatch(_TIME, start) or not re.fullmatch(_TIME, end):
                yield f"{name}: give both a “from” and a “to”, or neither."
            elif end <= start:
                yield f"{name}: “to” must be later than “from”. Write hours over midnight below."
            elif start < before:
                yield f"{name}: the second part must begin after the first has ended."
            before = end


def _runs(week: Week) -> Iterator[tuple[list[int], tuple[Span, ...]]]:
    for spans, days in groupby(range(7), key=lambda day: week.days[day]):
        yield list(days), spans


def _range(days: list[int]) -> str:
    return DAYS[days[0]] if len(days) == 1 else f"{DAYS[days[0]]}-{DAYS[days[-1]]}"


def _written(spans: tuple[Span, ...]) -> str:
    return ",".join(f"{start}-{end}" for start, end in spans)


def _named(text: str) -> list[int] | None:
    named: list[int] = []
    for part in text.split(","):
        ends = part.split("-")
        if len(ends) > 2 or any(end not in DAYS for end in ends):
            return None
        first, last = DAYS.index(ends[0]), DAYS.index(ends[-1])
        if last < first:
            return None
        named += range(first, last + 1)
    return named


def _spans(text: str) -> tuple[Span, ...] | None:
    if text in ("off", "closed"):
        return ()
    if not _SPANS.fullmatch(text):
        return None
    spans = tuple((part.strip()[:5], part.strip()[6:11]) for part in text.split(","))
    if len(spans) > SPANS_A_DAY or any(end <= start or end > "24:00" for start, end in spans):
        return None
    return spans
