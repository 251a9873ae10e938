"""Importing the patient list."""

from __future__ import annotations

import pytest

from smsbot import patients
from smsbot.models import PatientNumber
from smsbot.patients.importing import ImportRefused, apply_import, read_import
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.integration.patients.parts import HEADER, JANE, KID, Clinic, behind, count, events, find, rows
from tests.texts import WALT


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
