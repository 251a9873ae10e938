"""What a reviewer tried against the inbox: each of these got further than it should have, once."""

from __future__ import annotations

import base64
import io
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select
from sqlalchemy.orm import Session
from werkzeug.test import create_environ

from smsbot import clock, shift_changes
from smsbot.models import (
    Attachment,
    AttachmentState,
    Case,
    Event,
    Message,
    Passkey,
    Patient,
    PatientNumber,
    Staff,
    new_id,
)
from smsbot.patients import names
from smsbot.shifts.errors import ShiftError
from smsbot.shifts.fetch import fetch
from smsbot.web import create_app
from smsbot.web.administration.audit_export import _row
from smsbot.web.policy import Policy, policy_of
from smsbot.web.steps import local_path
from smsbot.web.uploads import InMemory
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.integration.authenticator import Phone
from tests.integration.conftest import Browser
from tests.texts import WALT, inbound

ADMIN, DESK = "admin@example.com", "desk@example.com"


@pytest.fixture
def live(wiring: Wiring) -> Flask:
    """The same home run as a live one: nobody gets in by a password alone."""
    settings = replace(wiring.settings, account_sid="AC" + "a" * 32)
    return create_app(replace(wiring, settings=settings))


# where one is led


@pytest.mark.parametrize(
    "target", ["/\t/evil.example", "/\t\\evil.example", "/\r/evil.example", "/\n/x", "/a\x00"]
)
def test_a_target_that_browsers_read_as_another_host_leads_to_the_inbox(
    browser: Browser, target: str
) -> None:
    assert local_path(target) == "/"
    browser.sign_in()
    answer = browser.get("/sign-in", query_string={"next": target})
    assert answer.headers["Location"] == "/"


# half a sign-in


def test_a_last_passkey_is_not_taken_away_to_trust_another_without_the_password(
    live: Flask, wiring: Wiring
) -> None:
    """At an unattended screen: remove the owner's phone, and trust one's own."""
    browser, phone = Browser(live.test_client()), Phone(wiring.settings.public_url)
    browser.sign_in()
    page = "/account/passkeys/new"
    options = json.loads(browser.submit(page, "/account/passkeys/options").text)
    browser.submit(page, "/account/passkeys", credential=phone.make(options), name="a phone")
    with wiring.db.reading() as session:
        passkey_id = session.scalars(select(Passkey.id)).one()
    browser.submit("/account", f"/account/passkeys/{passkey_id}/remove", password="a guess of somebody's")
    assert browser.submit("/sign-in", "/account/passkeys/options").status_code == 303
    assert browser.get("/account/passkeys/new").headers["Location"].startswith("/sign-in?")


def test_a_half_session_from_before_the_second_factor_does_not_go_round_it(
    live: Flask, wiring: Wiring, time: Clock
) -> None:
    """Whoever knew the password first must not wait until its owner has set everything up."""
    early, owner = Browser(live.test_client()), Browser(live.test_client())
    early.sign_in()
    owner.sign_in()
    page = "/account/authenticator"
    owner.submit("/sign-in/set-up", f"{page}/start")
    with wiring.db.reading() as session:
        secret = session.scalars(select(Staff).where(Staff.role == "nurse")).one().totp
    assert owner.submit(page, page, code=pyotp.TOTP(secret).at(int(time.at.timestamp()))).status_code == 200
    assert early.submit("/sign-in", "/account/passkeys/options").status_code == 303
    assert early.get("/sign-in/set-up").headers["Location"].startswith("/sign-in?")


def test_a_wrong_password_at_an_open_screen_is_on_record(browser: Browser, wiring: Wiring) -> None:
    browser.sign_in()
    browser.submit("/account/password", "/account/password", password="a guess", new="a long new password")
    with wiring.db.reading() as session:
        failed = session.scalars(select(Event).where(Event.kind == "sign_in_failed")).one()
    assert failed.staff_id is not None


# whose case it is


@pytest.fixture
def strict(wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> Wiring:
    """A clinic that keeps clinical texts from the front desk."""
    clinic = replace(wiring.clinic, everybody_sees_everything=False)
    monkeypatch.setitem(wiring.__dict__, "clinic", clinic)
    return wiring


def open_case(wiring: Wiring, body: str) -> str:
    """Receive this text, of the nurses' matters; the code of its case."""
    wiring.intake.receive(inbound(body))
    with wiring.db.writing() as session:
        case = session.scalars(select(Case)).one()
        case.team = "nurse"
        return case.code


def test_every_address_of_a_case_is_closed_to_those_who_may_not_see_it(
    strict: Wiring, app: Flask, browser: Browser
) -> None:
    code = open_case(strict, "I ran out of my sertraline")
    with strict.db.reading() as session:
        message_id = session.scalars(select(Message.id)).first()
    browser.sign_in(DESK)
    tried = 0
    for rule in app.url_map.iter_rules():
        if "code" not in rule.arguments or policy_of(app, rule.endpoint) is not Policy.STAFF:
            continue
        path = rule.rule.replace("<code>", code).replace("<message_id>", str(message_id))
        for method in {"GET", "POST"} & (rule.methods or set()):
            answer = browser.get(path) if method == "GET" else browser.submit("/", path, words="x", note="x")
            assert answer.status_code == 403, (method, path)
            assert "sertraline" not in answer.text
            tried += 1
    assert tried > 15


def test_a_file_of_a_text_without_a_case_is_for_those_who_see_everything(
    strict: Wiring, browser: Browser
) -> None:
    open_case(strict, "hello")
    with strict.db.writing() as session:
        message = session.scalars(select(Message).where(Message.direction == "in")).one()
        message.case_id = None
        found = Attachment(
            id=new_id(), message_id=message.id, position=0, content_type="text/plain",
            state=AttachmentState.KEPT, due_at=clock.now(),
        )  # fmt: skip
        found.content = base64.b64encode(b"a letter").decode()
        session.add(found)
        attachment_id = found.id
    browser.sign_in(DESK)
    assert browser.get(f"/attachments/{attachment_id}").status_code == 404


@pytest.mark.parametrize("part", ["chart", "chart/page"])
def test_reading_a_case_for_the_chart_says_whose_record_was_seen(
    browser: Browser, wiring: Wiring, part: str
) -> None:
    code = open_case(wiring, "hello")
    with wiring.db.writing() as session:
        patient_id = a_patient(session, wiring)
    browser.sign_in()
    assert "hello" in browser.get(f"/cases/{code}/{part}").text
    assert seen_by_staff(wiring) == [[patient_id]]


def test_a_search_that_shows_a_patient_says_whose_record_was_seen(browser: Browser, wiring: Wiring) -> None:
    with wiring.db.writing() as session:
        patient_id = a_patient(session, wiring)
    browser.sign_in()
    found = browser.submit("/search", "/search", q="Walt Example").headers["Location"]
    assert "1950-01-02" in browser.get(found).text or "Walt Example" in browser.get(found).text
    assert seen_by_staff(wiring)[0] == [patient_id]


def a_patient(session: Session, wiring: Wiring) -> str:
    """Somebody of the list, behind the number of the texts; their id."""
    now, vault = clock.now(), wiring.vault
    patient = Patient(
        id=new_id(), clinic_id_index=vault.blind_index("clinic_id", "A1"), created_at=now, updated_at=now,
        name_index=vault.blind_index(names.NAME_PURPOSE, names.name_key("Walt Example")),
    )  # fmt: skip
    patient.clinic_id, patient.name, patient.birth_date = "A1", "Walt Example", "1950-01-02"
    number = PatientNumber(
        id=new_id(), patient_id=patient.id, number_index=vault.blind_index("number", WALT),
        relation="self", may_be_told="everything",
    )  # fmt: skip
    number.number = WALT
    session.add(patient)
    session.flush()
    session.add(number)
    return patient.id


def seen_by_staff(wiring: Wiring) -> list[list[str]]:
    """The patients of each line that says whose record was on a screen."""
    with wiring.db.reading() as session:
        found = session.scalars(select(Event).where(Event.kind == "patients_seen").order_by(Event.id))
        return [one.details["patient_ids"] for one in found]


# forms from elsewhere, and large ones


def test_every_form_of_staff_wants_its_token(app: Flask, browser: Browser) -> None:
    browser.sign_in(ADMIN)
    signed = {Policy.SIGNED, Policy.SIMULATOR}
    for rule in app.url_map.iter_rules():
        if "POST" not in (rule.methods or ()) or policy_of(app, rule.endpoint) in signed:
            continue
        path = rule.rule
        for name in rule.arguments:
            path = path.replace(f"<{name}>", "0" * 32)
        assert "too old" in browser.client.post(path).text, rule.rule


BOUNDARY = "a-boundary"
MULTIPART = f"multipart/form-data; boundary={BOUNDARY}"


def form_with_file(token: str, size: int) -> bytes:
    """The body of a form with a file of this size, as browsers send it."""
    head = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="csrf_token"\r\n\r\n{token}\r\n'
    file = f'--{BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="x.csv"\r\n\r\n'
    return f"{head}{file}{'x' * size}\r\n--{BOUNDARY}--\r\n".encode()


def test_a_large_body_is_read_of_signed_in_staff_where_files_are_uploaded(browser: Browser) -> None:
    page = "/administration/patients"
    body = form_with_file("", 2_000_000)
    for path in ("/sign-in", f"{page}/preview"):
        assert browser.client.post(path, data=body, content_type=MULTIPART).status_code == 413
    browser.sign_in(ADMIN)
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(page).text)
    assert token
    body = form_with_file(token[1], 2_000_000)
    read = browser.client.post(f"{page}/preview", data=body, content_type=MULTIPART)
    assert read.status_code == 422  # what it holds is no list of patients


def test_an_uploaded_file_never_lies_in_clear_on_a_disk() -> None:
    body = form_with_file("", 2_000_000)
    sent = InMemory(create_environ(method="POST", data=body, content_type=MULTIPART))
    assert isinstance(sent.files["file"].stream, io.BytesIO)
    assert len(sent.files["file"].read()) == 2_000_000


def test_over_https_the_cookie_of_forms_belongs_to_this_host_alone(wiring: Wiring) -> None:
    """A neighbour below the same domain could else plant one whose token it knows."""
    settings = replace(wiring.settings, public_url="https://texts.example.com")
    client = create_app(replace(wiring, settings=settings)).test_client()
    answer = client.get("/sign-in", base_url="https://texts.example.com")
    (cookie,) = answer.headers.getlist("Set-Cookie")
    assert cookie.startswith("__Host-form=")
    assert all(part in cookie for part in ("Secure", "HttpOnly", "SameSite=Lax", "Path=/"))
    assert "Domain" not in cookie


# calendars


@pytest.mark.parametrize(
    "host",
    [
        "[64:ff9b::7f00:1]",
        "[::ffff:100.64.0.1]",
        "[2002:7f00:1::]",
        "[::127.0.0.1]",
        "[fec0::1]",
        "224.0.0.1",
    ],
)
def test_no_calendar_is_asked_for_at_an_address_that_only_looks_foreign(host: str) -> None:
    with pytest.raises(ShiftError, match="your own network"):
        shift_changes.calendar_of(f"https://{host}/calendar.ics")


class _Leading(BaseHTTPRequestHandler):
    """A host that leads on to a place of its choice."""

    asked: list[str] = []

    def do_GET(self) -> None:
        self.asked.append(self.path)
        self.send_response(302)
        self.send_header("Location", "/inner")
        self.end_headers()

    def log_message(self, *args: Any) -> None:
        """Silent."""


@pytest.fixture
def leading() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), _Leading)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def test_a_calendar_that_leads_on_is_looked_at_anew_at_each_step(leading: str) -> None:
    def check(address: str) -> None:
        if address.endswith("/inner"):
            raise ShiftError("not there")

    with pytest.raises(ShiftError, match="not there"):
        fetch(f"{leading}/outer", check=check)
    assert _Leading.asked == ["/outer"]


# exports


@pytest.mark.parametrize("first", list("=+-@\t\r"))
def test_no_cell_of_the_audit_log_is_a_formula(first: str) -> None:
    assert _row((f"{first}1",)).lstrip('"').startswith("'")
