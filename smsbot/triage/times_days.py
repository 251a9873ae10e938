"""Days out of marks: "firday", "next tues", "two weeks from today", "Mon-Thu", "semen pwochen"."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from smsbot.triage.times_calendar import FRIDAY, SATURDAY, Calendar
from smsbot.triage.times_clock import named_part
from smsbot.triage.times_dates import Day, Read
from smsbot.triage.times_marks import CLOCK, COMMA, DASH, NUMBER, STOP, Mark
from smsbot.triage.times_months import MonthReader
from smsbot.triage.times_relative import RelativeReader, holiday

_WORKWEEK = (0, 1, 2, 3, 4)


def read_day(
    marks: list[Mark], at: int, calendar: Calendar, *, before: Day | None, is_moving: bool
) -> Read | None:
    """The day or days that begin at `at`. `before` is the day read last ("the 8th or 9th", "the day after").

    `is_moving`: a visit is being moved, so that "monday to wednesday" is no run of days.
    """
    reader = _Reader(marks, calendar, before, is_moving)
    return (
        reader.weeks_from(at)
        or reader.bounded(at)
        or reader.onward(at)
        or reader.ranged(at)
        or reader.part_of_today(at)
        or reader.next_day(at)
        or (reader.holiday(at) if reader.has(at - 1, "not", "except") else None)
    )


class _Reader(MonthReader, RelativeReader):
    """Reads days of any kind."""

    def single(self, at: int) -> Read | None:
        """One day, date or week."""
        return (
            self.nth_weekday(at)
            or self.date_at(at)
            or self.weekday(at)
            or self.week(at)
            or self.counted(at)
            or self.month_piece(at)
        )

    def ranged(self, at: int) -> Read | None:
        """Mon-Thu, 12/8 to 12/10, between Monday and Wednesday."""
        start = at + 1 if self.has(at, "between", "from") else at
        start = (
            start + 1 if start > at and self.has(start, "the") and not self.has(start, "weekday") else start
        )
        first = self.single(start) or (self.single(at + 1) if start > at else None)
        if first is None:
            return self.single(at)
        joins = ("through", DASH) + (("and",) if self.has(at, "between") else ())
        if not self.has(first[1], *joins) or (self.is_moving and self.has(first[1], "to", "at")):
            return first if start == at else None
        second = self._second(first[0], first[1] + 1)
        days = self._span_of(first[0], second[0]) if second else None
        if days is None or second is None:
            return first if start == at else None
        return days, second[1]

    def _second(self, first: Day, at: int) -> Read | None:
        """The other end of a range; "the 8th to 10" and "dec 8-10" take the month from the first."""
        if self.has(at, "the") and not self.has(at, "weekday"):
            at = at + 1 if not self.date_at(at) else at
        found = self.single(at)
        if found is None and self.has(at, NUMBER) and not first.weekdays and first.dates:
            day = self._same_month(first, self.marks[at].number)
            found = (Day((day,)), at + 1) if day else None
        return found

    def _span_of(self, first: Day, last: Day) -> Day | None:
        if first.is_week or last.is_week or not first.dates or not last.dates:
            return None
        if first.is_bare and last.is_bare:
            ends = (first.weekdays[0], last.weekdays[0])
            if ends[0] >= ends[1]:
                return None
            weekdays = tuple(range(ends[0], ends[1] + 1))
            start = first.dates[0]
            dates = tuple(start + timedelta(days=weekday - ends[0]) for weekday in weekdays)
            return Day(dates, weekdays)
        end = last.dates[0]
        if last.is_bare and end < first.dates[0]:
            end += timedelta(weeks=1)
        dates = self.calendar.between(first.dates[0], end)
        return Day(dates) if dates else None

    def bounded(self, at: int) -> Read | None:
        """after Tuesday: the rest of that week; before Friday, by Friday: from today up to it."""
        if not self.has(at, "after", "before") or self.has(at, "at") and not self.has(at, "from"):
            return None
        start = at + 1
        found = self.single(start) or (self.single(start + 1) if self.has(start, "the", "glue") else None)
        if found is None or found[0].is_week or not found[0].dates or len(found[0].dates) > 1:
            return None
        if self.has(at, "from") and self.has(found[1], "to", "through", DASH):
            return None
        if not self._is_bound(at, found[1]):
            return None
        after = found[1] + (1 if self.has(found[1], "onward") else 0)
        day = found[0].dates[0]
        if self.has(at, "after"):
            inclusive = self.has(at, "starting") or self.has(at, "from")
            return self._after(day, inclusive=inclusive), after
        until = self._before(day, inclusive=self.has(at, "inclusive"))
        return replace(until, is_until=self.has(at, "through")), after

    def onward(self, at: int) -> Read | None:
        """miercoles en adelante"""
        found = self.single(at)
        if found is None or not self.has(found[1], "from_then") or len(found[0].dates) != 1:
            return None
        day = found[0].dates[0]
        if found[0].is_bare and day.weekday() <= FRIDAY:
            weekdays = tuple(range(day.weekday(), FRIDAY + 1))
            return Day(tuple(day + timedelta(days=ahead) for ahead in range(len(weekdays))), weekdays), found[
                1
            ] + 1
        return self._after(day, inclusive=True), found[1] + 1

    def _is_bound(self, at: int, after: int) -> bool:
        """ "from Tuesday" needs an "on"; "desde" and "depi" look back: since Tuesday."""
        text = self.marks[at].text
        if self.has(at, "past") or text in ("desde el", "past"):
            return self.has(after, "onward")
        return not self.has(at, "from") or self.has(at, "starting") or self.has(after, "onward")

    def _after(self, day: date, *, inclusive: bool) -> Day:
        first = day if inclusive else day + timedelta(days=1)
        if first.weekday() > FRIDAY:
            first += timedelta(days=7 - first.weekday())
        monday = first - timedelta(days=first.weekday())
        return Day(self.calendar.between(first, monday + timedelta(days=FRIDAY)), week=monday)

    def _before(self, day: date, *, inclusive: bool) -> Day:
        last = day if inclusive else day - timedelta(days=1)
        if (last - self.calendar.today).days > 14:
            return Day(())
        dates = self.calendar.between(self.calendar.today, last)
        return Day(tuple(each for each in dates if each.weekday() <= FRIDAY))

    def weekday(self, at: int) -> Read | None:
        modifier, start = self._modifier(at)
        if not self.has(start, "weekday"):
            return None
        weekday = int(self.marks[start].kinds["weekday"])
        after = start + 1
        if (
            start
            and modifier is None
            and self.marks[start - 1].text in _NOT_BEFORE.get(self.marks[start].text, ())
        ):
            return None
        if modifier == "past" or self._is_past_after(after):
            return Day((), is_gone=True), after
        dated = self._date_beside(after, weekday)
        if dated is not None:
            return dated
        if self.has(after, "after") and self.has(after + 1, "week"):  # the monday after next week
            return self._of_week(weekday, int(self.marks[after + 1].kinds["week"]) + 1), after + 2
        later = self.weekday_after(after, weekday)
        if later is not None:
            return later
        if modifier is None and self.has(after, "next") and not self.has(after + 1, "weekday", "week"):
            return self.following(after, weekday) or self._of_week(weekday, 1), after + 1
        if modifier is None and self.has(after, "this") and self.marks[after].text in ("sa a", "saa", "este"):
            return self._this(weekday), after + 1
        if modifier == "next":
            return self.following(start - 1, weekday) or self._of_week(weekday, 1), after
        if modifier == "this":
            return self._this(weekday), after
        is_plural = self.marks[start].text.endswith("days") or (
            start > 0 and self.marks[start - 1].text == "los"
        )
        return Day((self.calendar.coming(weekday),), (weekday,), is_plural=is_plural), after

    def _modifier(self, at: int) -> tuple[str | None, int]:
        for kind in ("next", "this", "past"):
            if self.has(at, kind) and self.has(at + 1, "weekday"):
                is_past = kind == "past" and self.marks[at].text not in ("last", "pase")
                return (None, at) if is_past else (kind, at + 1)
        return None, at

    def _is_past_after(self, at: int) -> bool:
        return (
            self.has(at, "past")
            and not self.has(at + 1, "weekday")
            and self.marks[at].text in ("pasado", "pasada", "pase", "ki sot pase")
        )

    def _of_week(self, weekday: int, weeks: int) -> Day:
        monday = self.calendar.monday(weeks)
        return Day((self.calendar.in_week(monday, weekday),), (weekday,), monday)

    def _this(self, weekday: int) -> Day:
        day = self.calendar.this(weekday)
        return Day((day,), (weekday,), day - timedelta(days=weekday))

    def _date_beside(self, at: int, weekday: int) -> Read | None:
        """Wed 12/9, Thursday the 9th, Mon. Feb 8: the date decides. Across a comma it must fit."""
        place = at
        while self.has(place, COMMA, STOP, "the", "of") and place < at + 2 and not self.has(place, NUMBER):
            place += 1
        for start in (at, place):
            found = None if self.has(start, "weekday") else self.date_at(start)
            if found is None or not found[0].dates:
                continue
            if self.has(at, COMMA, STOP) and found[0].dates[0].weekday() != weekday:
                continue
            return replace(found[0], weekdays=(), week=None), found[1]
        return self._bare_number_beside(at, weekday)

    def _bare_number_beside(self, at: int, weekday: int) -> Read | None:
        if not self.has(at, NUMBER) or self.has(at + 1, "unit", "am", "pm", "oclock", "half", DASH):
            return None
        if self.has(at + 1, "through") and not (self.has(at + 2, CLOCK, "hour")):
            return None
        number = self.marks[at].number
        found = self.calendar.day_of_month_on(number, weekday) if 1 <= number <= 31 else None
        if found is None:
            return None
        english = not self.has(at - 1, "not_english")
        return None if english and number <= 12 else (Day((found,)), at + 1)

    def week(self, at: int) -> Read | None:
        if self.has(at, "within"):
            last = self.calendar.today + timedelta(days=int(self.marks[at].kinds["within"]))
            return Day(self.workdays_of(self.calendar.today, last), is_week=True), at + 1
        if self.has(at, "weekend"):
            return self._weekend(int(self.marks[at].kinds["weekend"])), at + 1
        if self.has(at, "week"):
            later = self.week_after(at)
            if later is not None:
                return later
            weeks = int(self.marks[at].kinds["week"]) + self.weeks_on(at)
            if (
                self.has(at + 1, "piece")
                and not self.has(at + 1, "month")
                and self.has(at + 1, "piece_after")
            ):
                return self._week(weeks, self.marks[at + 1].kinds["piece"]), at + 2
            return self._week(weeks), at + 1
        if self.has(at, "week_of"):
            return self._week_of(at + 1)
        if (
            self.has(at, "next")
            and self.before is not None
            and self.before.is_week
            and self.has(at - 1, "or", "and", "but", COMMA)
        ):
            return (
                None
                if self.has(at + 1, "month_word", "weekday")
                else (self._week(1 + self.weeks_to(self.before)), at + 1)
            )
        return self._piece_of_week(at)

    def _piece_of_week(self, at: int) -> Read | None:
        if not self.has(at, "piece"):
            return None
        place = at + 1
        while self.has(place, "of", "the", "this") and not self.has(place, "week") and place < at + 3:
            place += 1
        if self.has(place, "week"):
            return self._week(int(self.marks[place].kinds["week"]), self.marks[at].kinds["piece"]), place + 1
        if self.has(at, "whole_piece") or self.has(place, "weeks"):
            if self.marks[at].text in ("late", "later", "early", "mid") and not self.has(place, "weeks"):
                return None
            return self._week(0, self.marks[at].kinds["piece"]), place + self.has(place, "weeks")
        return None

    def _week(self, weeks: int, piece: str | None = None) -> Day:
        monday = self.calendar.monday(weeks)
        if self.calendar.today.weekday() >= SATURDAY and weeks == 0:
            monday = self.calendar.monday(1)  # "this week" on a weekend is the one that begins
        weekdays = tuple(int(day) for day in piece.split(",")) if piece else _WORKWEEK
        return Day(self.calendar.workdays(monday, weekdays), week=monday, is_week=True)

    def _weekend(self, weeks: int) -> Day:
        monday = self.calendar.monday(weeks)
        return Day(self.calendar.workdays(monday, (5, 6)), week=monday)

    def _week_of(self, at: int) -> Read | None:
        found = self.date_at(at) or (self.date_at(at + 1) if self.has(at, "the") else None)
        if found is None and self.has(at, NUMBER):
            day = self.calendar.day_of_month(self.marks[at].number) if self.marks[at].number <= 31 else None
            found = (Day((day,)), at + 1) if day else None
        if found is None:
            found = self.weekday(at) or self.holiday(at)
        if found is None or not found[0].dates:
            return None
        day = found[0].dates[0]
        monday = day - timedelta(days=day.weekday())
        return Day(self.calendar.workdays(monday), week=monday, is_week=True), found[1]

    def counted(self, at: int) -> Read | None:
        """today, tomorrow, in 3 days, 2 weeks from now"""
        if self.has(at, "day"):
            ahead = int(self.marks[at].kinds["day"])
            is_about = ahead >= 7 and "today" not in self.marks[at].text
            return Day((self.calendar.today + timedelta(days=ahead),), is_about=is_about), at + 1
        amount = self._amount(at + 1 if self.has(at, "in") else at)
        if amount is None:
            return None
        days, after = amount
        if self.has(after, "away"):
            after += 1
        elif not self.has(at, "in") or self.marks[at].text in ("about", "like") or self.has(after, "past"):
            return None
        return Day((self.calendar.today + timedelta(days=days),), is_about=days % 7 == 0), after

    def _amount(self, at: int) -> tuple[int, int] | None:
        """How many days "3 days", "two weeks" or "a week" are, and the place after."""
        if self.has(at, "by_a_week"):
            return 7, at + 1
        count = self._count(at)
        if count is None or not self.has(at + 1, "weeks", "days_unit"):
            return None
        return count * (7 if self.has(at + 1, "weeks") else 1), at + 2

    def _count(self, at: int) -> int | None:
        if self.has(at, NUMBER):
            return self.marks[at].number if 1 <= self.marks[at].number <= 60 else None
        if self.has(at, "number"):
            return int(self.marks[at].kinds["number"])
        return 1 if at < len(self.marks) and self.marks[at].text in ("a", "un", "una", "yon") else None

    def weeks_from(self, at: int) -> Read | None:
        """two weeks from Monday, a week from Thursday, 2 weeks after the 9th"""
        amount = self._amount(at)
        if amount is None or not self.has(amount[1], "from_day"):
            return None
        start = amount[1] + 1
        found = self.single(start) or (self.single(start + 1) if self.has(start, "the") else None)
        found = found or self.holiday(start)
        if found is None or not found[0].dates:
            return None
        ahead = timedelta(days=amount[0])
        return Day((found[0].dates[0] + ahead,)), found[1]

    def holiday(self, at: int) -> Read | None:
        """Read where days are counted from it or it is ruled out; elsewhere it is a reason, no wish."""
        if not self.has(at, "holiday"):
            return None
        return Day((holiday(self.marks[at].kinds["holiday"], self.calendar),)), at + 1

    def part_of_today(self, at: int) -> Read | None:
        name = self.marks[at].kinds.get("today")
        return (Day((self.calendar.today,), span=named_part(name)), at + 1) if name else None


_NOT_BEFORE = {
    "sat": frozenset({"i", "he", "she", "we", "just", "they", "who", "has"}),
    "sun": frozenset({"the", "in", "of", "some", "hot", "any", "a", "my"}),
}
