"""Trusted phones: a passkey signs in alone, and nothing that only looks like one does."""

from __future__ import annotations

import json
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from smsbot import people
from smsbot.models import Event, Passkey, Staff, StaffSession
from smsbot.people.passkeys import site_of
from smsbot.wiring import Wiring
from tests.conftest import PASSWORD, Clock
from tests.integration.authenticator import Phone
from tests.integration.conftest import Browser


@pytest.fixture
def phone(wiring: Wiring) -> Phone:
    """A phone that nobody trusts yet."""
    return Phone(wiring.settings.public_url)


@pytest.fixture
def trusted(browser: Browser, phone: Phone, time: Clock) -> Phone:
    """The nurse's phone, trusted, and its browser signed out."""
    browser.sign_in()
    assert register(browser, phone).status_code == 200
    browser.submit("/account", "/sign-out")
    time.forward(minutes=1)
    return phone


def register(browser: Browser, phone: Phone, password: str = PASSWORD) -> Any:
    page = "/account/passkeys/new"
    options = browser.submit(page, "/account/passkeys/options", password=password)
    if options.status_code != 200:
        return options
    credential = phone.make(json.loads(options.text))
    return browser.submit(page, "/account/passkeys", credential=credential, name="Nadia's phone")


def ask(browser: Browser) -> dict[str, Any]:
    """The options of the sign-in page."""
    options: dict[str, Any] = json.loads(browser.submit("/sign-in", "/sign-in/passkey/options").text)
    return options


def unlock(browser: Browser, phone: Phone, **fields: str) -> Any:
    credential = phone.answer(ask(browser))
    return browser.submit("/sign-in", "/sign-in/passkey", credential=credential, **fields)


def test_a_trusted_phone_signs_in_alone_and_opens_the_case(
    browser: Browser, trusted: Phone, wiring: Wiring
) -> None:
    response = unlock(browser, trusted, next="/account?from=alert")
    assert response.status_code == 303
    assert response.headers["Location"] == "/account?from=alert"
    assert "By passkey" in browser.get("/account").text
    with wiring.db.reading() as session:
        newest = session.scalars(select(StaffSession).order_by(StaffSession.id.desc())).first()
        assert newest is not None
        assert (newest.how, newest.needs) == ("passkey", None)


def test_the_sign_in_offers_the_passkey_first_where_there_is_one(
    app: Flask, browser: Browser, trusted: Phone, time: Clock
) -> None:
    unlock(browser, trusted)
    time.forward(minutes=16)
    assert "Unlock with this device" in browser.get(browser.get("/").headers["Location"]).text
    elsewhere = Browser(app.test_client()).get("/sign-in").text
    assert "Unlock with this device" not in elsewhere
    assert "Use a passkey" in elsewhere


def test_trusting_a_phone_wants_the_password(browser: Browser, phone: Phone, wiring: Wiring) -> None:
    browser.sign_in()
    refused = register(browser, phone, password="a wrong password")
    assert refused.status_code == 422
    assert "not your password" in refused.json["problem"]
    with wiring.db.reading() as session:
        assert session.scalars(select(Passkey)).all() == []


def test_a_phone_without_a_screen_lock_is_not_trusted(browser: Browser, phone: Phone) -> None:
    browser.sign_in()
    phone.is_verified = False
    assert register(browser, phone).status_code == 422


def _unverified(phone: Phone) -> None:
    phone.is_verified = False


def _elsewhere(phone: Phone) -> None:
    phone.origin = "https://texts.example.net"


def _of_another_site(phone: Phone) -> None:
    phone.host = "example.net"


def _copied(phone: Phone) -> None:
    phone.counter = -1  # a copy whose counter lags behind


def _of_another_person(phone: Phone) -> None:
    phone.handle = "c29tZWJvZHkgZWxzZQ"


def _with_another_key(phone: Phone) -> None:
    phone.key = Phone("").key


WRONG = [_unverified, _elsewhere, _of_another_site, _copied, _of_another_person, _with_another_key]


@pytest.mark.parametrize("spoil", WRONG)
def test_what_only_looks_like_the_passkey_is_refused(
    spoil: Any, browser: Browser, trusted: Phone, wiring: Wiring
) -> None:
    unlock(browser, trusted)
    browser.submit("/account", "/sign-out")
    spoil(trusted)
    assert unlock(browser, trusted).status_code == 401
    assert browser.get("/account").status_code == 303
    with wiring.db.reading() as session:
        assert "passkey_refused" in set(session.scalars(select(Event.kind)))


def test_one_answer_never_works_twice(browser: Browser, trusted: Phone, time: Clock, wiring: Wiring) -> None:
    trusted.counter = -1  # as phones that keep no counter: always 0
    options = ask(browser)
    form = browser.client.get_cookie("smsbot-form")
    assert form is not None
    answer = trusted.answer(options)
    time.forward(seconds=2)
    assert browser.submit("/sign-in", "/sign-in/passkey", credential=answer).status_code == 303
    browser.submit("/account", "/sign-out")
    time.forward(seconds=2)
    browser.client.set_cookie("smsbot-form", form.value)  # the challenge is brought back
    assert browser.submit("/sign-in", "/sign-in/passkey", credential=answer).status_code == 401


def test_a_challenge_goes_stale(browser: Browser, trusted: Phone, time: Clock) -> None:
    answer = trusted.answer(ask(browser))
    time.forward(minutes=6)
    refused = browser.submit("/sign-in", "/sign-in/passkey", credential=answer)
    assert refused.status_code == 401
    assert "took too long" in refused.text


@pytest.mark.parametrize("credential", ["", "{}", "[]", "null", '{"id": "x", "response": 3}', "\ud83d"])
def test_nonsense_is_refused(browser: Browser, credential: str) -> None:
    ask(browser)
    answer = credential.encode("utf-8", "replace").decode()
    assert browser.submit("/sign-in", "/sign-in/passkey", credential=answer).status_code == 401


def test_a_removed_phone_is_signed_out_and_unknown(
    app: Flask, browser: Browser, trusted: Phone, wiring: Wiring
) -> None:
    unlock(browser, trusted)
    desk = Browser(app.test_client())
    unlock(desk, trusted)
    with wiring.db.reading() as session:
        passkey_id = session.scalars(select(Passkey.id)).one()
    assert desk.submit("/account", f"/account/passkeys/{passkey_id}/remove").status_code == 303
    assert browser.get("/account").status_code == 303
    refused = unlock(browser, trusted)
    assert refused.status_code == 401
    assert "not trusted here any more" in refused.text
    assert "Unlock with this device" not in browser.get("/sign-in").text


def test_nobody_removes_a_colleagues_phone(browser: Browser, trusted: Phone, wiring: Wiring) -> None:
    browser.sign_in(email="admin@example.com")
    with wiring.db.reading() as session:
        passkey_id = session.scalars(select(Passkey.id)).one()
    assert browser.submit("/account", f"/account/passkeys/{passkey_id}/remove").status_code == 404


def test_a_disabled_person_is_not_let_in_by_a_passkey(
    browser: Browser, trusted: Phone, wiring: Wiring
) -> None:
    with wiring.db.writing() as session:
        people.disable(session, session.scalars(select(Staff).where(Staff.role == "nurse")).one())
    assert unlock(browser, trusted).status_code == 401


def test_the_password_alone_is_not_enough_beside_a_passkey(browser: Browser, trusted: Phone) -> None:
    assert browser.sign_in().headers["Location"] == "/sign-in/code"
    assert browser.get("/").headers["Location"] == "/sign-in/code"
    assert "Use your passkey" in browser.get("/sign-in/code").text
    assert unlock(browser, trusted).headers["Location"] == "/"
    assert browser.get("/account").status_code == 200


@pytest.mark.parametrize(
    ("url", "origin"),
    [
        ("https://texts.example.com", "https://texts.example.com"),
        ("https://Texts.example.com:443", "https://texts.example.com"),
        ("http://localhost:8080", "http://localhost:8080"),
        ("http://127.0.0.1:8080", None),
        ("https://[::1]:8443", None),
    ],
)
def test_passkeys_belong_to_the_public_address(url: str, origin: str | None) -> None:
    site = site_of(url, "Clinic")
    assert (site.origin if site else None) == origin
