"""Importing patients on the screen: looked at first, then written, a few hundred at a time."""

from __future__ import annotations

import io
import os
import re
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from smsbot import clock
from smsbot.models import Event, Patient, PatientNumber, Staff
from smsbot.patients import batches
from smsbot.patients.importing import read_import
from smsbot.web.administration.kept_upload import KeptUploads
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.integration.conftest import Browser

PATIENTS = "/administration/patients"
HEAD = "clinic_id,name,phone\n"
TWO = HEAD + "9001,Walter Example,561-555-0110\n9002,Rosa Example,561-555-0111\n"


@pytest.fixture
def admin(browser: Browser) -> Browser:
    """An administrator's browser."""
    browser.sign_in("admin@example.com")
    return browser


def upload(browser: Browser, text: str, **fields: str) -> TestResponse:
    file = (io.BytesIO(text.encode()), "patients.csv")
    return browser.submit(PATIENTS, f"{PATIENTS}/preview", file=file, **fields)  # type: ignore[arg-type]


def confirm(browser: Browser, page: str, **fields: str) -> TestResponse:
    """Press the button of a preview."""
    hidden = dict(re.findall(r'name="(checksum|stamp|remove_missing)" value="([^"]*)"', page))
    return browser.submit(PATIENTS, f"{PATIENTS}/write", **hidden, **fields)


def counts(page: str) -> dict[str, int]:
    return {name: int(count) for name, count in re.findall(r"<dt>([^<]+)</dt><dd>(\d+)</dd>", page)}


def listed(wiring: Wiring) -> set[str]:
    with wiring.db.reading() as session:
        return {one.clinic_id for one in session.scalars(select(Patient).where(Patient.left_at.is_(None)))}


def kept(wiring: Wiring) -> list[Path]:
    return list((wiring.settings.home / "uploads").glob("*"))


def test_a_preview_writes_nothing_and_the_button_writes_what_was_shown(
    admin: Browser, wiring: Wiring
) -> None:
    before = listed(wiring)
    page = upload(admin, TWO).text
    assert counts(page) == {"New": 2, "Changed": 0, "Gone": 0, "The same": 0, "Lines refused": 0}
    assert "Walter Example" in page
    assert listed(wiring) == before
    assert confirm(admin, page).status_code == 303
    assert listed(wiring) == before | {"9001", "9002"}
    assert "Written: 2 new, 0 changed, 0 gone." in admin.get(PATIENTS).text
    assert kept(wiring) == []
    with wiring.db.reading() as session:
        event = session.scalars(select(Event).where(Event.kind == "patients_imported")).one()
        assert event.staff_id == session.scalars(select(Staff.id).where(Staff.role == "administrator")).one()


def test_changed_gone_and_refused_are_told_apart(admin: Browser, wiring: Wiring) -> None:
    confirm(admin, upload(admin, TWO).text)
    text = HEAD + "9001,Walter B. Example,561-555-0110\n9003,,12\n"
    page = upload(admin, text, remove_missing="1").text
    assert counts(page)["Changed"] == 1
    assert counts(page)["Lines refused"] == 1
    assert "Line 3, name" in page
    assert "9002" in page.split("Gone: kept")[1]
    refused = confirm(admin, page)
    assert refused.status_code == 422
    assert "9002" in listed(wiring)
    assert confirm(admin, page, skip_bad="1").status_code == 303
    assert listed(wiring) == {"9001"}


def test_a_list_that_changed_meanwhile_is_shown_again(admin: Browser, app: Flask, wiring: Wiring) -> None:
    page = upload(admin, TWO).text
    other = Browser(app.test_client())
    other.sign_in("admin@example.com")
    confirm(other, upload(other, TWO).text)
    again = confirm(admin, page)
    assert again.status_code == 422
    assert "The list has changed meanwhile" in again.text


def test_what_is_kept_between_is_sealed_of_one_session_and_gone_after_an_hour(
    admin: Browser, app: Flask, wiring: Wiring, time: Clock
) -> None:
    page = upload(admin, TWO).text
    (path,) = kept(wiring)
    assert b"Walter" not in path.read_bytes()
    assert os.stat(path).st_mode & 0o777 == 0o600
    other = Browser(app.test_client())
    other.sign_in("admin@example.com")
    assert "is gone: upload it again" in confirm(other, page).text
    assert kept(wiring) == [path]
    uploads = KeptUploads(wiring.settings.home, wiring.vault)
    _, session_id, checksum = path.name.split("-")
    assert uploads.read(session_id, checksum) == TWO.encode()
    time.forward(minutes=61)
    assert uploads.read(session_id, checksum) is None
    assert kept(wiring) == []


def test_thinking_better_of_it_deletes_the_file(admin: Browser, wiring: Wiring) -> None:
    upload(admin, TWO)
    admin.submit(PATIENTS, f"{PATIENTS}/forget")
    assert kept(wiring) == []
    assert "9001" not in listed(wiring)


@pytest.mark.parametrize(
    ("text", "fields", "says"),
    [
        ("", {}, "choose the CSV file"),
        ("PK\x03\x04", {}, "Excel workbook"),
        ("MRN,name\n1,Ann\n", {}, "Columns have other names"),
        (TWO, {"mapping": "MRN"}, "MRN = clinic_id"),
    ],
)
def test_a_file_that_cannot_be_read_says_what_to_do(
    admin: Browser, text: str, fields: dict[str, str], says: str
) -> None:
    response = upload(admin, text, **fields)
    assert response.status_code == 422
    problem = response.text.split('class="problem"')[1].split("</div>")[0]
    assert says in problem
    assert "--map" not in problem


def test_columns_with_other_names_are_mapped(admin: Browser) -> None:
    page = upload(admin, "MRN,First,Last\n1,Ann,Example\n", mapping="MRN = clinic_id\nFirst=name\nLast=name")
    assert counts(page.text)["New"] == 1
    assert "Ann Example" in page.text


def test_names_in_a_file_are_shown_and_never_obeyed(admin: Browser) -> None:
    page = upload(admin, HEAD + '9001,"<script>alert(1)</script>",\n').text
    assert "<script>alert" not in page
    assert "&lt;script&gt;alert" in page


def test_only_administrators_import(browser: Browser) -> None:
    browser.sign_in("prescriber@example.com")
    assert browser.get(PATIENTS).status_code == 403
    assert browser.submit("/", f"{PATIENTS}/write").status_code == 403


def test_a_large_list_is_written_in_parts_that_together_are_the_whole(
    wiring: Wiring, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "_PAUSE", 0)
    lines = [f"{9000 + number},Sam Example {number},561-555-01{number:02}" for number in range(25)]
    today = wiring.clinic.local(clock.now())
    with wiring.db.reading() as session:
        admin = session.scalars(select(Staff).where(Staff.role == "administrator")).one()

    def bring(rows: list[str]) -> int:
        raw = (HEAD + "\n".join(rows) + "\n").encode()
        found = read_import(wiring.db, wiring.vault, raw, [], today, remove_missing=False)
        return batches.apply_in_batches(wiring.db, wiring.vault, found, clock.now(), admin, size=10)

    assert bring(lines) == 3
    assert bring([line.replace("561-555-01", "561-555-00") for line in lines]) == 3
    with wiring.db.reading() as session:
        ids = set(session.scalars(select(Patient.id).where(Patient.left_at.is_(None))))
        numbers = list(session.scalars(select(PatientNumber.number_index)))
        part = select(Event).where(Event.kind == "patients_import_part").order_by(Event.id)
        parts = [event.details["rows"] for event in session.scalars(part)]
        assert len(list(session.scalars(select(Event).where(Event.kind == "patient_changed")))) == 25
    assert {f"{9000 + number}" for number in range(25)} <= listed(wiring)
    assert len(ids) >= 25
    assert wiring.vault.blind_index("number", "+15615550024") in numbers
    assert wiring.vault.blind_index("number", "+15615550124") not in numbers
    assert parts == [10, 10, 5, 10, 10, 5]
