"""What a case shows of the patient list, and of its contact."""

from __future__ import annotations

import html
import re

from sqlalchemy import select

from smsbot.models import Case, ConsentEntry, Contact, new_id
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.integration.conftest import Browser
from tests.integration.patients.parts import JANE, KID, Clinic, events, find, rows
from tests.texts import WALT, inbound

EMERGENCY = "chest tight since the infusion"


def case_of(wiring: Wiring, body: str, number: str = WALT) -> str:
    wiring.intake.receive(inbound(body, number))
    with wiring.db.reading() as session:
        query = select(Case.code).join(Contact, Contact.id == Case.contact_id).order_by(Case.id.desc())
        return session.scalars(query).first() or ""


def words_of(page: str) -> str:
    return html.unescape(" ".join(re.sub(r"<[^>]+>", " ", page).split()))


def test_an_emergency_shows_the_patient_before_the_texts(
    clinic: Clinic, wiring: Wiring, browser: Browser
) -> None:
    clinic.imports(rows(JANE), "--apply")
    code = case_of(wiring, EMERGENCY)
    browser.sign_in()
    page = words_of(browser.get(f"/cases/{code}").text)
    for fact in ("José Pérez", "Born Jan 2, 1980, 46 years", "12 Sample Ave", "June Example"):
        assert page.index(fact) < page.index("since the infusion"), fact
    for fact in ("Spanish", "Paul", "the patient's own; may be told everything"):
        assert fact in page
    (seen,) = events(wiring, "patients_seen")
    assert seen.details == {"patient_ids": [find(wiring, "A-1").id]}
    assert seen.staff_id is not None
    assert "patients seen" not in page


def test_a_routine_case_shows_the_patient_beside_the_texts(
    clinic: Clinic, wiring: Wiring, browser: Browser
) -> None:
    clinic.imports(rows(JANE), "--apply")
    code = case_of(wiring, "Could I come in next Tuesday afternoon for a follow up?")
    browser.sign_in()
    page = words_of(browser.get(f"/cases/{code}").text)
    assert "José Pérez, 46" in page
    assert page.index("12 Sample Ave") > page.index("next Tuesday")


def test_several_patients_on_one_phone_are_all_shown_with_a_warning(
    clinic: Clinic, wiring: Wiring, browser: Browser
) -> None:
    clinic.imports(rows(JANE, KID), "--apply")
    code = case_of(wiring, EMERGENCY)
    browser.sign_in()
    page = words_of(browser.get(f"/cases/{code}").text)
    assert "Tim Pérez minor" in page
    assert "José Pérez" in page
    assert page.count("ask who is writing") == 1
    assert "For one of them: this phone may be told appointments only." in page


def test_a_number_that_is_not_on_the_list_is_shown_as_such(
    clinic: Clinic, wiring: Wiring, browser: Browser
) -> None:
    browser.sign_in()
    routine = "Could I come in next Tuesday afternoon for a follow up?"
    unlisted = case_of(wiring, routine, "+15615550118")
    assert "Not on the patient list" not in browser.get(f"/cases/{unlisted}").text
    clinic.imports(rows(JANE), "--apply")
    assert "Ask for name and birth date" in browser.get(f"/cases/{unlisted}").text
    code = case_of(wiring, EMERGENCY, "+15615550119")
    page = words_of(browser.get(f"/cases/{code}").text)
    assert "Not on the patient list. Ask for a name, and where they are." in page


HOSTILE = "<script>alert(1)</script> {{70007*7}} '\"><img src=x onerror=1>"


def test_hostile_names_are_shown_as_text(clinic: Clinic, wiring: Wiring, browser: Browser) -> None:
    cell = '"' + (HOSTILE + " \u202egnp.exe\x07").replace('"', '""') + '"'
    clinic.imports(f"clinic_id,name,address,guardian,phone\n{cell},{cell},{cell},{cell},{WALT}\n", "--apply")
    code = case_of(wiring, EMERGENCY)
    with wiring.db.writing() as session:
        contact = session.scalars(select(Contact)).one()
        entry = ConsentEntry(
            id=new_id(),
            contact_id=contact.id,
            at=contact.created_at,
            kind="texts",
            change="stop",
            source="words",
        )
        entry.words = HOSTILE + "\u202e"
        session.add(entry)
    browser.sign_in()
    page = browser.get(f"/cases/{code}").text
    assert page.count("&lt;script&gt;alert(1)") >= 5
    for unsafe in ("<script>alert", "<img src=x", "\u202e", "\x07", "490049"):
        assert unsafe not in page, unsafe


def test_the_page_shows_consent_silence_and_the_last_lines_of_the_ledger(
    wiring: Wiring, browser: Browser, time: Clock
) -> None:
    code = case_of(wiring, EMERGENCY)
    with wiring.db.writing() as session:
        contact = session.scalars(select(Contact)).one()
        contact.silence, contact.reminders_off_at = "wrong_number", time()
        for minute in range(7):
            time.forward(minutes=1)
            entry = ConsentEntry(
                id=new_id(), contact_id=contact.id, at=time(), kind="texts", change="stop", source="words"
            )
            entry.words = f"line {minute} of it"
            session.add(entry)
    browser.sign_in()
    page = words_of(browser.get(f"/cases/{code}").text)
    assert "never said no to texts" in page
    assert "somebody said this is a wrong number" in page
    assert "Wants no reminders since" in page
    assert re.findall(r"line (\d) of it", page) == ["6", "5", "4", "3", "2"]


def test_staff_set_the_language_of_a_contact(wiring: Wiring, browser: Browser) -> None:
    code = case_of(wiring, EMERGENCY)
    browser.sign_in()
    path = f"/cases/{code}"

    def contact() -> Contact:
        with wiring.db.reading() as session:
            return session.scalars(select(Contact)).one()

    version = contact().version
    assert browser.submit(path, f"{path}/language", language="es").status_code == 303
    assert (contact().set_language, contact().version) == ("es", version + 1)
    assert "Spanish, set by staff" in browser.get(path).text
    assert browser.submit(path, f"{path}/language", language="es").status_code == 303
    assert len(events(wiring, "language_set")) == 1
    assert browser.submit(path, f"{path}/language", language="xx").status_code == 400
    assert browser.submit(path, f"{path}/language", language="").status_code == 303
    assert contact().set_language is None
    said = [
        (event.details["language"], event.staff_id is not None) for event in events(wiring, "language_set")
    ]
    assert said == [("es", True), ("by_texts", True)]
    assert browser.submit(path, "/cases/ZZZZ/language", language="es").status_code == 404


def test_only_staff_set_a_language(wiring: Wiring, browser: Browser) -> None:
    code = case_of(wiring, EMERGENCY)
    refused = browser.submit("/sign-in", f"/cases/{code}/language", language="es")
    assert "/sign-in" in refused.headers["Location"]
    with wiring.db.reading() as session:
        assert session.scalars(select(Contact.set_language)).one() is None
