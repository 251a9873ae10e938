"""Two people in one case: they see each other, and what became of it meanwhile."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import select

from smsbot.models import Case, Staff, Viewing
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.integration.conftest import Browser
from tests.texts import inbound


@pytest.fixture
def code(wiring: Wiring) -> str:
    """The code of an open case."""
    wiring.intake.receive(inbound("whats your fax number"))
    with wiring.db.reading() as session:
        return session.scalars(select(Case.code)).one()


@pytest.fixture
def other(app: Flask, wiring: Wiring) -> tuple[Browser, str]:
    """The browser of a second person, and their name."""
    with wiring.db.reading() as session:
        person = session.scalars(select(Staff).where(Staff.role != "nurse")).first()
        assert person is not None
        found = Browser(app.test_client())
        found.sign_in(email=person.email)
        return found, person.name


def shown(page: str, name: str) -> str:
    """A hidden field of the page's presence form."""
    form = page.split('id="presence"')[1].split("</form>")[0]
    return form.split(f'name="{name}" value="')[1].split('"')[0]


def poll(browser: Browser, code: str, page: str, **more: str) -> tuple[int, str]:
    """What the page's own poll gets."""
    fields = {name: shown(page, name) for name in ("csrf_token", "seen", "owner", "state")} | more
    answer = browser.client.post(f"/cases/{code}/presence?poll=1", data=fields)
    return answer.status_code, answer.text


def test_two_people_see_each_other_and_who_writes(
    browser: Browser, other: tuple[Browser, str], code: str, time: Clock
) -> None:
    browser.sign_in()
    page = browser.get(f"/cases/{code}").text
    assert poll(browser, code, page)[1].count("is here") == 0
    theirs = other[0].get(f"/cases/{code}").text
    assert "is here" in theirs  # without any script: whoever was there before
    assert f"{other[1]} is here" in poll(browser, code, page)[1]
    poll(other[0], code, theirs, writing="1")
    assert f"{other[1]} is writing a reply" in poll(browser, code, page)[1]


def test_who_is_silent_for_ten_seconds_or_leaves_is_gone(
    browser: Browser, other: tuple[Browser, str], code: str, time: Clock, wiring: Wiring
) -> None:
    browser.sign_in()
    page = browser.get(f"/cases/{code}").text
    theirs = other[0].get(f"/cases/{code}").text
    time.forward(seconds=9)
    assert other[1] in poll(browser, code, page)[1]
    time.forward(seconds=2)
    assert other[1] not in poll(browser, code, page)[1]
    poll(other[0], code, theirs)
    assert other[1] in poll(browser, code, page)[1]
    poll(other[0], code, theirs, leaving="1")
    assert other[1] not in poll(browser, code, page)[1]
    with wiring.db.reading() as session:
        assert len(session.scalars(select(Viewing)).all()) == 1


def test_a_new_text_is_told_and_the_same_is_not_told_twice(
    browser: Browser, code: str, wiring: Wiring, time: Clock
) -> None:
    browser.sign_in()
    page = browser.get(f"/cases/{code}").text
    time.forward(seconds=3)
    wiring.intake.receive(inbound("and the address please"))
    status, said = poll(browser, code, page)
    assert status == 200 and "A new text arrived." in said
    assert f'hx-get="/cases/{code}"' in said
    mark = said.split('name="told" value="')[1].split('"')[0]
    assert poll(browser, code, page, told=mark) == (204, "")
    fresh = browser.get(f"/cases/{code}").text
    assert "A new text arrived" not in poll(browser, code, fresh)[1]


def test_who_took_it_or_replied_meanwhile_is_named_before_one_sends(
    browser: Browser, other: tuple[Browser, str], code: str
) -> None:
    browser.sign_in()
    page = browser.get(f"/cases/{code}").text
    theirs = other[0].submit(f"/cases/{code}", f"/cases/{code}/take")
    assert theirs.status_code == 303
    assert f"{other[1]} has this case now." in poll(browser, code, page)[1]
    other[0].submit(f"/cases/{code}", f"/cases/{code}/reply", words="It is 561-555-0199")
    assert f"{other[1]} replied to the patient." in poll(browser, code, page)[1]


def test_polling_keeps_nobody_signed_in(browser: Browser, code: str, time: Clock) -> None:
    browser.sign_in()
    page = browser.get(f"/cases/{code}").text
    for _ in range(16):
        time.forward(minutes=1)
        status, _said = poll(browser, code, page)
    assert status == 303


def test_a_poll_writes_at_most_every_five_seconds(
    browser: Browser, code: str, time: Clock, wiring: Wiring
) -> None:
    browser.sign_in()
    page = browser.get(f"/cases/{code}").text

    def seen_at() -> object:
        with wiring.db.reading() as session:
            return session.scalars(select(Viewing.seen_at)).one()

    before = seen_at()
    time.forward(seconds=3)
    poll(browser, code, page)
    assert seen_at() == before
    time.forward(seconds=3)
    poll(browser, code, page)
    assert seen_at() != before
