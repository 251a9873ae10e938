"""Times of a day out of marks: "after 2:30", "10 to 12", "a las 3 y media", "9e di maten", "mornings"."""

from __future__ import annotations

from dataclasses import dataclass, replace

from smsbot.triage.times_marks import CLOCK, DASH, NUMBER, ORDINAL, SLASH, Mark, office_minutes

DAY_START, DAY_END, EVENING_END = 8 * 60, 17 * 60, 20 * 60
_NOON = 12 * 60
_HOUR = 60
_MINUTE_WORDS = {"thirty": 30, "fifteen": 15, "treinta": 30, "quince": 15, "trant": 30, "kenz": 15}


@dataclass(frozen=True, slots=True)
class Span:
    """Minutes of the day. `form`: clock, part, range, after (no end) or before (no start).

    `is_flexible`: neither am nor pm was said, so that a part of the day beside it decides.
    """

    start: int | None
    end: int | None
    form: str
    is_flexible: bool = False

    def bounds(self) -> tuple[int, int]:
        """Start and end by the guide: "at 3" is an hour, "after 3" ends with the day."""
        if self.start is not None and self.end is not None:
            return self.start, self.end
        if self.start is not None:
            return self.start, DAY_END if self.start < DAY_END else max(EVENING_END, self.start + _HOUR)
        end = self.end if self.end is not None else DAY_END
        return min(DAY_START, end - _HOUR), end


ALL_DAY = Span(DAY_START, DAY_END, "part")
Read = tuple[Span, int]  # what was read, and the place after it


def read_span(marks: list[Mark], at: int, *, expected: bool, is_moving: bool) -> Read | None:
    """The time of day that begins at `at`.

    `expected`: a bare number here is an hour ("tues 2", "10 or 11"). `is_moving`: a visit is being moved, so
    that "2 to 4" is no run of time.
    """
    return (
        _between(marks, at)
        or _bound(marks, at)
        or _range_or_clock(marks, at, expected=expected, is_moving=is_moving)
        or _part(marks, at)
    )


def combine(first: Span, second: Span) -> Span | None:
    """Two statements about the same time: "Tuesday morning, after 10". None if they do not go together."""
    if first.form == "part" and second.form != "part":
        return _within(first, second)
    if second.form == "part" and first.form != "part":
        return _within(second, first)
    if first.form == second.form == "part":
        return _narrower(first, second)
    if {first.form, second.form} == {"after", "before"}:
        after, before = (first, second) if first.form == "after" else (second, first)
        if after.start is not None and before.end is not None and after.start < before.end:
            return Span(after.start, before.end, "range")
    return _tighter(first, second) if first.form == second.form else None


def _tighter(first: Span, second: Span) -> Span | None:
    """i get off at 3 so after 3:30"""
    if first.start is not None and second.start is not None and first.form == "after":
        return first if first.start > second.start else second
    if first.end is not None and second.end is not None and first.form == "before":
        return first if first.end < second.end else second
    return None


def _narrower(first: Span, second: Span) -> Span | None:
    """por la mañana tempranito"""
    (start, end), (other_start, other_end) = first.bounds(), second.bounds()
    if start <= other_start and other_end <= end:
        return second
    return first if other_start <= start and end <= other_end else None


def _within(part: Span, span: Span) -> Span:
    """A clock time beside a part of the day takes its am or pm from there; a bound ends with the part."""
    if part == ALL_DAY or part.start is None or part.end is None:
        return span  # "any time after 3"
    if span.is_flexible:
        span = _settle(span, is_morning=part.end <= _NOON)
    if span.form == "after":
        return Span(span.start, max(part.end, (span.start or 0) + _HOUR), "range")
    if span.form == "before":
        return Span(min(part.start, (span.end or 0) - _HOUR), span.end, "range")
    return span


def _settle(span: Span, *, is_morning: bool) -> Span:
    def settled(minutes: int | None) -> int | None:
        if minutes is None:
            return None
        if is_morning and minutes >= 13 * 60:
            return minutes - _NOON
        return minutes + _NOON if not is_morning and minutes < _NOON else minutes

    start, end = settled(span.start), settled(span.end)
    if span.form == "clock" and start is not None:
        end = start + _HOUR
    if start is not None and end is not None and end <= start:
        return span
    return replace(span, start=start, end=end, is_flexible=False)


def _part(marks: list[Mark], at: int) -> Read | None:
    name = marks[at].kinds.get("part") or _half_of_day(marks, at)
    if name is None or (marks[at].has("unit") and at and marks[at - 1].has(NUMBER, "number")):
        return None  # "4 nights" is no evening
    return _named(name, "part"), at + 1


def _half_of_day(marks: list[Mark], at: int) -> str | None:
    """fri pm"""
    if (
        marks[at].text not in ("am", "pm")
        or not at
        or not marks[at - 1].has("weekday", "day", SLASH, ORDINAL)
    ):
        return None
    return "08:00-12:00" if marks[at].text == "am" else "12:00-17:00"


def _named(name: str, form: str) -> Span:
    start, end = (int(time[:2]) * 60 + int(time[3:]) for time in name.split("-"))
    return Span(start, end, form)


def named_part(name: str) -> Span:
    """A part of the day written `HH:MM-HH:MM`."""
    return _named(name, "part")


def _between(marks: list[Mark], at: int) -> Read | None:
    if not marks[at].has("between"):
        return None
    first = _point(marks, _skip_at(marks, at + 1), expected=True)
    if first is None or not _kind(marks, first[1], "and", "through", DASH, "comma"):
        return None
    second = _point(marks, _skip_at(marks, first[1] + 1), expected=True)
    return (_range(first[0], second[0]), second[1]) if second else None


def _bound(marks: list[Mark], at: int) -> Read | None:
    for form in ("after", "before"):
        if not marks[at].has(form):
            continue
        place = _skip_at(marks, at + 1)
        point = _point(marks, place, expected=True) or _lunch(marks, place, form)
        if point is None:
            continue
        minutes, flexible = point[0]
        if form == "after" and _is_range_ahead(marks, point[1]):
            return None  # "from 2 to 4"
        if form == "after":
            return Span(minutes, None, "after", flexible), point[1]
        return Span(None, minutes, "before", flexible), point[1]
    return None


def _lunch(marks: list[Mark], at: int, form: str) -> tuple[tuple[int, bool], int] | None:
    """antes del mediodía, before lunch"""
    if at >= len(marks) or marks[at].kinds.get("part") != "12:00-13:00":
        return None
    return (_NOON if form == "before" else _NOON + _HOUR, False), at + 1


def _is_range_ahead(marks: list[Mark], at: int) -> bool:
    return _kind(marks, at, "through", DASH) and _follows_point(marks, at + 1)


def _range_or_clock(marks: list[Mark], at: int, *, expected: bool, is_moving: bool) -> Read | None:
    start = _skip_at(marks, at)
    is_bound = _kind(marks, at + 1, "onward") and marks[at + 1].text.endswith(("later", "tarde", "pi ta"))
    first = _point(marks, start, expected=expected or start > at or is_bound)
    if first is None:
        return None
    (minutes, flexible), after = first
    if _kind(marks, after, "through", DASH) and not (is_moving and marks[after].has("to")):
        second = _point(marks, _skip_at(marks, after + 1), expected=True)
        if second is not None:
            return _range(first[0], second[0]), second[1]
    if start > at and marks[at].text == "de" and not is_moving:
        return None  # "de 10 a 12" is a time, "de 10" may be anything
    if _kind(marks, after, "onward") and not _begins_day(marks, after):
        return Span(minutes, None, "after", flexible), after + 1
    if (
        _kind(marks, after, "or")
        and _kind(marks, after + 1, "after")
        and not _follows_point(marks, after + 2)
    ):
        return Span(minutes, None, "after", flexible), after + 2  # 12 o después
    if _kind(marks, after, "backward"):
        return Span(None, minutes, "before", flexible), after + 1
    return Span(minutes, minutes + _HOUR, "clock", flexible), after


def _follows_point(marks: list[Mark], at: int) -> bool:
    return _point(marks, _skip_at(marks, at), expected=True) is not None


def _begins_day(marks: list[Mark], at: int) -> bool:
    """The "on" of "noon on friday" is no "from then on"."""
    return marks[at].text in ("on", "plus") and _kind(
        marks, at + 1, "weekday", "day", "the", "month", "week", "next", "this", SLASH, ORDINAL, NUMBER
    )


def _range(first: tuple[int, bool], second: tuple[int, bool]) -> Span:
    (start, start_flexible), (end, end_flexible) = first, second
    if start_flexible and not end_flexible:
        # "7-9am", "11-1pm": the first takes the other's half if that comes before it
        same_half = start % _NOON + (_NOON if end >= _NOON else 0)
        start = same_half if same_half < end else start
    if end <= start and end_flexible:
        end = end + _NOON if end + _NOON > start and end < _NOON else end
    if end <= start:
        return Span(start, start + _HOUR, "clock", start_flexible)
    return Span(start, end, "range", start_flexible and end_flexible)


def _skip_at(marks: list[Mark], at: int) -> int:
    """Past "at", "around", "a las"."""
    while at < len(marks) and marks[at].has("at") and not marks[at].has(NUMBER, CLOCK, "part", "clock"):
        at += 1
    return at


def _kind(marks: list[Mark], at: int, *kinds: str) -> bool:
    return at < len(marks) and marks[at].has(*kinds)


Point = tuple[tuple[int, bool], int]  # minutes and whether they are flexible; the place after


def _point(marks: list[Mark], at: int, *, expected: bool) -> Point | None:
    if at >= len(marks):
        return None
    mark = marks[at]
    if mark.has(CLOCK):
        if mark.text.endswith("e") and _kind(marks, at + 1, NUMBER) and 10 <= marks[at + 1].number <= 59:
            return _with_half(marks, at + 2, mark.minutes + marks[at + 1].number, flexible=True)  # 10e 30
        return _with_half(marks, at + 1, mark.minutes, flexible=mark.is_flexible)
    if mark.has("clock"):
        hours, minutes = mark.kinds["clock"].split(":")
        half = 30 if _kind(marks, at + 1, "half") else 0  # midi edmi
        return (int(hours) * 60 + int(minutes) + half, False), at + 1 + (half > 0)
    if mark.has("hour"):
        return _with_fraction(marks, at + 1, int(mark.kinds["hour"]))
    if mark.has("half_past", "quarter_past", "quarter_to"):
        return _fraction_before(marks, at)
    return _bare_hour(marks, at, expected=expected)


def _fraction_before(marks: list[Mark], at: int) -> Point | None:
    """half past 2, quarter to 3"""
    hour = _hour_number(marks, at + 1)
    if hour is None:
        return None
    shift = 30 if marks[at].has("half_past") else 15 if marks[at].has("quarter_past") else -15
    return _with_half(marks, at + 2, office_minutes(hour, 0) + shift, flexible=True)


def _bare_hour(marks: list[Mark], at: int, *, expected: bool) -> Point | None:
    mark = marks[at]
    if mark.has(NUMBER) and 100 <= mark.number <= 2359 and expected:
        hour, minute = divmod(mark.number, 100)
        if minute > 59 or minute % 5 or hour > 20 or _kind(marks, at + 1, "unit"):
            return None
        return _with_half(marks, at + 1, office_minutes(hour, minute), flexible=hour <= 12)
    if mark.has(NUMBER) and 13 <= mark.number <= 20 and _kind(marks, at + 1, "oclock"):
        return (mark.number * 60, False), at + 2  # 13 hrs
    hour_said = _hour_number(marks, at)
    if hour_said is None:
        return None
    is_marked = _kind(marks, at + 1, "oclock", "half", "quarter", "quarter_less", "am", "pm")
    if not (expected or is_marked) or (_kind(marks, at + 1, "unit") and not is_marked):
        return None
    if _kind(marks, at + 1, "oclock") and marks[at + 1].has("unit"):
        return None
    return _with_fraction(marks, at + 1, hour_said)


def _hour_number(marks: list[Mark], at: int) -> int | None:
    if at >= len(marks):
        return None
    mark = marks[at]
    number = mark.number if mark.has(NUMBER) else int(mark.kinds.get("number", 0))
    return number if 1 <= number <= 12 else None


def _with_fraction(marks: list[Mark], at: int, hour: int) -> Point:
    minutes = office_minutes(hour, 0)
    if at < len(marks) and marks[at].text in _MINUTE_WORDS:
        return _with_half(marks, at + 1, minutes + _MINUTE_WORDS[marks[at].text], flexible=True)
    for kind, shift in (("quarter_less", -15), ("half", 30), ("quarter", 15)):
        if _kind(marks, at, kind):
            return _with_half(marks, at + 1, minutes + shift, flexible=True)
    return _with_half(marks, at, minutes, flexible=True)


def _with_half(marks: list[Mark], at: int, minutes: int, *, flexible: bool) -> Point:
    """Minutes with a following "o'clock", "am" or "de la tarde" taken in."""
    while _kind(marks, at, "oclock"):
        at += 1
    if not flexible or not _kind(marks, at, "am", "pm"):
        if flexible and _kind(marks, at, "quarter_less", "half", "quarter"):
            shift = 30 if marks[at].has("half") else 15 if marks[at].has("quarter") else -15
            return _with_half(marks, at + 1, minutes + shift, flexible=True)
        return (minutes, flexible), at
    base = minutes % _NOON
    if marks[at].has("am"):
        return (base if minutes // 60 != 12 else minutes, False), at + 1
    return (base + _NOON, False), at + 1
