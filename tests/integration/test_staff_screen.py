"""The staff list on the screen: adding, changing, disabling, and never locking everybody out."""

from __future__ import annotations

import re

import pytest
from flask import Flask
from sqlalchemy import select

from smsbot import people
from smsbot.models import Event, Staff, StaffSession
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.integration.conftest import Browser

STAFF = "/administration/staff"
ADMIN, NURSE = "admin@example.com", "nurse@example.com"


@pytest.fixture
def admin(browser: Browser) -> Browser:
    """An administrator's browser."""
    browser.sign_in(ADMIN)
    return browser


def person(wiring: Wiring, email: str) -> Staff:
    with wiring.db.reading() as session:
        found = people.find_by_email(session, wiring.vault, email)
    assert found is not None
    return found


def fields(one: Staff, **changes: str) -> dict[str, str]:
    return {"name": one.name, "email": one.email, "phone": one.phone, "role": one.role, **changes}


def changes_on_record(wiring: Wiring) -> list[tuple[str | None, str, str]]:
    with wiring.db.reading() as session:
        events = session.scalars(select(Event).where(Event.kind == "staff_changed"))
        return [(one.staff_id, one.details["of"], one.details["change"]) for one in events]


def test_the_list_shows_everybody_and_how_they_are_reached(
    admin: Browser, wiring: Wiring, time: Clock
) -> None:
    with wiring.db.writing() as session:
        session.get_one(Staff, person(wiring, NURSE).id).texts_stopped_at = time.at
    page = admin.get(STAFF).text
    for words in ("Nadia (nurse)", "Front desk", "555-0150", "On call now", "Texts stopped", "No second"):
        assert words in page
    assert page.count("Last seen") == 1  # the administrator who looks


@pytest.mark.parametrize("email", [NURSE, "prescriber@example.com", "desk@example.com"])
def test_nobody_but_administrators_sees_or_changes_staff(
    browser: Browser, wiring: Wiring, email: str
) -> None:
    browser.sign_in(email)
    one = person(wiring, ADMIN).id
    for path in (STAFF, f"{STAFF}/new", f"{STAFF}/{one}"):
        assert browser.get(path).status_code == 403
    for act in ("disable", "enable", "link", "second-factor"):
        assert browser.submit("/", f"{STAFF}/{one}/{act}").status_code == 403
    assert person(wiring, ADMIN).disabled_at is None


def test_an_address_of_nobody_says_so(admin: Browser) -> None:
    for nobody in ("0" * 32, "%00", "x'y"):
        assert admin.get(f"{STAFF}/{nobody}").status_code == 404


def test_an_added_person_gets_a_link_that_is_shown_once_and_works(
    admin: Browser, app: Flask, wiring: Wiring
) -> None:
    given = {"name": "Iris", "email": "iris@example.com", "phone": "561-555-0177", "role": "nurse"}
    page = admin.submit(f"{STAFF}/new", f"{STAFF}/new", **given).text
    link = re.search(r'value="(http[^"]+/welcome/[^"]+)"', page)
    assert link, page
    path = link[1].removeprefix(wiring.settings.public_url)
    assert person(wiring, "iris@example.com").phone == "+15615550177"
    assert "/welcome/" not in admin.get(STAFF).text
    assert Browser(app.test_client()).get(path).status_code == 200
    added = person(wiring, "iris@example.com")
    assert changes_on_record(wiring) == [(person(wiring, ADMIN).id, added.id, "added")]


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"phone": "12"}, "This is no phone number"),
        ({"email": "nobody"}, "Give an e-mail address"),
        ({"name": " "}, "Give a name"),
        ({"role": "owner"}, "Choose one of the roles"),
        ({"email": NURSE.upper()}, "on the list already"),
    ],
)
def test_what_cannot_be_added_is_refused_and_what_was_typed_stays(
    admin: Browser, wiring: Wiring, wrong: dict[str, str], says: str
) -> None:
    given = {"name": "Iris", "email": "iris@example.com", "phone": "+15615550177", "role": "nurse", **wrong}
    response = admin.submit(f"{STAFF}/new", f"{STAFF}/new", **given)
    assert response.status_code == 422
    assert says in response.text
    assert f'value="{given["email"]}"' in response.text
    with wiring.db.reading() as session:
        assert len(list(session.scalars(select(Staff)))) == 4


def test_a_changed_phone_and_address_are_found_again_and_old_stops_are_forgotten(
    admin: Browser, wiring: Wiring, time: Clock
) -> None:
    one = person(wiring, NURSE)
    with wiring.db.writing() as session:
        session.get_one(Staff, one.id).texts_stopped_at = time.at
    changed = fields(one, email="nadia@example.com", phone="561 555 0178", on_call="1")
    assert admin.submit(f"{STAFF}/{one.id}", f"{STAFF}/{one.id}", **changed).status_code == 303
    now = person(wiring, "nadia@example.com")
    assert (now.id, now.phone, now.texts_stopped_at, now.is_on_call) == (one.id, "+15615550178", None, True)
    assert now.phone_index == wiring.vault.blind_index("number", "+15615550178")
    with wiring.db.reading() as session:
        event = session.scalars(select(Event).where(Event.kind == "staff_changed")).one()
    assert event.details["columns"] == ["email", "phone"]


def test_disabling_ends_every_session_at_once_and_enabling_lets_in_again(
    admin: Browser, app: Flask, wiring: Wiring
) -> None:
    nurse, one = Browser(app.test_client()), person(wiring, NURSE)
    nurse.sign_in(NURSE)
    page = f"{STAFF}/{one.id}"
    admin.submit(page, f"{page}/disable")
    assert nurse.get("/").status_code == 303
    assert Browser(app.test_client()).sign_in(NURSE).status_code == 401
    with wiring.db.reading() as session:
        open_ones = select(StaffSession).where(
            StaffSession.staff_id == one.id, StaffSession.ended_at.is_(None)
        )
        assert list(session.scalars(open_ones)) == []
    admin.submit(page, f"{page}/enable")
    assert Browser(app.test_client()).sign_in(NURSE).status_code == 303
    assert [change for _, _, change in changes_on_record(wiring)] == ["disabled", "enabled"]


def test_the_last_administrator_is_neither_disabled_nor_demoted(admin: Browser, wiring: Wiring) -> None:
    one = person(wiring, ADMIN)
    page = f"{STAFF}/{one.id}"
    for response in (
        admin.submit(page, f"{page}/disable"),
        admin.submit(page, page, **fields(one, role="nurse")),
    ):
        assert response.status_code == 422
        assert "the only administrator: make somebody else one first" in response.text
    now = person(wiring, ADMIN)
    assert (now.disabled_at, now.role) == (None, "administrator")


def test_nobody_takes_themselves_off_though_a_second_administrator_may(
    admin: Browser, app: Flask, wiring: Wiring
) -> None:
    one, nurse = person(wiring, ADMIN), person(wiring, NURSE)
    admin.submit(f"{STAFF}/{nurse.id}", f"{STAFF}/{nurse.id}", **fields(nurse, role="administrator"))
    page = f"{STAFF}/{one.id}"
    assert "You cannot disable yourself" in admin.submit(page, f"{page}/disable").text
    other = Browser(app.test_client())
    other.sign_in(NURSE)
    assert other.submit(page, f"{page}/disable").status_code == 303
    assert admin.get(STAFF).status_code == 303  # signed out


def test_a_new_link_replaces_the_one_before(admin: Browser, app: Flask, wiring: Wiring) -> None:
    one = person(wiring, NURSE)
    page = f"{STAFF}/{one.id}"
    links = [
        re.findall(r'value="http[^"]+(/welcome/[^"]+)"', admin.submit(page, f"{page}/link").text)[0]
        for _ in range(2)
    ]
    states = [Browser(app.test_client()).get(path).status_code for path in links]
    assert states == [410, 200]


def test_a_lost_second_factor_is_reset_and_sessions_end(
    admin: Browser, app: Flask, wiring: Wiring, time: Clock
) -> None:
    one, nurse = person(wiring, NURSE), Browser(app.test_client())
    nurse.sign_in(NURSE)
    with wiring.db.writing() as session:
        row = session.get_one(Staff, one.id)
        row.totp, row.totp_at = "JBSWY3DPEHPK3PXP", time.at
    page = f"{STAFF}/{one.id}"
    assert "Second factor: code app" in admin.get(STAFF).text
    admin.submit(page, f"{page}/second-factor")
    assert person(wiring, NURSE).totp_at is None
    assert nurse.get("/").status_code == 303
    assert [change for _, _, change in changes_on_record(wiring)] == ["second_factor"]
