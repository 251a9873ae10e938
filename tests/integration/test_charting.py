"""A case is copied to the practice's records as plain text, and marked so."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select

from smsbot.charting import Chart, ChartAct, ChartText, chart_text
from smsbot.models import Case, Event
from smsbot.simulator.people import seed_patients
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.integration.conftest import Browser
from tests.texts import inbound

EMERGENCY = "chest tight since the infusion"


@pytest.fixture
def code(wiring: Wiring, browser: Browser) -> str:
    """The code of an emergency of a known patient, and a nurse at the screen."""
    seed_patients(wiring.db, wiring.vault)
    wiring.intake.receive(inbound(EMERGENCY))
    browser.sign_in()
    return the_case(wiring).code


def the_case(wiring: Wiring) -> Case:
    with wiring.db.reading() as session:
        return session.scalars(select(Case)).one()


def test_the_text_of_a_case_word_for_word() -> None:
    at = datetime(2026, 11, 1, 5, 30, tzinfo=UTC)  # the night in which the clock goes back: 1:30 comes twice
    chart = Chart(
        clinic="Example Psychiatry",
        code="K7F2",
        number="(561) 555-0110",
        patients=("Walter Example, born 1961-03-09, id S-1001",),
        urgency="emergency",
        read_as=("chest pain", "side effect"),
        opened_at=at,
        owner="Nadia",
        texts=(
            ChartText(at, "Patient", "chest tight\nsince 3", attachments=2),
            ChartText(at.replace(hour=6), "Nadia", "Call 911", "arrived"),
            ChartText(at.replace(hour=7), "Patient", ""),
        ),
        acts=(ChartAct(at.replace(hour=7), "Nadia noted:", "sister is there\ndrives her"),),
        outcome="Reached",
        resolved_at=at.replace(hour=8),
        resolver="Nadia",
    )
    zone = ZoneInfo("America/New_York")
    rule = "-" * 60
    assert chart_text(chart, lambda moment: moment.astimezone(zone)) == (
        "Text messages, case K7F2, Example Psychiatry\n"
        "Phone: (561) 555-0110\n"
        "Patient: Walter Example, born 1961-03-09, id S-1001\n"
        "Opened: 2026-11-01 01:30 AM EDT\n"
        "Read as: emergency: chest pain, side effect\n"
        "Taken by: Nadia\n"
        "Resolved: 2026-11-01 03:30 AM EST by Nadia: Reached\n"
        "\n"
        f"Texts\n{rule}\n"
        "2026-11-01 01:30 AM EDT  Patient\n  chest tight\n  since 3\n  [2 attachments]\n"
        "2026-11-01 01:30 AM EST  Nadia (arrived)\n  Call 911\n"
        "2026-11-01 02:30 AM EST  Patient\n  (no words)\n"
        "\n"
        f"What was done\n{rule}\n"
        "2026-11-01 02:30 AM EST  Nadia noted:\n  sister is there\n  drives her\n"
    )


def test_a_case_downloads_as_text_with_what_a_record_needs(browser: Browser, code: str) -> None:
    browser.submit(f"/cases/{code}", f"/cases/{code}/take")
    browser.submit(f"/cases/{code}", f"/cases/{code}/note", note="sister drives her")
    browser.submit(f"/cases/{code}", f"/cases/{code}/reply", words="We call you now")
    answer = browser.get(f"/cases/{code}/chart?download=1")
    assert answer.mimetype == "text/plain"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="case-{code}.txt"'
    for words in (EMERGENCY, "We call you now", "sister drives her", "Walter Example, born 1961-03-09"):
        assert words in answer.text
    assert "10:00 AM EST" in answer.text and "chest pain" in answer.text
    assert "looked" not in answer.text  # who read it is no part of the care


def test_marking_it_is_audited_and_shown_until_something_new_comes(
    wiring: Wiring, browser: Browser, code: str, time: Clock
) -> None:
    assert "Not in the chart yet" in browser.get(f"/cases/{code}").text
    browser.submit(f"/cases/{code}", f"/cases/{code}/chart")
    case = the_case(wiring)
    assert case.charted_at == time.at and case.charted_by
    with wiring.db.reading() as session:
        assert "case_charted" in set(session.scalars(select(Event.kind)))
    page = browser.get(f"/cases/{code}").text
    assert "Copied by Nadia" in page and "copy it again" not in page
    time.forward(minutes=1)
    wiring.intake.receive(inbound("still there?"))
    assert "copy it again" in browser.get(f"/cases/{code}").text


def test_reading_the_text_is_audited_and_the_page_is_there_without_script(
    wiring: Wiring, browser: Browser, code: str
) -> None:
    page = browser.get(f"/cases/{code}/chart/page").text
    assert "<textarea" in page and EMERGENCY in page and "Mark as charted" in page
    with wiring.db.reading() as session:
        assert "case_chart_read" in set(session.scalars(select(Event.kind)))
    assert the_case(wiring).charted_at is None
