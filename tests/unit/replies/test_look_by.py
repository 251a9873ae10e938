"""The time that is told: by when a person must have looked, where that can be said honestly."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from opening_hours import OpeningHours

from smsbot.clinic import Clinic, load_clinic
from smsbot.domain import Reply, Urgency
from smsbot.replies import load_wording, render
from smsbot.replies.segments import is_gsm

CLINIC = load_clinic(None)
WORDING = load_wording(None, CLINIC.languages)
NEUTRAL = (Reply("received.neutral", times=True),)
TUESDAY = "2026-12-01T10:00"


def at(moment: str) -> datetime:
    return datetime.fromisoformat(moment).replace(tzinfo=CLINIC.zone)


def said(
    now: str,
    look_by: datetime | None,
    language: str = "en",
    clinic: Clinic = CLINIC,
    key: str = "received.neutral",
) -> str:
    moment = at(now)
    office = clinic.office_at(moment)
    replies = (Reply(key, times=True),)
    return render(WORDING, replies, (language,), office, clinic, now=moment, look_by=look_by)


@pytest.mark.parametrize(
    ("now", "language", "sentence"),
    [
        (TUESDAY, "en", "We aim to read it by Wednesday 5 PM."),
        ("2026-12-01T07:00", "en", "We aim to read it today by 5 PM."),
        ("2026-12-04T18:00", "en", "We aim to read it by Monday 5 PM."),
        ("2026-11-25T10:00", "en", "We aim to read it by Friday 5 PM."),  # Thanksgiving in between
        ("2026-10-30T18:00", "en", "We aim to read it by Monday 5 PM."),  # the clocks go back in between
        (TUESDAY, "es", "Esperamos leerlo antes de las 5 PM del miércoles."),
        ("2026-12-01T07:00", "es", "Esperamos leerlo hoy antes de las 5 PM."),
        (TUESDAY, "ht", "Nou espere li l anvan mèkredi a 5 PM."),
    ],
)
def test_a_routine_matter_is_told_by_when_a_person_must_have_looked(
    now: str, language: str, sentence: str
) -> None:
    text = said(now, CLINIC.look_by(Urgency.ROUTINE, at(now)), language)
    assert sentence in text and is_gsm(text)


@pytest.mark.parametrize("urgency", [Urgency.URGENT, Urgency.EMERGENCY])
@pytest.mark.parametrize(
    ("now", "sentence"),
    [(TUESDAY, "We read texts today until 5 PM."), ("2026-12-04T22:00", "We read texts from Monday 9 AM.")],
)
def test_minutes_are_never_told(urgency: Urgency, now: str, sentence: str) -> None:
    look_by = CLINIC.look_by(urgency, at(now) + timedelta(seconds=20))  # written a moment later
    assert sentence in said(now, look_by)


def test_a_time_that_has_passed_is_not_told() -> None:
    assert "We read texts today until 5 PM." in said(TUESDAY, at("2026-11-30T17:00"))


def test_without_one_the_hours_are_told() -> None:
    assert said(TUESDAY, None) == "We got your message. We read texts today until 5 PM."


def test_no_time_is_told_when_the_clinic_does_not_want_it() -> None:
    quiet = replace(CLINIC, say_when_read=False)
    assert said(TUESDAY, at("2026-12-02T17:00"), clinic=quiet) == "We got your message."


def test_more_than_six_days_ahead_is_a_date_and_midnight_the_evening_before() -> None:
    assert "by December 9, 5 PM." in said("2026-12-02T10:00", at("2026-12-09T17:00"))
    assert "by Friday 11:59 PM." in said("2026-12-02T10:00", at("2026-12-05T00:00"))


def test_a_saturday_in_spanish_stays_cheap_where_a_text_is_long() -> None:
    saturdays = replace(
        CLINIC, calendar=OpeningHours("Sa 09:00-13:00", auto_country=False, auto_timezone=False)
    )
    text = said("2026-12-01T10:00", at("2026-12-05T13:00"), "es", saturdays, "received.appointment")
    assert "antes de la 1 PM del 5 de diciembre" in text and is_gsm(text)


def test_hours_without_an_end_are_told_the_day_after() -> None:
    always = replace(CLINIC, calendar=OpeningHours("24/7", auto_country=False, auto_timezone=False))
    text = said(TUESDAY, always.look_by(Urgency.ROUTINE, at(TUESDAY)), clinic=always)
    assert "by Wednesday 10 AM." in text
