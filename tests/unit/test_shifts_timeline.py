"""Who is on duty at which moment: both nights of the clock change, overlaps, swaps, gaps and their words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from smsbot.models import Duty
from smsbot.shifts import describe_gaps
from smsbot.shifts.timeline import Source, Span, Stretch, stretches, weekly, who
from smsbot.shifts.wall import first_moment, last_moment
from smsbot.shifts.words import describe
from smsbot.shifts.written import clock_of, moment_of, weekdays_of

NEW_YORK = ZoneInfo("America/New_York")
AUTUMN, SPRING = date(2026, 11, 1), date(2026, 3, 8)  # both Sundays, at 2:00
# half an hour's change; a change at midnight; no change; a change in the other half of the year
ZONES = ("America/New_York", "Australia/Lord_Howe", "America/Asuncion", "America/Phoenix", "Europe/London")


def utc(written: str) -> datetime:
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


def around(day: date, weekday: int, starts: str, ends: str) -> list[tuple[datetime, datetime]]:
    """The spans of a weekly duty that touch this day of New York."""
    first = datetime(day.year, day.month, day.day, tzinfo=NEW_YORK).astimezone(UTC)
    last = first + timedelta(days=1)
    return [
        (begins, ends_at)
        for begins, ends_at in weekly(weekday, starts, ends, NEW_YORK, (first, last))
        if begins < last and ends_at > first
    ]


@pytest.mark.parametrize(
    ("day", "weekday", "starts", "ends", "begins", "finishes"),
    [
        # Saturday evening into the autumn Sunday: one hour longer
        (AUTUMN, 5, "17:00", "08:00", "2026-10-31 21:00", "2026-11-01 13:00"),
        # and into the spring one: one hour shorter
        (SPRING, 5, "17:00", "08:00", "2026-03-07 22:00", "2026-03-08 12:00"),
        # what begins at 1:30 begins the first time, what ends at 1:30 ends the second time
        (AUTUMN, 6, "01:30", "08:00", "2026-11-01 05:30", "2026-11-01 13:00"),
        (AUTUMN, 5, "17:00", "01:30", "2026-10-31 21:00", "2026-11-01 06:30"),
        (AUTUMN, 6, "01:00", "01:45", "2026-11-01 05:00", "2026-11-01 06:45"),
        # the edges of the doubled hour are single moments
        (AUTUMN, 5, "17:00", "01:00", "2026-10-31 21:00", "2026-11-01 05:00"),
        (AUTUMN, 6, "02:00", "08:00", "2026-11-01 07:00", "2026-11-01 13:00"),
        (AUTUMN, 6, "01:00", "02:00", "2026-11-01 05:00", "2026-11-01 07:00"),
        # 2:30 does not exist in spring: whoever ends or begins then changes at the jump
        (SPRING, 5, "17:00", "02:30", "2026-03-07 22:00", "2026-03-08 07:00"),
        (SPRING, 6, "02:30", "08:00", "2026-03-08 07:00", "2026-03-08 12:00"),
        (SPRING, 5, "17:00", "02:00", "2026-03-07 22:00", "2026-03-08 07:00"),
        (SPRING, 6, "03:00", "08:00", "2026-03-08 07:00", "2026-03-08 12:00"),
        # equal times are a whole day of 25 or 23 hours
        (AUTUMN, 6, "00:00", "00:00", "2026-11-01 04:00", "2026-11-02 05:00"),
        (SPRING, 6, "00:00", "00:00", "2026-03-08 05:00", "2026-03-09 04:00"),
        # Sunday evening into Monday, over the end of the week
        (date(2026, 11, 23), 6, "17:00", "08:00", "2026-11-22 22:00", "2026-11-23 13:00"),
    ],
)
def test_a_weekly_duty_lasts_as_the_clock_on_the_wall_says(
    day: date, weekday: int, starts: str, ends: str, begins: str, finishes: str
) -> None:
    assert (utc(begins), utc(finishes)) in around(day, weekday, starts, ends)


def test_a_duty_within_the_hour_that_spring_leaves_out_is_never() -> None:
    assert around(SPRING, 6, "02:15", "02:45") == []
    assert len(around(SPRING + timedelta(days=7), 6, "02:15", "02:45")) == 1


moments = st.datetimes(datetime(2026, 1, 1), datetime(2027, 12, 31), timezones=st.just(UTC))  # noqa: DTZ001
minutes = st.integers(0, 24 * 60 - 1)


@settings(deadline=None)  # a busy machine is no fault
@given(st.sampled_from(ZONES), moments, minutes, minutes)
def test_whenever_the_wall_clock_is_within_a_duty_it_is_covered(
    name: str, at: datetime, opens: int, closes: int
) -> None:
    zone = ZoneInfo(name)
    starts, ends = (f"{minute // 60:02}:{minute % 60:02}" for minute in (opens, closes))
    wall = at.astimezone(zone).replace(tzinfo=None)
    midnight = wall.replace(hour=0, minute=0, second=0, microsecond=0)
    length = timedelta(minutes=closes - opens if closes > opens else closes - opens + 24 * 60)
    within = [
        day.weekday()
        for day in (midnight - timedelta(days=1), midnight)
        if day + timedelta(minutes=opens) <= wall < day + timedelta(minutes=opens) + length
    ]
    for weekday in within:
        spans = list(weekly(weekday, starts, ends, zone, (at, at)))
        assert any(begins <= at < finishes for begins, finishes in spans)


@settings(deadline=None)  # a busy machine is no fault
@given(
    st.sampled_from(ZONES),
    st.sampled_from(
        (utc("2026-03-08"), utc("2026-03-29"), utc("2026-04-05"), utc("2026-10-04"), utc("2026-11-01"))
    ),
    st.lists(minutes, min_size=1, max_size=4, unique=True),
)
def test_a_day_that_is_handed_on_all_round_has_no_gap_in_the_weeks_of_the_change(
    name: str, sunday: datetime, handovers: list[int]
) -> None:
    """A tick before a handover somebody is on duty, and at it, whatever the clock does that night."""
    zone = ZoneInfo(name)
    clocks = [f"{minute // 60:02}:{minute % 60:02}" for minute in sorted(handovers)]
    between = (sunday - timedelta(days=2), sunday + timedelta(days=2))
    spans = [
        Span(begins, finishes, f"{number}", Source.ROTA)
        for weekday in range(7)
        for number, (starts, ends) in enumerate(pairwise([*clocks, clocks[0]]))
        for begins, finishes in weekly(weekday, starts, ends, zone, between)
    ]
    assert all(stretch.staff_ids for stretch in stretches(spans, *between))


@settings(deadline=None)  # a busy machine is no fault
@given(st.sampled_from(ZONES), moments)
def test_a_moment_of_the_wall_lies_between_its_first_and_its_last(name: str, at: datetime) -> None:
    zone = ZoneInfo(name)
    wall = at.astimezone(zone).replace(tzinfo=None)
    assert first_moment(wall, zone) <= at
    assert last_moment(wall, zone) >= at - timedelta(hours=1)
    is_once = (
        at.astimezone(zone).replace(fold=0).utcoffset() == at.astimezone(zone).replace(fold=1).utcoffset()
    )
    if is_once:
        assert first_moment(wall, zone) == at


NINE, TEN, ELEVEN, NOON = (utc(f"2026-11-23 {hour}:00") for hour in ("09", "10", "11", "12"))


def span(starts: datetime, ends: datetime, staff: str, source: Source, age: int = 0) -> Span:
    return Span(starts, ends, staff, source, (NINE - timedelta(days=age), staff))


@pytest.mark.parametrize(
    ("spans", "told"),
    [
        ([], ()),
        ([span(NINE, TEN, "rosa", Source.ROTA)], ()),  # over at ten sharp
        ([span(ELEVEN, NOON, "rosa", Source.ROTA)], ()),
        ([span(TEN, NOON, "rosa", Source.ROTA)], ("rosa",)),  # begins at ten sharp
        ([span(NINE, NOON, who, Source.ROTA) for who in ("rosa", "paul", "rosa")], ("paul", "rosa")),
        ([span(NINE, NOON, "rosa", Source.ROTA), span(NINE, NOON, "paul", Source.CALENDAR)], ("paul",)),
        ([span(NINE, NOON, "rosa", Source.ROTA), span(NINE, TEN, "paul", Source.SWAP)], ("rosa",)),
        (
            [span(NINE, NOON, "rosa", Source.CALENDAR), span(NINE, NOON, "paul", Source.CALENDAR)],
            ("paul", "rosa"),
        ),
        ([span(NINE, NOON, "rosa", Source.CALENDAR), span(NINE, NOON, "paul", Source.SWAP)], ("paul",)),
        ([span(NINE, NOON, "rosa", Source.SWAP, 1), span(NINE, NOON, "paul", Source.SWAP, 2)], ("rosa",)),
        ([span(NINE, NOON, "paul", Source.SWAP, 2), span(NINE, NOON, "rosa", Source.SWAP, 1)], ("rosa",)),
    ],
)
def test_who_is_on_duty_at_ten(spans: list[Span], told: tuple[str, ...]) -> None:
    assert who(spans, TEN) == told


def test_a_time_is_cut_where_the_people_change_and_gaps_are_part_of_it() -> None:
    spans = [
        span(NINE - timedelta(days=1), TEN, "rosa", Source.ROTA),
        span(NINE, TEN, "rosa", Source.CALENDAR),  # the same person by another rule: no cut
        span(ELEVEN, NOON + timedelta(days=1), "paul", Source.ROTA),
    ]
    assert stretches(spans, NINE, NOON) == [
        Stretch(NINE, TEN, ("rosa",)),
        Stretch(TEN, ELEVEN, ()),
        Stretch(ELEVEN, NOON, ("paul",)),
    ]


def test_no_time_at_all_has_no_stretches() -> None:
    assert stretches([], NINE, NINE) == []


def test_gaps_are_described_without_a_name() -> None:
    gap = (utc("2026-11-27 22:00"), utc("2026-11-30 13:00"))
    assert describe_gaps([gap], NEW_YORK) == ["no one on call from Fri Nov 27 5 PM to Mon Nov 30 8 AM"]
    assert describe_gaps([gap], NEW_YORK, Duty.BACKUP)[0].startswith("no one backup from")
    assert describe_gaps([], NEW_YORK) == []


@pytest.mark.parametrize(
    ("at", "words"),
    [
        ("2026-11-27 22:00", "Fri Nov 27 5 PM"),
        ("2026-11-27 22:30", "Fri Nov 27 5:30 PM"),
        ("2026-11-28 05:00", "Sat Nov 28 12 AM"),
        ("2026-11-01 05:30", "Sun Nov 1 1:30 AM EDT"),
        ("2026-11-01 06:30", "Sun Nov 1 1:30 AM EST"),
        ("2026-11-01 07:00", "Sun Nov 1 2 AM"),
    ],
)
def test_a_moment_is_described_on_the_clock_of_the_clinic(at: str, words: str) -> None:
    assert describe(utc(at), NEW_YORK) == words


@pytest.mark.parametrize(
    ("written", "days"),
    [
        ("mon", [0]),
        ("mon-fri", [0, 1, 2, 3, 4]),
        ("Sat, Sun", [5, 6]),
        ("fri-mon", [0, 4, 5, 6]),
        ("mon-sun", [0, 1, 2, 3, 4, 5, 6]),
        ("mon,mon-tue", [0, 1]),
    ],
)
def test_days_of_the_week_are_read(written: str, days: list[int]) -> None:
    assert weekdays_of(written) == days


@pytest.mark.parametrize("written", ["", "monday", "mon-", "mon-tue-wed", "mon;tue", "mon,"])
def test_what_names_no_days_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="names no days: write mon-fri"):
        weekdays_of(written)


@pytest.mark.parametrize(
    ("written", "clock"), [("8:00", "08:00"), ("17:30", "17:30"), ("24:00", "00:00"), ("00:00", "00:00")]
)
def test_times_of_day_are_read(written: str, clock: str) -> None:
    assert clock_of(written) == clock


@pytest.mark.parametrize("written", ["", "8", "5pm", "25:00", "24:30", "12:60", "1:5", "-1:00", "١٧:٠٠"])
def test_what_is_no_time_of_day_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="is no time of day"):
        clock_of(written)


@pytest.mark.parametrize(
    ("written", "is_end", "moment"),
    [
        ("2026-11-27T17:00", False, "2026-11-27 22:00"),
        ("2026-11-27 17:00", False, "2026-11-27 22:00"),
        ("2026-11-27", False, "2026-11-27 05:00"),
        ("2026-11-27T17:00-08:00", False, "2026-11-28 01:00"),
        ("2026-11-27T17:00Z", True, "2026-11-27 17:00"),
        ("2026-11-01T01:30", False, "2026-11-01 05:30"),
        ("2026-11-01T01:30", True, "2026-11-01 06:30"),
        ("2026-03-08T02:30", True, "2026-03-08 07:00"),
    ],
)
def test_moments_are_read_in_the_zone_of_the_clinic(written: str, is_end: bool, moment: str) -> None:
    assert moment_of(written, NEW_YORK, is_end=is_end) == utc(moment)


@pytest.mark.parametrize("written", ["", "tomorrow", "2026-13-01", "17:00", "0001-01-01T00:00+14:00"])
def test_what_is_no_moment_is_refused(written: str) -> None:
    with pytest.raises(ValueError, match="is no time: write 2026"):
        moment_of(written, NEW_YORK)
