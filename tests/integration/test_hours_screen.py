"""The screen of the hours: closing before a storm, the pause, the table of the week, and the way back."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from smsbot.models import ClinicChange, Event
from smsbot.twilio import twiml
from smsbot.wiring import Wiring, build
from tests.conftest import Clock
from tests.integration.conftest import Browser
from tests.texts import inbound

HOURS = "/administration/hours"


@pytest.fixture
def admin(browser: Browser) -> Browser:
    """Signed in as the administrator."""
    browser.sign_in("admin@example.com")
    return browser


def week(**days: str) -> dict[str, str]:
    """The fields of the table: Mo="09:00-12:00,13:00-17:00"."""
    names = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
    fields = {"how": "table", "country": "US"}
    for name, spans in days.items():
        for part, span in enumerate(spans.split(",")):
            start, end = span.split("-")
            fields |= {f"from-{names.index(name)}-{part}": start, f"to-{names.index(name)}-{part}": end}
    return fields


def test_closed_until_thursday_is_told_to_the_next_patient_and_to_staff(
    wiring: Wiring, admin: Browser, time: Clock
) -> None:
    time.forward(days=7)  # an ordinary week
    admin.sign_in("admin@example.com")
    answer = admin.submit(HOURS, f"{HOURS}/close", until="2026-12-03T09:00", note="A storm")
    assert answer.status_code == 303
    page = admin.get(HOURS).text
    assert "The office is closed until Thu 9 AM" in page and "A storm" in page
    routine = wiring.intake.receive(inbound("whats your fax number"))
    assert routine and "by Thursday 5 PM" in routine
    urgent = wiring.intake.receive(inbound("i ran out of my lamotrigine yesterday", sender="+15615550111"))
    assert urgent and "from Thursday 9 AM" in urgent


def test_opening_again_takes_it_back_at_once(wiring: Wiring, admin: Browser) -> None:
    admin.submit(HOURS, f"{HOURS}/close", until="2026-11-25T09:00")
    assert not wiring.clinic.office_at(inbound("x").received_at).is_open
    assert admin.submit(HOURS, f"{HOURS}/open").status_code == 303
    assert wiring.clinic.office_at(inbound("x").received_at).is_open


def test_a_time_that_is_over_is_refused_and_what_was_typed_stays(wiring: Wiring, admin: Browser) -> None:
    answer = admin.submit(
        HOURS, f"{HOURS}/close", until="other", until_other="2026-11-20T09:00", note="Storm"
    )
    assert answer.status_code == 422
    assert "That time is over already" in answer.text and "2026-11-20T09:00" in answer.text
    assert wiring.clinic.closing is None


def test_the_pause_leaves_crisis_replies_and_nothing_else(wiring: Wiring, admin: Browser) -> None:
    assert admin.submit(HOURS, f"{HOURS}/pause").status_code == 303
    assert wiring.intake.receive(inbound("whats your fax number")) == twiml.NO_REPLY
    crisis = wiring.intake.receive(inbound("i want to kill myself", sender="+15615550111"))
    assert crisis and "988" in crisis
    page = admin.get(HOURS).text
    assert "Automatic replies are paused" in page and "Ada" in page
    admin.submit(HOURS, f"{HOURS}/resume")
    told = wiring.intake.receive(inbound("whats your fax number", sender="+15615550112"))
    assert told and "We got your message" in told


def test_the_table_of_the_week_becomes_hours_and_settles_the_example(wiring: Wiring, admin: Browser) -> None:
    assert "hours" in wiring.clinic.examples
    fields = week(Mo="08:00-12:00,13:00-17:00", Sa="10:00-12:00") | {"closed_on_holidays": "yes"}
    assert admin.submit(HOURS, f"{HOURS}/week", **fields).status_code == 303
    assert wiring.clinic.hours == "Mo 08:00-12:00,13:00-17:00; Sa 10:00-12:00; PH off"
    assert wiring.clinic.examples == ("office_phone",)
    assert 'value="08:00"' in admin.get(HOURS).text


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        (week(Mo="17:00-09:00"), "Monday: “to” must be later than “from”"),
        ({"how": "table"}, "never be open"),
        ({"how": "text", "hours": "Mo-Fr whenever", "holidays": "none"}, "cannot be read from character"),
        ({"how": "text", "hours": "Mo-Fr 09:00-17:00; PH off", "holidays": "XQ"}, "is no country"),
    ],
)
def test_hours_that_cannot_be_are_refused_in_plain_words(
    wiring: Wiring, admin: Browser, fields: dict[str, str], says: str
) -> None:
    answer = admin.submit(HOURS, f"{HOURS}/week", **fields)
    assert answer.status_code == 422 and says in answer.text
    assert wiring.clinic.hours == "Mo-Fr 09:00-17:00; PH off"


def test_a_closed_day_comes_and_goes_and_the_history_leads_back(wiring: Wiring, admin: Browser) -> None:
    admin.submit(HOURS, f"{HOURS}/closed-days", day="2026-11-24", reason="Training")
    page = admin.get(HOURS).text
    assert "Training" in page and "Tue Nov 24, 2026" in page
    admin.submit(HOURS, f"{HOURS}/closed-days", remove="2026-11-24")
    assert wiring.clinic.closed == ()
    with wiring.db.reading() as session:
        first = session.scalars(select(ClinicChange).order_by(ClinicChange.at)).first()
        assert first is not None
    assert admin.submit(HOURS, f"{HOURS}/back", name="closed_days", change=first.id).status_code == 303
    assert [f"{day}" for day in wiring.clinic.closed] == ["2026-11-24"]
    admin.submit(HOURS, f"{HOURS}/back", name="closed_days")
    assert wiring.clinic.closed == ()
    with wiring.db.reading() as session:
        kinds = list(session.scalars(select(Event.kind).where(Event.kind == "clinic_changed")))
    assert len(kinds) == 4


def test_others_look_and_do_not_touch(wiring: Wiring, browser: Browser) -> None:
    browser.sign_in("nurse@example.com")
    page = browser.get(HOURS)
    assert page.status_code == 200 and "Administrators change what is on it" in page.text
    assert f"{HOURS}/close" not in page.text and f"{HOURS}/pause" not in page.text
    for path in ("close", "open", "pause", "resume", "week", "closed-days", "back"):
        assert browser.submit("/", f"{HOURS}/{path}", until="2026-12-03T09:00").status_code == 403
    assert wiring.clinic.closing is None


def test_another_process_knows_within_a_second(wiring: Wiring, admin: Browser) -> None:
    other = build(wiring.settings, wiring.engine)
    assert other.clinic.replies == "all"
    admin.submit(HOURS, f"{HOURS}/pause")
    other.living._fresh_until = 0.0  # a second has passed
    assert other.clinic.replies == "crisis"
    other.close()
