"""Who of the list stands behind a number. Nobody is guessed: all of them are given."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot.models import Patient, PatientNumber

OF_AGE = 18  # years


@dataclass(frozen=True, slots=True)
class Behind:
    """A patient behind a number: whose phone it is, seen from the patient, and who may be told what."""

    patient: Patient
    relation: str  # self, parent, guardian, partner, other
    may_be_told: str  # everything, appointments, nothing


def behind(session: Session, number_index: str) -> list[Behind]:
    """The patients behind the number with this blind index, whose own phone it is first.

    Those who left the list are not among them.
    """
    query = (
        select(Patient, PatientNumber.relation, PatientNumber.may_be_told)
        .join(PatientNumber, PatientNumber.patient_id == Patient.id)
        .where(PatientNumber.number_index == number_index, Patient.left_at.is_(None))
    )
    found = [Behind(patient, relation, told) for patient, relation, told in session.execute(query)]
    return sorted(found, key=lambda one: (one.relation != "self", one.patient.name, one.patient.id))


def has_list(session: Session) -> bool:
    """Whether the clinic has ever put anybody on a list of patients."""
    return session.scalars(select(Patient.id).limit(1)).first() is not None


def language_of(people: list[Behind]) -> str | None:
    """The language on file of whoever is behind a number; None if several differ or it is not known."""
    languages = {one.patient.language for one in people}
    return languages.pop() if len(languages) == 1 else None


def age(birth_date: str | None, now: datetime) -> int | None:
    """Full years at the date of `now`; give `now` in the clinic's zone. None without a birth date."""
    if birth_date is None:
        return None
    born, today = date.fromisoformat(birth_date), now.date()
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))


def is_minor(patient: Patient, now: datetime) -> bool:
    """Under 18 by the birth date on file; without one nobody is taken for a minor."""
    years = age(patient.birth_date, now)
    return years is not None and years < OF_AGE
