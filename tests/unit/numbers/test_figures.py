"""Figures of invented events, worked out by hand."""

from __future__ import annotations

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from smsbot.numbers.arithmetic import (
    after_hours,
    confusion,
    hours_of_week,
    misread,
    percentile,
    share,
    waits,
)
from smsbot.numbers.chart import Chart
from smsbot.numbers.drawing import Bar, bars
from smsbot.numbers.export import as_csv
from smsbot.numbers.facts import SLOT_SECONDS, Changed, Need
from smsbot.numbers.period import Period, read_period
from smsbot.numbers.words import minutes_in_words, percent, why_lost

ZONE = ZoneInfo("America/New_York")
NOON = datetime(2026, 11, 23, 17, 0, tzinfo=UTC)  # Monday, 12:00 in the zone


def slot_of(moment: datetime) -> int:
    return int(moment.timestamp()) // SLOT_SECONDS


def test_percentiles_are_values_that_occurred() -> None:
    ten = [1.0, 2, 3, 4, 5, 6, 7, 8, 9, 100]
    assert (percentile(ten, 50), percentile(ten, 90)) == (5, 9)
    assert percentile([1.0, 2, 3, 4, 5], 90) == 5


def test_of_fewer_than_five_nothing_is_said() -> None:
    assert percentile([1.0, 2, 3, 4], 50) is None
    assert share(4, 4) is None
    assert share(5, 5) == 1.0
    assert percent(share(3, 4)) == "too few to say"


def test_waits_are_counted_from_each_need_to_the_first_look_after_it() -> None:
    needs = [
        Need("a", "urgent", at=0, due_at=600),
        Need("a", "emergency", at=900, due_at=1200),  # rose after it had been looked at
        Need("b", "emergency", at=0, due_at=300),
    ]
    found = waits(needs, {"a": [300, 1500], "b": [60]}, {}, now=9000)
    assert found["urgent"].minutes == (5.0,)
    assert (found["urgent"].in_time, found["urgent"].late) == (1, 0)
    assert found["emergency"].minutes == (1.0, 10.0)
    assert (found["emergency"].in_time, found["emergency"].late) == (1, 1)


def test_who_still_waits_is_late_only_after_the_target() -> None:
    needs = [Need("a", "urgent", at=0, due_at=600), Need("b", "urgent", at=500, due_at=1100)]
    found = waits(needs, {}, {}, now=700)["urgent"]
    assert (found.waiting, found.late, found.in_time, found.minutes) == (2, 1, 0, ())


def test_a_case_resolved_without_being_taken_is_neither_late_nor_waiting() -> None:
    found = waits([Need("a", "urgent", at=0, due_at=600)], {}, {"a": [5000]}, now=9000)["urgent"]
    assert (found.passed_over, found.waiting, found.late, found.count) == (1, 0, 0, 1)


def test_hours_of_the_week_are_the_clinics_on_both_sides_of_a_clock_change() -> None:
    summer = datetime(2026, 10, 26, 13, 30, tzinfo=UTC)  # Monday, 9:30 by summer time
    winter = datetime(2026, 11, 2, 14, 30, tzinfo=UTC)  # Monday, 9:30 by winter time
    week = hours_of_week({(slot_of(summer), "routine"): 2, (slot_of(winter), "none"): 3}, ZONE)
    assert week[0][9] == 5
    assert sum(map(sum, week)) == 5


def test_texts_outside_the_openings_are_after_hours_and_the_closing_minute_is_one() -> None:
    opens, closes = NOON.replace(hour=14), NOON.replace(hour=22)
    slots = {
        (slot_of(opens), "routine"): 1,
        (slot_of(closes), "routine"): 2,
        (slot_of(NOON.replace(hour=3)), "emergency"): 4,
    }
    assert after_hours(slots, [(opens, closes)]) == {"routine": (2, 3), "emergency": (4, 4)}
    assert after_hours(slots, []) == {"routine": (3, 3), "emergency": (4, 4)}


def test_corrections_say_what_was_read_and_what_was_right() -> None:
    changed = [
        Changed("routine", "emergency", frozenset({"admin"}), frozenset({"symptom", "chest_pain"})),
        Changed("routine", "emergency", frozenset({"admin", "rash"}), frozenset({"admin"})),
        Changed("urgent", "routine"),
    ]
    assert confusion(changed) == {("routine", "emergency"): 2, ("urgent", "routine"): 1}
    assert misread(changed) == {"admin": (0, 1), "chest_pain": (1, 0), "rash": (0, 1), "symptom": (1, 0)}


@pytest.mark.parametrize(
    ("asked", "first", "last", "name"),
    [
        ({}, date(2026, 10, 25), date(2026, 11, 23), "the last 30 days"),
        ({"days": "7"}, date(2026, 11, 17), date(2026, 11, 23), "the last 7 days"),
        ({"month": "2028-02"}, date(2028, 2, 1), date(2028, 2, 29), "February 2028"),
        (
            {"from": "2026-11-01", "to": "2026-11-01"},
            date(2026, 11, 1),
            date(2026, 11, 1),
            "November 1, 2026",
        ),
    ],
)
def test_periods_are_whole_days_with_both_ends(
    asked: dict[str, str], first: date, last: date, name: str
) -> None:
    period, problem = read_period(asked, NOON, ZONE)
    assert (period.first, period.last, period.name, problem) == (first, last, name, "")


@pytest.mark.parametrize(
    "asked",
    [
        {"days": "8"}, {"days": "x"}, {"month": "13"}, {"from": "yesterday"}, {"from": "0001-01-01"},
        {"to": "9999-12-31"}, {"from": "2026-11-02", "to": "2026-11-01"},
        {"from": "2024-01-01", "to": "2026-01-01"},
    ],
)  # fmt: skip
def test_a_period_that_cannot_be_is_said_and_the_usual_one_shown(asked: dict[str, str]) -> None:
    period, problem = read_period(asked, NOON, ZONE)
    assert period.days == 30
    assert "choose" in problem


def test_a_day_of_25_hours_is_in_its_period_whole() -> None:
    day = Period(date(2026, 11, 1), date(2026, 11, 1), ZONE)
    assert (day.ends_at - day.starts_at).total_seconds() == 25 * 3600


def test_words_round_nothing_to_all_or_none() -> None:
    assert [percent(part) for part in (1.0, 0.999, 0.5, 0.001, 0.0)] == [
        "100%", "over 99%", "50%", "under 1%", "0%",
    ]  # fmt: skip
    assert [minutes_in_words(minutes) for minutes in (0.5, 3, 120, 4320)] == [
        "30 s",
        "3 min",
        "2.0 h",
        "3.0 d",
    ]


def test_a_failure_is_told_in_plain_words_and_never_in_its_own() -> None:
    assert why_lost("30005") == ("the number is not in use", "check it")
    assert why_lost("12345") == ("the provider's reason 12345", "call")
    assert "Walt" not in "".join(why_lost("ValueError: Walt is no number"))


def test_names_in_a_drawing_are_text() -> None:
    drawn = bars("people", "Work", [Bar("<script>", "3 & 4", 2.0)])
    assert "<script>" not in drawn
    assert "&lt;script&gt;" in drawn
    assert 'width="340.0"' in drawn  # more than all is all


def test_a_name_is_no_formula_in_a_spreadsheet() -> None:
    chart = Chart("people", "", "", ("Person", "Replies"), (("=1+1", 2),), bars("people", "", []), "")
    assert as_csv(chart).splitlines() == ["Person,Replies", "'=1+1,2"]
