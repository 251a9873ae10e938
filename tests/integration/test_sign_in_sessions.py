"""One's own account: where one is signed in, signing out elsewhere, and the password."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from smsbot.models import Event, StaffSession
from smsbot.people import device_of
from smsbot.wiring import Wiring
from tests.conftest import PASSWORD, Clock
from tests.integration.conftest import Browser

PIXEL = "Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 Chrome/140.0 Mobile Safari/537.36"


def elsewhere(app: Flask, agent: str = PIXEL, email: str = "nurse@example.com") -> Browser:
    client = app.test_client()
    client.environ_base["HTTP_USER_AGENT"] = agent
    browser = Browser(client)
    browser.sign_in(email=email)
    return browser


def test_the_account_says_who_one_is_and_where_one_is_signed_in(app: Flask, browser: Browser) -> None:
    browser.sign_in()
    elsewhere(app)
    elsewhere(app, agent="iPhone of the desk Safari/600", email="desk@example.com")
    page = browser.get("/account").text
    for word in ("Nadia (nurse)", "555-0150", "Chrome on Android", "By password", "this one"):
        assert word in page, word
    assert "Safari on iPhone" not in page  # a colleague's


def test_one_session_is_ended(app: Flask, browser: Browser, wiring: Wiring) -> None:
    browser.sign_in()
    lost = elsewhere(app)
    ends = re.search(r"/account/sessions/\w{32}/end", browser.get("/account").text)
    assert ends
    browser.submit("/account", ends[0])
    assert lost.get("/account").status_code == 303
    assert browser.get("/account").status_code == 200


def test_everywhere_else_is_ended_and_nobody_elses(app: Flask, browser: Browser, wiring: Wiring) -> None:
    browser.sign_in()
    mine, desk = [elsewhere(app), elsewhere(app)], elsewhere(app, email="desk@example.com")
    browser.submit("/account", "/account/sessions/end-others")
    assert [one.get("/account").status_code for one in mine] == [303, 303]
    assert desk.get("/account").status_code == browser.get("/account").status_code == 200
    with wiring.db.reading() as session:
        event = session.scalars(select(Event).where(Event.kind == "sessions_ended")).one()
        assert event.details == {"count": 2}


def test_nobody_ends_a_colleagues_session(app: Flask, browser: Browser, wiring: Wiring) -> None:
    desk = elsewhere(app, email="desk@example.com")
    with wiring.db.reading() as session:
        theirs = session.scalars(select(StaffSession.id)).one()
    browser.sign_in()
    assert browser.submit("/account", f"/account/sessions/{theirs}/end").status_code == 404
    assert desk.get("/account").status_code == 200


def test_a_new_password_ends_the_other_sessions(app: Flask, browser: Browser) -> None:
    browser.sign_in()
    other = elsewhere(app)
    page = "/account/password"
    assert browser.submit(page, page, password="wrong password", new="a long new password").status_code == 422
    assert browser.submit(page, page, password=PASSWORD, new="short").status_code == 422
    assert browser.submit(page, page, password=PASSWORD, new="a long new password").status_code == 303
    assert browser.get("/account").status_code == 200
    assert other.get("/account").status_code == 303
    assert Browser(app.test_client()).sign_in(password="a long new password").status_code == 303


def test_guessing_the_password_at_an_open_screen_slows_down(browser: Browser, time: Clock) -> None:
    browser.sign_in()
    page = "/account/password"
    for _ in range(3):
        browser.submit(page, page, password="wrong password", new="a long new password")
    assert "Too many tries" in browser.submit(page, page, password=PASSWORD, new="a long new password").text


def test_an_idle_list_leads_back_to_where_it_was(browser: Browser, time: Clock) -> None:
    browser.sign_in()
    time.forward(minutes=16)
    headers = {"HX-Request": "true", "HX-Current-URL": "http://localhost/?show=resolved"}
    sent_to = browser.get("/?poll=1", headers=headers).headers["HX-Redirect"]
    assert (
        sent_to.replace("%2F", "/").replace("%3F", "?").replace("%3D", "=") == "/sign-in?next=/?show=resolved"
    )


@pytest.mark.parametrize(
    ("agent", "device"),
    [
        (PIXEL, "Chrome on Android"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile Safari/604.1",
            "Safari on iPhone",
        ),
        ("Mozilla/5.0 (Windows NT 10.0; Win64) Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 14.5; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Mac",
        ),
        ("Mozilla/5.0 (X11; CrOS x86_64) Chrome/140.0 Safari/537.36", "Chrome on Chromebook"),
        ("curl/8.5", "An unknown browser"),
        ("<script>" * 100, "An unknown browser"),
        ("", "An unknown browser"),
    ],
)
def test_a_browser_is_named_in_plain_words(agent: str, device: str) -> None:
    assert device_of(agent) == device
