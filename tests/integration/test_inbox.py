"""Signing in, the list, a case, taking and resolving it."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from smsbot import people
from smsbot.models import Alert, Case, Event, Staff, StaffSession
from smsbot.web.policy import Policy, policy_of
from smsbot.web.sign_in import local_path
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.integration.conftest import Browser
from tests.texts import inbound

EMERGENCY = "chest tight since the infusion"


@pytest.fixture
def code(wiring: Wiring) -> str:
    """The code of an open emergency."""
    wiring.intake.receive(inbound(EMERGENCY))
    with wiring.db.reading() as session:
        return session.scalars(select(Case.code)).one()


def the_case(wiring: Wiring) -> Case:
    with wiring.db.reading() as session:
        return session.scalars(select(Case)).one()


def test_every_route_has_a_policy(app: Flask) -> None:
    without = [rule.endpoint for rule in app.url_map.iter_rules() if policy_of(app, rule.endpoint) is None]
    assert without == []


def test_pages_of_the_inbox_want_a_sign_in(app: Flask, browser: Browser, code: str) -> None:
    for rule in app.url_map.iter_rules():
        if policy_of(app, rule.endpoint) is Policy.STAFF and "GET" in (rule.methods or ()):
            response = browser.get(rule.rule.replace("<code>", code))
            assert response.status_code == 303, rule.rule
            assert "/sign-in" in response.headers["Location"]


def test_the_alerts_link_survives_signing_in(browser: Browser, code: str) -> None:
    sent_to = browser.get(f"/cases/{code}").headers["Location"]
    assert f"next=/cases/{code}" in sent_to.replace("%2F", "/")
    response = browser.submit(
        sent_to,
        "/sign-in",
        email="Nurse@Example.com",
        password="correct horse battery",
        next=f"/cases/{code}",
    )
    assert response.headers["Location"] == f"/cases/{code}"
    page = browser.get(f"/cases/{code}").text
    assert "since the infusion" in re.sub(r"<[^>]+>", "", page)  # the words that count are marked
    assert "Nobody has it yet" in page


def test_a_wrong_password_says_nothing_about_the_account(browser: Browser) -> None:
    wrong = browser.sign_in(password="wrong password")
    nobody = browser.sign_in(email="nobody@example.com", password="wrong password")
    assert wrong.status_code == nobody.status_code == 401
    strip = re.compile(r'value="[^"]*"')
    assert strip.sub("", wrong.text) == strip.sub("", nobody.text)


def test_failures_slow_down_and_never_lock_out(browser: Browser, time: Clock) -> None:
    for _ in range(3):
        assert browser.sign_in(password="wrong password").status_code == 401
    assert browser.sign_in().status_code == 429
    time.forward(seconds=31)
    assert browser.sign_in().status_code == 303


def test_a_form_without_its_token_is_refused(browser: Browser, code: str, wiring: Wiring) -> None:
    browser.sign_in()
    assert browser.client.post(f"/cases/{code}/take").status_code == 400
    assert the_case(wiring).state == "open"


def test_taking_a_case_stops_its_alert(browser: Browser, code: str, wiring: Wiring) -> None:
    browser.sign_in()
    browser.submit(f"/cases/{code}", f"/cases/{code}/take")
    case = the_case(wiring)
    with wiring.db.reading() as session:
        assert session.get_one(Staff, case.owner_id).email == "nurse@example.com"
        assert session.scalars(select(Alert.state)).one() == "taken"
        assert "case_taken" in set(session.scalars(select(Event.kind)))
    assert case.state == "taken"


def test_resolving_keeps_the_note_sealed(browser: Browser, code: str, wiring: Wiring) -> None:
    browser.sign_in()
    note = "reached her, sister drives her to the ER"
    response = browser.submit(f"/cases/{code}", f"/cases/{code}/resolve", note=note, reason="reached")
    assert response.headers["Location"] == "/"
    assert the_case(wiring).state == "resolved"
    with wiring.db.reading() as session:
        event = session.scalars(select(Event).where(Event.kind == "case_resolved")).one()
        assert event.note == note
        assert b"sister" not in event.note_sealed
    assert "Nothing is waiting" in browser.get("/").text
    assert code in browser.get("/?show=resolved").text


def test_opening_a_case_is_audited_and_the_list_is_not(browser: Browser, code: str, wiring: Wiring) -> None:
    browser.sign_in()
    browser.get("/?poll=1")
    browser.get(f"/cases/{code}")
    with wiring.db.reading() as session:
        kinds = list(session.scalars(select(Event.kind)))
    assert kinds.count("case_opened_by") == 1


def test_sessions_end_after_fifteen_idle_minutes_polling_or_not(browser: Browser, time: Clock) -> None:
    browser.sign_in()
    for _ in range(16):
        time.forward(minutes=1)
        last = browser.get("/?poll=1")
    assert last.status_code == 303
    browser.sign_in()
    for _ in range(16):
        time.forward(minutes=1)
        last = browser.get("/")
    assert last.status_code == 200


def test_sessions_end_after_twelve_hours_and_with_the_account(
    browser: Browser, time: Clock, wiring: Wiring
) -> None:
    browser.sign_in()
    with wiring.db.writing() as session:
        people.disable(session, session.scalars(select(Staff).where(Staff.role == "nurse")).one())
    assert browser.get("/").status_code == 303
    with wiring.db.reading() as session:
        assert all(one.ended_at for one in session.scalars(select(StaffSession)))


def test_a_one_time_link_sets_a_password_once(browser: Browser, wiring: Wiring) -> None:
    with wiring.db.writing() as session:
        nurse = session.scalars(select(Staff).where(Staff.role == "nurse")).one()
        token = people.make_link(session, wiring.vault, nurse.id)
    page = f"/welcome/{token}"
    assert browser.submit(page, page, password="short").status_code == 422
    assert browser.submit(page, page, password="a long new password").status_code == 303
    assert browser.get(page).status_code == 410
    assert (
        Browser(browser.client.application.test_client()).sign_in(password="a long new password").status_code
        == 303
    )


def test_a_link_goes_stale(browser: Browser, wiring: Wiring, time: Clock) -> None:
    with wiring.db.writing() as session:
        nurse = session.scalars(select(Staff).where(Staff.role == "nurse")).one()
        token = people.make_link(session, wiring.vault, nurse.id)
    time.forward(hours=73)
    assert browser.get(f"/welcome/{token}").status_code == 410


HOSTILE = "<script>alert(1)</script> \u202egnp.exe \x07 {{7*7}} '\"><img src=x onerror=1>"


def test_hostile_texts_are_shown_as_text(browser: Browser, wiring: Wiring) -> None:
    wiring.intake.receive(inbound(f"my chest hurts {HOSTILE}", "+15615550119"))
    with wiring.db.reading() as session:
        code = session.scalars(select(Case.code)).one()
    browser.sign_in()
    for page in ("/", f"/cases/{code}"):
        shown = browser.get(page).text
        assert "<script>alert" not in shown
        assert "<img src=x" not in shown
        assert "\u202e" not in shown
        assert "\x07" not in shown


def test_pages_carry_a_strict_policy_and_are_not_cached(browser: Browser) -> None:
    headers = browser.get("/sign-in").headers
    assert "script-src 'self'" in headers["Content-Security-Policy"]
    assert "unsafe" not in headers["Content-Security-Policy"]
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Content-Type-Options"] == "nosniff"


def test_no_template_has_inline_scripts_or_styles() -> None:
    from pathlib import Path

    import smsbot.web

    for template in (Path(smsbot.web.__file__).parent / "templates").glob("*.html"):
        words = template.read_text()
        assert not re.search(r"<script(?![^>]*\bsrc=)|\son\w+=|\sstyle=|<style", words), template.name


def test_a_dead_sweep_shows_on_every_screen(browser: Browser, wiring: Wiring) -> None:
    assert "Alerts may be late" in browser.get("/sign-in").text
    wiring.sweep().cycle()
    assert "Alerts may be late" not in browser.get("/sign-in").text


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil", "evil", "", None, "/a\nb"]
)
def test_signing_in_leads_nowhere_else(target: str | None) -> None:
    assert local_path(target) == "/"


def test_metrics_are_for_operators(browser: Browser, code: str) -> None:
    shown = browser.get("/metrics").text
    assert 'smsbot_open_cases{state="open",urgency="emergency"} 1.0' in shown
    assert browser.client.get("/metrics", environ_base={"REMOTE_ADDR": "10.0.0.9"}).status_code == 403
    proxied = browser.client.get("/metrics", headers={"X-Forwarded-For": "1.2.3.4"})
    assert proxied.status_code == 403


def test_readyz_says_what_is_missing(browser: Browser, wiring: Wiring) -> None:
    answer = browser.get("/readyz")
    assert answer.status_code == 503
    assert answer.json == {
        "ready": False, "database": True, "sweep": False, "staff": True, "on_time": True, "redis": False,
    }  # fmt: skip
    wiring.sweep().cycle()
    assert browser.get("/readyz").status_code == 200
