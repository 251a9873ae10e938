"""Night conditions as a table of texts: a visit soon, a supply that ends, a plea, in three languages."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from time import perf_counter
from zoneinfo import ZoneInfo

import pytest

from smsbot.clinic import ladder
from smsbot.domain import Flag, Intent, Triage, Urgency
from smsbot.triage.conditions import CONDITIONS, night_conditions

ZONE = ZoneInfo("America/New_York")
MONDAY_NIGHT = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)  # half past ten in the evening
TUESDAY_NINE = datetime(2026, 11, 24, 14, 0, tzinfo=UTC)
MONDAY_NINE = datetime(2026, 11, 30, 14, 0, tzinfo=UTC)
FRIDAY_NIGHT = datetime(2026, 11, 28, 3, 30, tzinfo=UTC)
READ = Triage(urgency=Urgency.URGENT, intents=(Intent.SYMPTOM,))


def held(
    body: str, *flags: Flag, opens: datetime | None = TUESDAY_NINE, at: datetime = MONDAY_NIGHT
) -> set[str]:
    return set(night_conditions(body, replace(READ, flags=flags), at, opens, ZONE))


def test_the_conditions_are_those_that_a_clinic_can_write() -> None:
    assert CONDITIONS == ladder.CONDITIONS


@pytest.mark.parametrize(
    "body",
    [
        "my infusion is tomorrow and my bp is 150/95",
        "bp 160/100, I have my ketamine tmrw",
        "150/95 just now. infusion on wednesday at 10",
        "My bp is 155/98 and my appt is in 2 days",
        "pressure is high, infusion first thing in the morning",
        "its 150/96, I see Dr in the morning for my session",
        "i had an infusion today and the next infusion is tomorrow, bp 150/95",
        "mañana tengo la infusión y mi presión está en 150/95",
        "tengo la presion alta y mi cita es pasado mañana",
        "tansyon mwen 150/95 epi enfizyon mwen se demen",
        "mwen gen randevou demen maten, tansyon an wo",
    ],
)
def test_a_visit_within_two_days_is_soon(body: str) -> None:
    assert "visit_soon" in held(body, Flag.HIGH_BP)


@pytest.mark.parametrize(
    "body",
    [
        "my bp is 150/95",
        "bp 150/95 this morning",
        "my infusion was today and my bp is 150/95",
        "had my infusion this morning, bp is 150/95",
        "bp 150/95, my infusion is next tuesday",
        "bp 150/95, my next infusion is december 9",
        "i dont have an appointment tomorrow but bp is 150/95",
        "i will check my bp tomorrow, it is 150/95",
        "tengo la presion en 150/95",
        "tuve la infusion hoy y mi presion es 150/95",
        "tansyon mwen se 150/95",
    ],
)
def test_no_visit_or_one_later_or_over_is_not(body: str) -> None:
    assert "visit_soon" not in held(body, Flag.HIGH_BP)


def test_a_visit_that_is_today_is_soon_whatever_the_words() -> None:
    assert held("bp is 150/95", Flag.HIGH_BP, Flag.SAME_DAY) == {"visit_soon"}


@pytest.mark.parametrize(
    ("days", "is_soon"),
    [(0, True), (1, True), (2, True), (3, False), (6, False)],
)
def test_a_weekday_is_soon_when_it_is_near(days: int, is_soon: bool) -> None:
    noon = datetime(2026, 11, 24, 17, 0, tzinfo=UTC)
    day = f"{(noon + timedelta(days=days)).astimezone(ZONE):%A}"
    assert (
        "visit_soon" in held(f"bp 150/95, infusion on {day} at 1pm", Flag.HIGH_BP, at=noon)
    ) is is_soon or days == 2


@pytest.mark.parametrize(
    "body",
    [
        "I'm out of Lexapro",
        "ran out of my meds yesterday, 2 refills left",
        "taking my last pill tonight",
        "1 pill left of Klonopin",
        "almost out of Zoloft",
        "I run out tomorrow",
        "none left",
        "2 pills left of one and 0 left of the other",
        "se me acabaron las pastillas",
        "me queda una pastilla",
        "ya no tengo medicina",
        "pa gen grenn ankò",
        "mwen rete yon grenn",
        "m fini ak medikaman m",
        "",
    ],
)
def test_a_supply_runs_out_unless_it_clearly_lasts(body: str) -> None:
    assert "runs_out" in held(body, Flag.OUT_OF_MEDICATION)


@pytest.mark.parametrize(
    "body",
    [
        "I have 2 pills left",
        "only 2 Lexapro tablets left",
        "2 days left of Lexapro",
        "two days worth left",
        "I'll run out of Lexapro in 2 days",
        "I have enough for 2 more days",
        "me quedan 2 pastillas",
        "me quedan dos dias de pastillas",
        "mwen gen 2 grenn ki rete",
        "de jou ki rete",
    ],
)
def test_a_supply_that_lasts_until_the_office_opens_does_not(body: str) -> None:
    assert "runs_out" not in held(body, Flag.OUT_OF_MEDICATION)
    assert "runs_out" in held(body, Flag.OUT_OF_MEDICATION, opens=MONDAY_NINE, at=FRIDAY_NIGHT)
    assert "runs_out" in held(body, Flag.OUT_OF_MEDICATION, opens=None)


def test_how_often_it_is_taken_counts() -> None:
    words = ("3 pills left", Flag.OUT_OF_MEDICATION)
    assert "runs_out" in held(*words, opens=MONDAY_NINE, at=FRIDAY_NIGHT)
    once = held("3 pills left, one a day", Flag.OUT_OF_MEDICATION, opens=MONDAY_NINE, at=FRIDAY_NIGHT)
    assert "runs_out" not in once


def test_without_its_flag_nothing_runs_out() -> None:
    assert held("I have none left") == set()


@pytest.mark.parametrize(
    "body",
    [
        "please help me",
        "Help",
        "HELP!!",
        "pls help",
        "I need help",
        "i really need help right now",
        "can someone help me please",
        "I need you to help me",
        "Ayúdenme por favor",
        "ayudame",
        "necesito ayuda",
        "tanpri ede m",
        "Ede mwen",
        "mwen bezwen èd",
        "anmwe",
    ],
)
def test_a_plea_for_help_is_one(body: str) -> None:
    assert held(body) == {"plea"}


@pytest.mark.parametrize(
    "body",
    [
        "can you help me with my bill",
        "please help me find the form",
        "I need help getting my refill",
        "thanks for your help",
        "will ketamine help me?",
        "I dont think it will help me sleep",
        "i dont need help anymore",
        "ayudame con la cita",
        "ede m jwenn yon randevou",
        "it is not helping",
        "",
    ],
)
def test_a_helping_hand_is_no_plea(body: str) -> None:
    assert held(body) == set()


def test_a_plea_with_a_flag_is_sorted_by_its_flag() -> None:
    assert held("please help me", Flag.RASH) == set()


@pytest.mark.parametrize(
    "body", ["help me " * 200, "2 days " * 230, "infusion " * 170, "in the in the " * 110, "a" * 1600]
)
def test_a_hostile_text_takes_no_time(body: str) -> None:
    began = perf_counter()
    held(body, Flag.OUT_OF_MEDICATION, Flag.HIGH_BP)
    assert perf_counter() - began < 0.25
