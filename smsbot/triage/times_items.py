"""A text as a row of items: days, times of day, and the cues that say what is wished and what is not."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from smsbot.triage.times_calendar import Calendar
from smsbot.triage.times_clock import Span, read_span
from smsbot.triage.times_dates import Day
from smsbot.triage.times_days import read_day
from smsbot.triage.times_marks import CLOCK, COMMA, DASH, NUMBER, ORDINAL, SLASH, STOP, Mark


@dataclass(frozen=True, slots=True)
class Item:
    """A day, a span of the day, or else a cue that can mean `kinds`."""

    text: str
    kinds: Mapping[str, str] = field(default_factory=dict)
    day: Day | None = None
    span: Span | None = None

    @property
    def is_time(self) -> bool:
        """A day or a time of day."""
        return self.day is not None or self.span is not None

    def has(self, *kinds: str) -> bool:
        """Whether the cue can mean one of `kinds`."""
        for kind in kinds:  # noqa: SIM110 - a hot line; any() takes twice as long
            if kind in self.kinds:
                return True
        return False


def read_items(marks: list[Mark], calendar: Calendar) -> list[Item]:
    """The items of a text. Days are tried before times, for "the 9th" is a day and "at 9" is not."""
    items: list[Item] = []
    last_day: Day | None = None
    is_moving = False
    at = 0
    while at < len(marks):
        mark = marks[at]
        is_moving = (is_moving or mark.has("move")) and not mark.has(STOP, COMMA)
        item, after = _item_at(items, marks, at, calendar, last_day, is_moving)
        last_day = item.day or last_day
        if item.is_time and (item.has("to") or (items and items[-1].has("to"))):
            is_moving = False  # the target: "2 to 4" is a run of time again
        items.append(item)
        at = after
    return items


def _item_at(
    items: list[Item], marks: list[Mark], at: int, calendar: Calendar, last_day: Day | None, is_moving: bool
) -> tuple[Item, int]:
    mark = marks[at]
    if mark.kinds.keys().isdisjoint(_BEGINNINGS):
        return Item(mark.text, mark.kinds), at + 1
    if not _is_hour_list(items, marks, at):
        day = read_day(marks, at, calendar, before=last_day, is_moving=is_moving)
        if day is not None:
            return Item(mark.text, _kept(mark), day=day[0]), day[1]
    span = read_span(marks, at, expected=_expects_hour(items, marks, at), is_moving=is_moving)
    if span is not None:
        return Item(mark.text, _kept(mark), span=span[0]), span[1]
    return Item(mark.text, mark.kinds), at + 1


_ALSO_SAYS = ("to", "not", "from", "creole", "only_today")
# What a day or a time can begin with.
_BEGINNINGS = frozenset(
    {
        "weekday",
        "month",
        "day",
        "today",
        "week",
        "weekend",
        "within",
        "nth",
        "piece",
        "next",
        "this",
        "past",
        "next_day",
        "one_after",
        "holiday",
        "first",
    }
    | {"week_of", "in", "from", "from_day", "by_a_week", "the", "after", "before", "between", "at"}
    | {
        "end_of_month",
        "last_day_of_month",
        "first_week_of",
        "last_week_of",
        "number",
        "hour",
        "part",
        "clock",
    }
    | {"half_past", "quarter_past", "quarter_to", "am", "pm", NUMBER, CLOCK, ORDINAL, SLASH}
)


def _kept(mark: Mark) -> Mapping[str, str]:
    """What the first word of a day or time also says: the "to" in "pal 19"."""
    return {kind: value for kind, value in mark.kinds.items() if kind in _ALSO_SAYS}


def _is_hour_list(items: list[Item], marks: list[Mark], at: int) -> bool:
    """The 10 in "tuesday at 9 or 10" is an hour, though a day stands before."""
    return (
        marks[at].has(NUMBER)
        and len(items) > 1
        and items[-1].has("or", "and", COMMA)
        and items[-2].span is not None
    )


def _expects_hour(items: list[Item], marks: list[Mark], at: int) -> bool:
    """Whether a bare number here is an hour of the clock."""
    if not items:
        return _stands_before_day(marks, at)
    last = items[-1]
    if last.is_time:
        return last.day is not None and not last.day.is_week
    if last.has("or", "and", COMMA) and len(items) > 1 and items[-2].span is not None:
        return items[-2].span.form in ("clock", "after", "before", "range")
    if last.has(COMMA) and len(items) > 1 and items[-2].day is not None and not items[-2].day.is_week:
        return True  # sat the 20th, 9-11
    if last.has(COMMA) and marks[at].has(NUMBER) and _is_choice(marks, at):
        return any(item.day for item in items)
    if last.has("except", "same_time") or _stands_before_clock(marks, at):
        return True
    if _stands_before_day(marks, at):
        return not last.has("the", "unit")
    return last.has("to") and not last.has("at")


def _is_choice(marks: list[Mark], at: int) -> bool:
    """works, 2 or 3"""
    return (
        at + 2 < len(marks)
        and marks[at + 1].has("or")
        and marks[at + 2].has(NUMBER)
        and not (at + 3 < len(marks) and marks[at + 3].has("unit"))
    )


def _stands_before_clock(marks: list[Mark], at: int) -> bool:
    """10 or 11am"""
    return at + 2 < len(marks) and marks[at + 1].has("or", "through", DASH) and marks[at + 2].has(CLOCK)


def _stands_before_day(marks: list[Mark], at: int) -> bool:
    """2 on Monday, 9 tomorrow"""
    following = at + 1
    if following < len(marks) and marks[following].text in ("on", "el", "instead of", "instead"):
        following += 1
    return following < len(marks) and marks[following].has("weekday", "day") and not marks[at].has("number")
