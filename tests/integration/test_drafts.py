"""A reply that somebody has begun is not lost, and what was sent does not come back as a draft."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from smsbot.models import Case, Draft, Staff
from smsbot.wiring import Wiring
from tests.integration.conftest import Browser
from tests.texts import inbound

WORDS = "It’s 561-555-0199 – call any"


@pytest.fixture
def code(wiring: Wiring) -> str:
    """The code of an open case."""
    wiring.intake.receive(inbound("whats your fax number"))
    with wiring.db.reading() as session:
        return session.scalars(select(Case.code)).one()


def drafts(wiring: Wiring) -> list[Draft]:
    with wiring.db.reading() as session:
        return list(session.scalars(select(Draft)))


def type_words(browser: Browser, code: str, words: str) -> None:
    """What the script of the page sends a second after the last key."""
    assert browser.submit(f"/cases/{code}", f"/cases/{code}/draft", words=words).status_code == 204


def test_a_draft_is_kept_sealed_and_stands_in_the_form_again(
    browser: Browser, code: str, wiring: Wiring
) -> None:
    browser.sign_in()
    type_words(browser, code, "It is")
    type_words(browser, code, WORDS)
    (draft,) = drafts(wiring)
    assert draft.body == WORDS and b"0199" not in draft.body_sealed
    assert WORDS in browser.get(f"/cases/{code}").text


def test_a_draft_is_its_writers_alone(app: Flask, browser: Browser, code: str, wiring: Wiring) -> None:
    browser.sign_in()
    type_words(browser, code, WORDS)
    with wiring.db.reading() as session:
        email = session.scalars(select(Staff).where(Staff.role != "nurse")).first().email  # type: ignore[union-attr]
    other = Browser(app.test_client())
    other.sign_in(email=email)
    assert WORDS not in other.get(f"/cases/{code}").text


def test_an_emptied_draft_goes(browser: Browser, code: str, wiring: Wiring) -> None:
    browser.sign_in()
    type_words(browser, code, WORDS)
    type_words(browser, code, "  ")
    assert drafts(wiring) == []


def test_a_sent_reply_leaves_no_draft_even_when_the_last_note_comes_late(
    browser: Browser, code: str, wiring: Wiring
) -> None:
    browser.sign_in()
    type_words(browser, code, WORDS)
    browser.submit(f"/cases/{code}", f"/cases/{code}/reply", words=WORDS)
    assert drafts(wiring) == []
    type_words(browser, code, WORDS)
    assert drafts(wiring) == []
    type_words(browser, code, WORDS + " time")
    assert len(drafts(wiring)) == 1
