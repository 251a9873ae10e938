"""Searching: numbers however written, codes, whole names, words; audited without its words."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from flask import Flask
from sqlalchemy import select, update

from smsbot import clock, search
from smsbot.models import Case, Event, Message, Patient, PatientNumber, new_id
from smsbot.patients.names import NAME_PURPOSE, name_key
from smsbot.web import parts
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.integration.conftest import Browser
from tests.texts import inbound


@pytest.fixture
def code(wiring: Wiring) -> str:
    """The code of a case about a rash."""
    wiring.intake.receive(inbound("Tengo una erupción en el brazo desde AYER, it isn’t better"))
    with wiring.db.reading() as session:
        return session.scalars(select(Case.code)).one()


def look_for(browser: Browser, words: str) -> str:
    """The page of results."""
    answer = browser.submit("/search", "/search", q=words)
    assert answer.status_code == 303
    return browser.get(answer.headers["Location"]).text


@pytest.mark.parametrize(
    "written", ["+15615550110", "(561) 555-0110", "561.555.0110", "1 561 555 0110", "561-555-0110"]
)
def test_a_number_is_found_however_it_is_written(browser: Browser, code: str, written: str) -> None:
    browser.sign_in()
    page = look_for(browser, written)
    assert "Found 1 case" in page
    assert f"/cases/{code}" in page


def test_a_part_of_a_number_finds_nothing_and_says_so(browser: Browser, code: str) -> None:
    browser.sign_in()
    page = look_for(browser, "0110")
    assert "its last 4 digits, finds nothing" in page
    assert f"/cases/{code}" not in page


@pytest.mark.parametrize("change", [str.lower, str.upper, "#{}".format, " {} ".format])
def test_a_code_leads_to_its_case(browser: Browser, code: str, change: object) -> None:
    browser.sign_in()
    assert f"/cases/{code}" in look_for(browser, change(code))  # type: ignore[operator]


def test_a_whole_name_finds_the_patient_and_the_cases_behind_the_number(
    browser: Browser, wiring: Wiring, code: str
) -> None:
    vault, now = wiring.vault, clock.now()
    with wiring.db.writing() as session:
        patient = Patient(id=new_id(), clinic_id_index="1", created_at=now, updated_at=now)
        patient.clinic_id, patient.name = "1", "José Pérez"
        patient.name_index = vault.blind_index(NAME_PURPOSE, name_key("José Pérez"))
        session.add(patient)
        session.flush()
        number = PatientNumber(
            id=new_id(), patient_id=patient.id, relation="self", may_be_told="everything",
            number_index=vault.blind_index("number", "+15615550110"),
        )  # fmt: skip
        number.number = "+15615550110"
        session.add(number)
    browser.sign_in()
    page = look_for(browser, "jose  PEREZ")
    assert "José Pérez" in page
    assert f"/cases/{code}" in page
    assert "Nothing found" in look_for(browser, "jose")


@pytest.mark.parametrize("words", ["erupcion", "ERUPCIÓN en el", "eru\u0301pcion", "isn't", "desde  ayer"])
def test_words_are_found_without_regard_to_case_accents_and_apostrophes(
    browser: Browser, code: str, words: str
) -> None:
    browser.sign_in()
    page = look_for(browser, words)
    assert "Found 1 text" in page
    assert f"/cases/{code}" in page
    assert "<mark" in page


def test_texts_older_than_ninety_days_are_not_searched(
    browser: Browser, wiring: Wiring, code: str, time: Clock
) -> None:
    time.forward(days=91)
    browser.sign_in()
    assert "Nothing found" in look_for(browser, "erupcion")


def test_a_search_is_audited_with_its_kind_and_hits_and_never_its_words(
    browser: Browser, wiring: Wiring, code: str
) -> None:
    browser.sign_in()
    look_for(browser, "erupcion")
    look_for(browser, "+15615550110")
    with wiring.db.reading() as session:
        found = session.scalars(select(Event).where(Event.kind == "searched").order_by(Event.at, Event.id))
        lines = [(one.details, one.note, one.staff_id is not None) for one in found]
    assert lines == [({"by": "text", "hits": 1}, None, True), ({"by": "number", "hits": 1}, None, True)]
    assert "erup" not in json.dumps([line[0] for line in lines])


def test_what_is_looked_for_stands_in_no_address_and_is_nobody_elses(
    browser: Browser, app: Flask, code: str
) -> None:
    browser.sign_in()
    address = browser.submit("/search", "/search", q="erupcion").headers["Location"]
    assert "erup" not in address
    assert f"/cases/{code}" in browser.get(address).text
    other = Browser(app.test_client())
    other.sign_in("prescriber@example.com")
    page = other.get(address).text
    assert "Search once more" in page
    assert code not in page
    assert browser.get("/search?for=%C3%A9%00").status_code == 200


def test_who_sees_some_teams_only_finds_nothing_of_others(
    app: Flask, browser: Browser, wiring: Wiring, code: str
) -> None:
    clinic = replace(wiring.clinic, everybody_sees_everything=False)
    app.extensions[parts.KEY] = replace(wiring, clinic=clinic)
    browser.sign_in("desk@example.com")
    for words in ("erupcion", code, "+15615550110"):
        assert f"/cases/{code}" not in look_for(browser, words), words


def test_a_scan_stops_at_its_limit_the_newest_first(
    wiring: Wiring, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(search, "MOST_HITS", 2)
    for day in ("monday", "tuesday", "friday"):
        wiring.intake.receive(inbound(f"can I book a visit on {day}"))
        time.forward(minutes=1)
    with wiring.db.reading() as session:
        scan = search.scan_texts(session, wiring.vault, "VISIT on")
    assert scan.is_full
    assert [hit.body[hit.end :].strip() for hit in scan.hits] == ["friday", "tuesday"]


def test_a_text_that_does_not_open_ends_no_search(browser: Browser, wiring: Wiring, code: str) -> None:
    wiring.intake.receive(inbound("another erupcion", "+15615550112"))
    with wiring.db.writing() as session:
        broken = session.scalars(select(Message.id).where(Message.direction == "in")).first()
        session.execute(update(Message).where(Message.id == broken).values(body_sealed=b"\x01" + b"x" * 40))
    browser.sign_in()
    page = look_for(browser, "erupcion")
    assert "Found 1 text" in page
    assert "1 text could not be opened" in page


@pytest.mark.parametrize("few", ["", "ab", " é ", "\u0301\u0301\u0301\u0301"])
def test_nothing_is_looked_for_with_too_few_characters(few: str) -> None:
    assert search.pattern_of(few) is None


def test_words_are_no_pattern() -> None:
    found = search.pattern_of("a.c (b)* [")
    assert found
    assert found.search("see A.C  (B)* [ here")
    assert not found.search("abc b [")
