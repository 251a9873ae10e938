"""Closed until …, whatever the hours say: when the office opens, when it closed, by when somebody looks."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

import pytest

from smsbot.clinic import Amended, Clinic, Closing, load_clinic
from smsbot.domain import Urgency

CLINIC = load_clinic(None)  # Mo-Fr 09:00-17:00; PH off


def at(text: str) -> datetime:
    """A wall time of the sample clinic, aware."""
    return datetime.fromisoformat(text).replace(tzinfo=CLINIC.zone)


def closed(begins: str, until: str) -> Clinic:
    amended = Amended(closing=Closing(at(begins), at(until)))
    return replace(CLINIC, living=lambda: amended)


STORM = closed("2026-11-30T10:00", "2026-12-03T09:00")  # Monday to Thursday


@pytest.mark.parametrize(
    ("begins", "until", "opens"),
    [
        ("2026-11-30T10:00", "2026-12-03T09:00", "2026-12-03T09:00"),
        ("2026-11-30T10:00", "2026-12-03T07:00", "2026-12-03T09:00"),  # the hours begin later
        ("2026-11-30T10:00", "2026-12-03T11:30", "2026-12-03T11:30"),  # they have begun already
        ("2026-11-30T10:00", "2026-12-05T09:00", "2026-12-07T09:00"),  # a Saturday
        ("2026-11-30T10:00", "2026-11-30T13:00", "2026-11-30T13:00"),  # the same day
    ],
)
def test_a_closed_office_opens_when_both_the_closing_and_the_hours_say_so(
    begins: str, until: str, opens: str
) -> None:
    office = closed(begins, until).office_at(at("2026-11-30T10:00"))
    assert (office.is_open, office.opens_at) == (False, at(opens))


@pytest.mark.parametrize(
    ("now", "is_open", "edge"),
    [
        ("2026-11-30T09:30", True, "2026-11-30T10:00"),  # still open: until the closing
        ("2026-12-03T08:59", False, "2026-12-03T09:00"),
        ("2026-12-03T09:00", True, "2026-12-03T17:00"),  # over: the hours alone
    ],
)
def test_before_and_after_a_closing_the_hours_hold(now: str, is_open: bool, edge: str) -> None:
    office = STORM.office_at(at(now))
    assert office.is_open is is_open
    assert (office.closes_at if is_open else office.opens_at) == at(edge)


def test_a_closing_counts_as_the_end_of_the_opening() -> None:
    assert STORM.closed_since(at("2026-12-01T12:00")) == at("2026-11-30T10:00")
    night = closed("2026-11-30T20:00", "2026-12-03T09:00")
    assert night.closed_since(at("2026-12-01T12:00")) == at("2026-11-30T17:00")
    assert STORM.closed_since(at("2026-12-03T09:30")) is None


def test_what_can_wait_waits_for_the_day_after_the_closing() -> None:
    assert STORM.look_by(Urgency.ROUTINE, at("2026-11-30T10:30")) == at("2026-12-03T17:00")


def test_an_office_that_never_closes_is_closed_all_the_same() -> None:
    always = replace(STORM, living=lambda: Amended(closing=STORM.closing, calendar=_always()))
    office = always.office_at(at("2026-12-01T03:00"))
    assert (office.is_open, office.opens_at) == (False, at("2026-12-03T09:00"))
    assert always.office_at(at("2026-12-03T09:00")).is_open


def _always():  # type: ignore[no-untyped-def]
    from opening_hours import OpeningHours

    return OpeningHours("24/7", auto_country=False, auto_timezone=False)


def test_a_change_holds_in_a_profile_that_was_handed_out_before() -> None:
    held = Amended()
    clinic = replace(CLINIC, living=lambda: held)
    handed = replace(clinic, night_cover=True)
    assert handed.replies == "all"
    held = Amended(replies="crisis", hours="Sa 10:00-12:00")
    assert (handed.replies, handed.hours, clinic.replies) == ("crisis", "Sa 10:00-12:00", "crisis")
    assert CLINIC.replies == "all"
