"""The patient list: importing it, asking it, and what a case shows of it."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from flask import Flask
from sqlalchemy import func, select

from smsbot import patients
from smsbot.cli import main
from smsbot.models import Case, ConsentEntry, Contact, Event, Patient, PatientNumber, Stamp, new_id
from smsbot.patients.importing import ImportRefused, apply_import, read_import
from smsbot.simulator.people import SAMPLE_LIST, seed_patients
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.integration.conftest import Browser
from tests.texts import WALT, inbound

HEADER = (
    "clinic_id,name,birth_date,address,emergency_contact,guardian,prescriber,language,"
    "phone,phone_relation,phone_may_be_told"
)
JANE = "A-1,José Pérez,01/02/1980,12 Sample Ave,June Example,,Paul,Spanish,(561) 555-0110,,"
KID = "A-2,Tim Pérez,2013-02-05,12 Sample Ave,,José Pérez,,en,561-555-0110,parent,appointments"
EMERGENCY = "chest tight since the infusion"


@pytest.fixture
def smsbot(wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A runner whose environment is this home's."""
    settings = wiring.settings
    monkeypatch.setenv("SMSBOT_HOME", str(settings.home))
    monkeypatch.setenv("PORT", str(settings.port))
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    return CliRunner()


@pytest.fixture
def app(app: Flask) -> Iterator[Flask]:
    """The web application with the route that this part adds."""
    from smsbot.web.contact import contact

    if contact.name not in app.blueprints:
        app.register_blueprint(contact)
    yield app


class Clinic:
    """Somebody at a shell with files."""

    def __init__(self, smsbot: CliRunner, folder: Path) -> None:
        self.smsbot, self.folder = smsbot, folder

    def run(self, *words: str) -> Result:
        return self.smsbot.invoke(main, ["patients", *words])

    def imports(self, text: str | bytes, *options: str) -> Result:
        file = self.folder / "list.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return self.run("import", str(file), *options)


@pytest.fixture
def clinic(smsbot: CliRunner, tmp_path: Path) -> Clinic:
    return Clinic(smsbot, tmp_path)


def rows(*lines: str) -> str:
    return "\n".join((HEADER, *lines, ""))


def count(wiring: Wiring, table: type = Patient) -> int:
    with wiring.db.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def find(wiring: Wiring, clinic_id: str) -> Patient:
    with wiring.db.reading() as session:
        found = patients.find_by_clinic_id(session, wiring.vault, clinic_id)
    assert found is not None
    return found


def events(wiring: Wiring, kind: str) -> list[Event]:
    with wiring.db.reading() as session:
        return list(session.scalars(select(Event).where(Event.kind == kind).order_by(Event.id)))


def behind(wiring: Wiring, number: str = WALT) -> list[tuple[str, str, str]]:
    with wiring.db.reading() as session:
        found = patients.behind(session, wiring.vault.blind_index("number", number))
    return [(one.patient.name, one.relation, one.may_be_told) for one in found]


# Importing


def test_a_dry_run_counts_and_writes_nothing(clinic: Clinic, wiring: Wiring) -> None:
    done = clinic.imports(rows(JANE, KID))
    assert done.exit_code == 0
    assert done.stdout == "new 2, changed 0, unchanged 0, left 0, rows with errors 0\n"
    assert "--apply" in done.stderr
    assert (count(wiring), count(wiring, PatientNumber)) == (0, 0)
    with wiring.db.reading() as session:
        assert not patients.has_list(session)


def test_an_applied_import_keeps_everything_sealed(clinic: Clinic, wiring: Wiring) -> None:
    assert clinic.imports(rows(JANE), "--apply").exit_code == 0
    jane = find(wiring, "a-1")
    assert (jane.clinic_id, jane.name, jane.birth_date) == ("A-1", "José Pérez", "1980-01-02")
    assert (jane.address, jane.emergency_contact) == ("12 Sample Ave", "June Example")
    assert (jane.guardian, jane.prescriber, jane.language) == (None, "Paul", "es")
    assert "José".encode() not in jane.name_sealed
    assert behind(wiring) == [("José Pérez", "self", "everything")]
    with wiring.db.reading() as session:
        assert patients.has_list(session)
    assert [event.details["new"] for event in events(wiring, "patients_imported")] == [1]


def test_importing_the_same_file_again_changes_nothing(clinic: Clinic, wiring: Wiring) -> None:
    clinic.imports(rows(JANE, KID), "--apply")
    done = clinic.imports(rows(JANE, KID), "--apply", "--remove-missing")
    assert done.stdout == "new 0, changed 0, unchanged 2, left 0, rows with errors 0\n"
    assert (count(wiring), count(wiring, PatientNumber)) == (2, 2)
    assert events(wiring, "patient_changed") == []


def test_a_row_of_a_known_id_changes_that_patient(clinic: Clinic, wiring: Wiring, time: Clock) -> None:
    clinic.imports(rows(JANE, KID), "--apply")
    before = find(wiring, "A-1")
    time.forward(days=1)
    moved = JANE.replace("12 Sample Ave", "7 Invented St").replace("555-0110,,", "555-0111,partner,nothing")
    done = clinic.imports(rows(moved), "--apply", "--details")
    assert "changed  A-1  address, phones\n" in done.stdout
    after = find(wiring, "A-1")
    assert (after.id, after.address, after.name) == (before.id, "7 Invented St", "José Pérez")
    assert (after.created_at, after.updated_at) == (before.created_at, time())
    assert behind(wiring) == [("Tim Pérez", "parent", "appointments")]
    assert behind(wiring, "+15615550111") == [("José Pérez", "partner", "nothing")]
    (event,) = events(wiring, "patient_changed")
    assert event.details == {"patient_id": before.id, "columns": ["address", "phones"]}


def test_columns_that_the_file_does_not_have_stay_and_empty_cells_empty(
    clinic: Clinic, wiring: Wiring
) -> None:
    clinic.imports(rows(JANE, KID), "--apply")
    clinic.imports("clinic_id,name,prescriber,phone\nA-1,José Pérez,,561-555-0110\n", "--apply")
    jane = find(wiring, "A-1")
    assert (jane.prescriber, jane.address, jane.language) == (None, "12 Sample Ave", "es")
    clinic.imports("clinic_id,name,phone\nA-2,Tim Pérez,561-555-0110\n", "--apply")
    assert ("Tim Pérez", "parent", "appointments") in behind(wiring)
    clinic.imports("clinic_id,name\nA-2,Tim P\n", "--apply")
    assert ("Tim P", "parent", "appointments") in behind(wiring)


def test_one_error_stops_everything_unless_bad_rows_are_skipped(clinic: Clinic, wiring: Wiring) -> None:
    bad = "A-3,Secret Name,31/12/1980,,,,,,5615,,"
    for options in ((), ("--apply",)):
        done = clinic.imports(rows(JANE, bad), *options)
        assert done.exit_code == 1
        assert "line 3, birth_date: is no date: write 1980-01-31" in done.stderr
        assert "line 3, phone: is no number that exists" in done.stderr
        assert count(wiring) == 0
    done = clinic.imports(rows(JANE, bad), "--apply", "--skip-bad")
    assert (done.exit_code, done.stdout.endswith("rows with errors 1\n")) == (0, True)
    assert count(wiring) == 1


def test_whoever_is_missing_leaves_and_may_come_back(clinic: Clinic, wiring: Wiring) -> None:
    clinic.imports(rows(JANE, KID), "--apply")
    assert clinic.imports(rows(JANE)).stdout.startswith("new 0, changed 0, unchanged 1, left 0")
    done = clinic.imports(rows(JANE), "--apply", "--remove-missing", "--details")
    assert "left     A-2\n" in done.stdout
    assert find(wiring, "A-2").left_at is not None
    assert behind(wiring) == [("José Pérez", "self", "everything")]
    assert len(events(wiring, "patient_left")) == 1
    again = clinic.imports(rows(JANE), "--apply", "--remove-missing")
    assert "left 0" in again.stdout
    back = clinic.imports(rows(JANE, KID), "--apply", "--details")
    assert "changed  A-2  left\n" in back.stdout
    assert len(behind(wiring)) == 2


def test_a_bad_row_does_not_make_its_patient_leave(clinic: Clinic, wiring: Wiring) -> None:
    clinic.imports(rows(JANE, KID), "--apply")
    options = ("--apply", "--remove-missing", "--skip-bad")
    clinic.imports(rows(JANE, KID.replace("2013-02-05", "nonsense")), *options)
    assert find(wiring, "A-2").left_at is None
    done = clinic.imports(rows(JANE, KID.replace("A-2", "")), *options)
    assert "Nobody is marked as having left" in done.stderr
    assert find(wiring, "A-2").left_at is None


def test_columns_are_mapped_by_options_and_by_a_file(clinic: Clinic, wiring: Wiring) -> None:
    text = "MRN;First;Last;DOB;Cell\nA-1;José;Pérez;1/2/1980;561-555-0110\n".encode("cp1252")
    mapping = clinic.folder / "columns.toml"
    mapping.write_text('[columns]\nMRN = "clinic_id"\nFirst = "name"\nLast = "name"\n')
    done = clinic.imports(text, "--mapping", str(mapping), "--map", "dob=birth_date", "--apply")
    assert "Columns not read: Cell." in done.stderr
    jane = find(wiring, "A-1")
    assert (jane.name, jane.birth_date) == ("José Pérez", "1980-01-02")


@pytest.mark.parametrize(
    ("text", "options", "exit_code", "remedy"),
    [
        ("name\nX\n", (), 1, "no column for clinic_id"),
        (HEADER, (), 1, "no patient"),
        ("", (), 1, "is empty"),
        (b"PK\x03\x04", (), 1, "CSV UTF-8"),
        (HEADER, ("--map", "nonsense"), 2, "Their column=name"),
        (HEADER, ("--map", "MRN=clinic_id"), 1, "no column 'MRN'"),
    ],
)
def test_a_file_that_does_not_fit_is_told_with_the_remedy(
    clinic: Clinic, text: str | bytes, options: tuple[str, ...], exit_code: int, remedy: str
) -> None:
    done = clinic.imports(text, *options)
    assert (done.exit_code, done.stdout) == (exit_code, "")
    assert remedy in done.stderr


def test_an_import_that_another_overtook_writes_nothing(wiring: Wiring, time: Clock) -> None:
    raw = rows(JANE, KID).encode()
    slow = read_import(wiring.db, wiring.vault, raw, (), time(), remove_missing=False)
    fast = read_import(wiring.db, wiring.vault, rows(KID).encode(), (), time(), remove_missing=False)
    apply_import(wiring.db, wiring.vault, fast, time())
    with pytest.raises(ImportRefused, match="Import the file again"):
        apply_import(wiring.db, wiring.vault, slow, time())
    assert (count(wiring), count(wiring, PatientNumber)) == (1, 1)


def test_nothing_of_a_patient_is_printed_or_logged_by_an_import(
    clinic: Clinic, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("DEBUG")
    printed = ""
    for lines in ((JANE, KID), (JANE.replace("1980", "80"), KID.replace("561-", "56-")), (KID,)):
        done = clinic.imports(rows(*lines), "--apply", "--details", "--remove-missing", "--skip-bad")
        printed += done.output
    for words in (
        ("list",),
        ("list", "--json"),
        ("list", "--number", WALT),
        ("list", "--name", "jose perez"),
    ):
        printed += clinic.run(*words).output
    assert "A-1" in printed
    shown = printed + caplog.text
    for secret in ("Pérez", "José", "Tim", "0110", "Sample Ave", "1980", "2013", "June", "Paul"):
        assert secret not in shown, secret


# Asking


def test_the_list_gives_ids_and_names_only_when_asked(clinic: Clinic, wiring: Wiring) -> None:
    clinic.imports(rows(JANE, KID), "--apply")
    assert clinic.run("list").stdout == "A-1\nA-2\n"
    assert clinic.run("list", "--names").stdout == "A-1  José Pérez\nA-2  Tim Pérez\n"
    by_number = clinic.run("list", "--number", "(561) 555-0110", "--json").stdout.splitlines()
    assert [json.loads(line) | {"id": ""} for line in by_number] == [
        {"clinic_id": "A-1", "relation": "self", "may_be_told": "everything", "id": "", "left": False},
        {"clinic_id": "A-2", "relation": "parent", "may_be_told": "appointments", "id": "", "left": False},
    ]
    nobody = clinic.run("list", "--number", "+15615550119")
    assert (nobody.stdout, "Nobody found" in nobody.stderr) == ("", True)
    assert clinic.run("list", "--number", "x").exit_code == 2
    assert len(events(wiring, "patients_listed")) == 4


def test_a_name_is_found_by_its_blind_index(clinic: Clinic, wiring: Wiring) -> None:
    clinic.imports(rows(JANE, KID), "--apply")
    assert clinic.run("list", "--name", "  JOSE  perez").stdout == "A-1\n"
    assert clinic.run("list", "--name", "Pérez").stdout == ""
    with wiring.db.reading() as session:
        assert [one.id for one in patients.find_by_name(session, wiring.vault, "tim pérez")] == [
            find(wiring, "A-2").id
        ]


def test_showing_a_patient_is_audited(clinic: Clinic, wiring: Wiring) -> None:
    clinic.imports(rows(KID), "--apply")
    shown = clinic.run("show", "a-2").stdout
    for fact in ("Tim Pérez", "2013-02-05 (13 years)", "12 Sample Ave", "+15615550110 (parent; may be told"):
        assert fact in shown
    assert "not on file" in shown
    assert [one.details for one in events(wiring, "patient_shown")] == [
        {"patient_id": find(wiring, "A-2").id}
    ]
    unknown = clinic.run("show", "A-9")
    assert (unknown.exit_code, unknown.stdout) == (1, "")


# The simulator's list


def test_a_simulator_home_is_given_a_list_once(wiring: Wiring) -> None:
    seed_patients(wiring.db, wiring.vault)
    seed_patients(wiring.db, wiring.vault)
    assert count(wiring) == len(SAMPLE_LIST)
    shared = behind(wiring, "+15615550112")
    assert [relation for _, relation, _ in shared] == ["self", "parent"]


def test_a_live_home_is_given_nobody(wiring: Wiring) -> None:
    with wiring.db.writing() as session:
        session.get_one(Stamp, "mode").value = "live"
    seed_patients(wiring.db, wiring.vault)
    assert count(wiring) == 0


# The case page


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
