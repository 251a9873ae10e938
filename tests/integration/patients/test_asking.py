"""Asking the patient list, and the list that a simulator home begins with."""

from __future__ import annotations

import json

from smsbot import patients
from smsbot.models import Stamp
from smsbot.simulator.people import SAMPLE_LIST, seed_patients
from smsbot.wiring import Wiring
from tests.integration.patients.parts import JANE, KID, Clinic, behind, count, events, find, rows


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
