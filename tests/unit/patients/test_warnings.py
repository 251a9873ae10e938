"""Who stands behind a number, and what staff are told to mind."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from smsbot.crypto import Vault, make_keys
from smsbot.handlers.senders import SHARED
from smsbot.models import Patient, new_id
from smsbot.models import base as models
from smsbot.patients import Behind, age, language_of, name_key, warnings
from smsbot.patients.warnings import SEVERAL

NOW = datetime(2026, 11, 23, 10, 0, tzinfo=UTC)


@pytest.fixture(autouse=True)
def keys(monkeypatch: pytest.MonkeyPatch) -> None:
    """Keys of this test's own; what stood there before is put back."""
    monkeypatch.setattr(models, "_vault", Vault(make_keys()))


def one(
    relation: str = "self", told: str = "everything", born: str | None = "1980-01-02", language: str = "en"
) -> Behind:
    patient = Patient(id=new_id(), language=language)
    patient.name, patient.birth_date = "Jane Secret", born
    return Behind(patient, relation, told)


@pytest.mark.parametrize(
    ("born", "years"),
    [("2008-11-23", 18), ("2008-11-24", 17), ("1980-02-29", 46), ("2026-11-23", 0), (None, None)],
)
def test_age_counts_full_years(born: str | None, years: int | None) -> None:
    assert age(born, NOW) == years


@pytest.mark.parametrize(
    ("people", "notes"),
    [
        ([], ()),
        ([one], ()),
        ([lambda: one(born=None)], ()),
        (
            [lambda: one("guardian")],
            ("This is a guardian's phone: do not repeat here what the patient wrote from another phone.",),
        ),
        (
            [lambda: one("parent", born="2013-02-05")],
            ("This is a parent's phone: do not repeat here what a minor wrote from another phone.",),
        ),
        (
            [lambda: one(born="2013-02-05")],
            ("A minor: what they write here never goes to a parent's phone. Ask before you call one.",),
        ),
        ([lambda: one(told="appointments")], ("This phone may be told appointments only.",)),
        ([lambda: one(told="nothing")], ("This phone may be told nothing about the patient.",)),
        (
            [one, lambda: one("parent", "appointments", "2013-02-05")],
            (
                SEVERAL,
                "For one of them: this is a parent's phone: do not repeat here what a minor wrote from "
                "another phone.",
                "For one of them: this phone may be told appointments only.",
            ),
        ),
        ([one, one, one], (SEVERAL,)),
    ],
)
def test_staff_are_warned_and_no_name_is_in_it(people: list, notes: tuple[str, ...]) -> None:  # type: ignore[type-arg]
    assert warnings([make() for make in people], NOW) == notes


def test_what_the_policy_notes_and_what_the_page_warns_of_is_one_sentence() -> None:
    assert SEVERAL == SHARED  # or the case page says it twice


def test_a_minor_is_one_until_the_birthday() -> None:
    assert warnings([one(born="2008-11-24")], NOW)
    assert not warnings([one(born="2008-11-23")], NOW)


def test_the_language_of_a_number_is_told_only_when_it_is_one() -> None:
    assert language_of([]) is None
    assert language_of([one(language="es")]) == "es"
    assert language_of([one(language="es"), one(language="es")]) == "es"
    assert language_of([one(language="es"), one(language="en")]) is None


@pytest.mark.parametrize("written", ["José Pérez", "jose perez", "  JOSÉ\t PEREZ ", "Jose\u0301 Pe\u0301rez"])
def test_a_name_is_found_however_it_is_written(written: str) -> None:
    assert name_key(written) == "jose perez"


def test_different_names_stay_different() -> None:
    assert len({name_key(name) for name in ("Ana Ruiz", "Anna Ruiz", "AnaRuiz", "李小龍", "李小龙")}) == 5


def test_the_guide_names_every_column() -> None:
    from smsbot.patients.columns import TEXTS
    from smsbot.patients.fields import MAY_BE_TOLD, RELATIONS

    guide = (Path(__file__).resolve().parents[3] / "docs" / "patients.md").read_text()
    assert [word for word in (*TEXTS, *RELATIONS, *MAY_BE_TOLD) if f"`{word}`" not in guide] == []
