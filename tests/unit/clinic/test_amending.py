"""What a screen may set, and the table of the week."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from smsbot.clinic import ChangeError, load_clinic
from smsbot.clinic.amending import amend, check_value
from smsbot.clinic.weekly import Week, problems_of, read_week, write_week

CLINIC = load_clinic(None)
NOW = datetime(2026, 11, 30, 15, tzinfo=UTC)


def until(moment: str) -> dict[str, str]:
    return {"from": "2026-11-30T15:00:00+00:00", "until": moment}


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("hours", {"hours": "Mo-Fr 9 to 5", "holidays": "none"}, "cannot be read"),
        ("hours", {"hours": "Mo-Fr 09:00-17:00", "holidays": "US"}, "do not go with"),
        ("hours", {"hours": "off", "holidays": "none"}, "never open"),
        ("hours", {"hours": "", "holidays": "none"}, "never be open"),
        ("hours", "Mo-Fr", "incomplete"),
        ("closed_days", [{"day": "soon"}], "no date"),
        ("closed_days", [{"day": "2026-12-24"}, {"day": "2026-12-24"}], "on the list already"),
        ("closed_days", [{"day": "2026-12-24", "reason": "x" * 81}], "Shorten it"),
        ("closed_until", until("2026-11-30T14:59:00+00:00"), "over already"),
        ("closed_until", until("2027-11-30T14:59:00+00:00"), "three months"),
        ("closed_until", until("2026-12-03T09:00"), "no zone"),
        ("closed_until", {"until": "Thursday"}, "no day and time"),
        ("replies", "off", "paused"),
    ],
)
def test_what_cannot_be_is_refused_in_plain_words(name: str, value: Any, says: str) -> None:
    with pytest.raises(ChangeError, match=says):
        check_value(CLINIC, name, value, NOW)
        amend(CLINIC, {name: value})


def test_what_is_set_holds_and_the_rest_is_the_files() -> None:
    amended = amend(CLINIC, {"closed_days": [{"day": "2026-12-24", "reason": "Party"}]})
    assert amended.closed == (date(2026, 12, 24),)
    assert (amended.hours, amended.replies, amended.examples) == (CLINIC.hours, None, None)


def test_a_pause_never_sends_more_than_the_file_allows() -> None:
    silent = replace(CLINIC, replies="off")
    assert amend(silent, {"replies": "crisis"}).replies is None
    with pytest.raises(ChangeError, match="change it there"):
        check_value(silent, "replies", "crisis", NOW)


@pytest.mark.parametrize(
    "hours",
    [
        "Mo-Fr 09:00-17:00; PH off",
        "Mo 08:00-12:00,13:00-17:00; We-Th 10:00-24:00; Sa 10:00-12:00",
        "Mo-Su 00:00-24:00",
    ],
)
def test_simple_hours_survive_the_table(hours: str) -> None:
    week = read_week(hours)
    assert week is not None and write_week(week) == hours


@pytest.mark.parametrize(
    "hours",
    ["24/7", "Mo-Fr 22:00-06:00", "Dec 24 off; Mo 09:00-12:00", "Mo[1] 09:00-10:00", "Fr-Mo 09:00-10:00"],
)
def test_what_a_table_cannot_show_is_not_shown_in_one(hours: str) -> None:
    assert read_week(hours) is None


def test_a_later_rule_wins_as_it_does_in_the_library() -> None:
    week = read_week("Mo-Fr 09:00-17:00; Fr off")
    assert week is not None and week.days[4] == () and week.days[3] == (("09:00", "17:00"),)


def test_a_table_filled_in_wrongly_says_which_day() -> None:
    days = [()] * 5 + [(("09:00", ""),), (("09:00", "12:00"), ("11:00", "13:00"))]
    assert [problem.partition(":")[0] for problem in problems_of(Week(tuple(days), False))] == [
        "Saturday",
        "Sunday",
    ]
