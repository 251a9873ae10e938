"""A staff member writes to the patient of a case."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from smsbot.domain import Consent
from smsbot.models import Case, CaseState, Contact, Dispatch, Message, Staff
from smsbot.wiring import Wiring
from tests.integration.conftest import Browser
from tests.texts import WALT, inbound


@pytest.fixture
def code(wiring: Wiring) -> str:
    """The code of an open case."""
    wiring.intake.receive(inbound("whats your fax number"))
    with wiring.db.reading() as session:
        return session.scalars(select(Case.code)).one()


def written(wiring: Wiring) -> list[tuple[Message, Dispatch, str]]:
    """What staff wrote, what it owes, and who wrote it."""
    with wiring.db.reading() as session:
        query = select(Message, Dispatch, Staff.email_sealed, Staff)
        query = query.join(Dispatch, Dispatch.message_id == Message.id).join(
            Staff, Staff.id == Message.author
        )
        return [(row.Message, row.Dispatch, row.Staff.email) for row in session.execute(query)]


def test_a_reply_is_owed_to_the_patient_and_takes_the_case(
    wiring: Wiring, browser: Browser, code: str
) -> None:
    browser.sign_in()
    answer = browser.submit(f"/cases/{code}", f"/cases/{code}/reply", words="It’s 561-555-0199 – anytime")
    assert answer.headers["Location"] == f"/cases/{code}"
    ((message, dispatch, author),) = written(wiring)
    assert (dispatch.recipient, dispatch.body) == (WALT, "It's 561-555-0199 - anytime")
    assert (dispatch.route, dispatch.state, dispatch.purpose) == ("rest", "pending", "reply")
    assert (message.body, message.direction, author) == (dispatch.body, "out", "nurse@example.com")
    with wiring.db.reading() as session:
        case = session.scalars(select(Case)).one()
    assert case.state == CaseState.TAKEN and case.acted_at is not None
    assert "It&#39;s 561-555-0199" in browser.get(f"/cases/{code}").text


def test_a_reply_to_who_has_opted_out_is_refused_and_its_words_are_kept(
    wiring: Wiring, browser: Browser, code: str
) -> None:
    browser.sign_in()
    page = browser.get(f"/cases/{code}")
    assert "/reply" in page.text
    with wiring.db.writing() as session:
        session.scalars(select(Contact)).one().consent = Consent.OPTED_OUT
    answer = browser.submit("/", f"/cases/{code}/reply", words="are you there?")
    assert answer.status_code == 422
    assert "opted out" in answer.text
    assert written(wiring) == []
    assert "/reply" not in browser.get(f"/cases/{code}").text


@pytest.mark.parametrize(("words", "says"), [("  ", "nothing to send"), ("x" * 1001, "Too long")])
def test_what_cannot_be_sent_comes_back(
    wiring: Wiring, browser: Browser, code: str, words: str, says: str
) -> None:
    browser.sign_in()
    answer = browser.submit(f"/cases/{code}", f"/cases/{code}/reply", words=words)
    assert answer.status_code == 422
    assert says in answer.text and (words.strip() in answer.text)
    assert written(wiring) == []
    with wiring.db.reading() as session:
        assert session.scalars(select(Case)).one().state == CaseState.OPEN  # nobody has taken it by that


def test_a_reply_in_an_emergency_is_the_word_of_a_person_and_no_robot_adds_to_it(
    wiring: Wiring, browser: Browser
) -> None:
    wiring.intake.receive(inbound("chest tight since the infusion"))
    with wiring.db.reading() as session:
        code = session.scalars(select(Case.code)).one()
    browser.sign_in()
    browser.submit(
        f"/cases/{code}", f"/cases/{code}/reply", words="Nadia here. Call 911 now, we call you too."
    )
    with wiring.db.reading() as session:
        assert session.scalars(select(Case)).one().state == CaseState.TAKEN
        keys = [one.reply_keys for one in session.scalars(select(Message).where(Message.direction == "out"))]
    assert ["follow.taken"] not in keys


def test_a_reply_needs_a_case(browser: Browser, code: str) -> None:
    browser.sign_in()
    assert browser.submit(f"/cases/{code}", "/cases/ZZZZ/reply", words="hi").status_code == 404
