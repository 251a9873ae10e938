"""The second factor: codes of an app, recovery codes, and a live home that wants one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select

from smsbot import people
from smsbot.models import Event, RecoveryCode, SignInFailure, Staff, StaffSession
from smsbot.models.people import Role
from smsbot.web import create_app
from smsbot.web.policy import Policy, policy_of
from smsbot.wiring import Wiring
from tests.conftest import PASSWORD, Clock
from tests.integration.conftest import Browser


@pytest.fixture
def live(wiring: Wiring) -> Iterator[Browser]:
    """A browser at the same home, run as a live one."""
    settings = replace(wiring.settings, account_sid="AC" + "a" * 32)
    yield Browser(create_app(replace(wiring, settings=settings)).test_client())


def nurse(wiring: Wiring) -> Staff:
    with wiring.db.reading() as session:
        person = session.scalars(select(Staff).where(Staff.role == "nurse")).one()
        _ = person.totp  # opened while we are here
        return person


def code(wiring: Wiring, time: Clock, steps: int = 0) -> str:
    return pyotp.TOTP(nurse(wiring).totp).at(int(time.at.timestamp()) + 30 * steps)


def set_up_app(browser: Browser, wiring: Wiring, time: Clock) -> list[str]:
    """Turn the app on; the recovery codes."""
    page = "/account/authenticator"
    assert browser.submit(page, f"{page}/start", password=PASSWORD).status_code == 303
    shown = browser.submit(page, page, code=code(wiring, time))
    assert shown.status_code == 200
    time.forward(seconds=60)
    return re.findall(r"<code>([a-z2-9]{5}-[a-z2-9]{5})</code>", shown.text)


def half_signed_in(app: Flask) -> Browser:
    browser = Browser(app.test_client())
    browser.sign_in(next="/account")
    return browser


def test_an_app_is_asked_for_after_the_password(
    app: Flask, browser: Browser, wiring: Wiring, time: Clock
) -> None:
    browser.sign_in()
    codes = set_up_app(browser, wiring, time)
    assert len(set(codes)) == 10
    other = Browser(app.test_client())
    assert other.sign_in(next="/account").headers["Location"] == "/sign-in/code"
    response = other.submit("/sign-in/code", "/sign-in/code", code=code(wiring, time))
    assert response.headers["Location"] == "/account"
    assert "By password and code" in other.get("/account").text


def test_half_a_sign_in_opens_no_page(app: Flask, browser: Browser, wiring: Wiring, time: Clock) -> None:
    browser.sign_in()
    set_up_app(browser, wiring, time)
    half = half_signed_in(app)
    closed = {Policy.STAFF, Policy.SETUP}
    for rule in app.url_map.iter_rules():
        if policy_of(app, rule.endpoint) in closed and "GET" in (rule.methods or ()) and not rule.arguments:
            assert half.get(rule.rule).headers.get("Location") == "/sign-in/code", rule.rule
    assert "Sign out" not in half.get("/sign-in/code").text
    refreshing = half.get("/?poll=1", headers={"HX-Request": "true"})
    assert (refreshing.status_code, refreshing.headers["HX-Redirect"]) == (401, "/sign-in/code")


@pytest.mark.parametrize(("steps", "status"), [(-2, 401), (-1, 303), (0, 303), (1, 303), (2, 401)])
def test_a_clock_may_be_one_step_off(
    steps: int, status: int, app: Flask, browser: Browser, wiring: Wiring, time: Clock
) -> None:
    browser.sign_in()
    set_up_app(browser, wiring, time)
    time.forward(seconds=60)
    typed = code(wiring, time, steps)
    half = half_signed_in(app)
    assert (
        half.submit("/sign-in/code", "/sign-in/code", code=f"{typed[:3]} {typed[3:]}").status_code == status
    )


def test_a_code_works_once(app: Flask, browser: Browser, wiring: Wiring, time: Clock) -> None:
    browser.sign_in()
    set_up_app(browser, wiring, time)
    typed = code(wiring, time)
    first, second = half_signed_in(app), half_signed_in(app)
    assert first.submit("/sign-in/code", "/sign-in/code", code=typed).status_code == 303
    refused = second.submit("/sign-in/code", "/sign-in/code", code=typed)
    assert refused.status_code == 401
    assert "was used already" in refused.text


def test_a_recovery_code_stands_in_once(app: Flask, browser: Browser, wiring: Wiring, time: Clock) -> None:
    browser.sign_in()
    kept = set_up_app(browser, wiring, time)[3]
    for status, typed in ((303, kept.upper().replace("-", " ")), (401, kept)):
        half = half_signed_in(app)
        assert half.submit("/sign-in/recovery", "/sign-in/recovery", code=typed).status_code == status
    with wiring.db.reading() as session:
        assert all(kept not in row.code_index for row in session.scalars(select(RecoveryCode)))
    assert "9 left" in browser.get("/account").text
    fresh = browser.submit("/account/recovery-codes", "/account/recovery-codes", password=PASSWORD).text
    assert kept not in fresh
    assert "10 left" in browser.get("/account").text


def test_wrong_codes_slow_down_from_everywhere_and_never_lock_out(
    app: Flask, browser: Browser, wiring: Wiring, time: Clock
) -> None:
    browser.sign_in()
    codes = set_up_app(browser, wiring, time)
    for page in ("/sign-in/code", "/sign-in/code", "/sign-in/recovery"):
        assert half_signed_in(app).submit(page, page, code="000000").status_code == 401
    half = half_signed_in(app)
    for page, typed in (("/sign-in/code", code(wiring, time)), ("/sign-in/recovery", codes[0])):
        slowed = half.submit(page, page, code=typed)
        assert slowed.status_code == 429
        assert "Wait 1 second," in slowed.text.replace("Wait 2 seconds,", "Wait 1 second,")
    time.forward(seconds=31)
    page = "/sign-in/code"
    assert half.submit(page, page, code=code(wiring, time)).status_code == 303


def test_the_app_is_not_on_before_a_code_proved_it(app: Flask, browser: Browser, wiring: Wiring) -> None:
    browser.sign_in()
    page = "/account/authenticator"
    browser.submit(page, f"{page}/start", password=PASSWORD)
    shown = browser.get(page).text
    assert "<svg" in shown
    assert "style=" not in shown
    assert nurse(wiring).totp in shown.replace(" ", "")
    assert browser.submit(page, page, code="000000").status_code == 422
    assert Browser(app.test_client()).sign_in().headers["Location"] == "/"


def test_turning_the_app_off_wants_the_password(browser: Browser, wiring: Wiring, time: Clock) -> None:
    browser.sign_in()
    set_up_app(browser, wiring, time)
    page = "/account/authenticator"
    assert browser.submit(page, f"{page}/off", password="wrong password").status_code == 422
    assert browser.submit(page, f"{page}/off", password=PASSWORD).status_code == 303
    assert nurse(wiring).totp is None
    with wiring.db.reading() as session:
        assert session.scalars(select(RecoveryCode)).all() == []


def test_a_live_home_wants_a_second_factor_before_anything_else(
    live: Browser, wiring: Wiring, time: Clock
) -> None:
    assert live.sign_in(next="/account").headers["Location"] == "/sign-in/set-up"
    app = live.client.application
    for rule in app.url_map.iter_rules():
        if policy_of(app, rule.endpoint) is Policy.STAFF and "GET" in (rule.methods or ()):
            assert live.get(rule.rule).headers.get("Location") == "/sign-in/set-up", rule.rule
    page = "/account/authenticator"
    live.submit("/sign-in/set-up", f"{page}/start")
    shown = live.submit(page, page, code=code(wiring, time)).text
    assert shown.count("<li><code>") == 10
    assert 'href="/account"' in shown  # where they wanted to go
    assert "By password and code" in live.get("/account").text
    with wiring.db.reading() as session:
        assert session.scalars(select(StaffSession).where(StaffSession.needs == "setup")).one().ended_at


def test_taking_the_last_factor_away_in_a_live_home_leads_to_a_new_one(
    live: Browser, wiring: Wiring, time: Clock
) -> None:
    live.sign_in()
    page = "/account/authenticator"
    live.submit("/sign-in/set-up", f"{page}/start")
    live.submit(page, page, code=code(wiring, time))
    live.submit(page, f"{page}/off", password=PASSWORD)
    assert live.get("/").headers["Location"] == "/sign-in/set-up"


def test_the_first_administrator_of_a_live_home_comes_by_a_link(
    live: Browser, wiring: Wiring, time: Clock
) -> None:
    with wiring.db.writing() as session:
        person = people.add_staff(
            session, wiring.vault, email="first@example.com", name="First", phone="+15615550177",
            role=Role.ADMINISTRATOR, is_on_call=True,
        )  # fmt: skip
        token = people.make_link(session, wiring.vault, person.id)
    page = f"/welcome/{token}"
    response = live.submit(page, page, password="a long new password")
    assert response.headers["Location"] == "/sign-in/set-up"
    assert live.get("/").headers["Location"] == "/sign-in/set-up"
    assert live.get("/account/authenticator").status_code == 200


def test_a_link_does_not_go_round_the_second_factor(
    app: Flask, browser: Browser, wiring: Wiring, time: Clock
) -> None:
    browser.sign_in()
    set_up_app(browser, wiring, time)
    with wiring.db.writing() as session:
        token = people.make_link(session, wiring.vault, nurse(wiring).id)
    page = f"/welcome/{token}"
    other = Browser(app.test_client())
    assert other.submit(page, page, password="a long new password").headers["Location"] == "/sign-in/code"


def test_nothing_secret_is_kept_in_clear(browser: Browser, wiring: Wiring, time: Clock) -> None:
    browser.sign_in()
    codes = set_up_app(browser, wiring, time)
    secret = nurse(wiring).totp
    with wiring.db.reading() as session:
        events = " ".join(f"{event.kind} {event.details}" for event in session.scalars(select(Event)))
        assert secret not in events
        assert not any(kept in events for kept in codes)
        assert secret.encode() not in session.get_one(Staff, nurse(wiring).id).totp_sealed
        assert session.scalars(select(SignInFailure)).all() == []
