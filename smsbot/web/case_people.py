"""Who stands behind a case's number, and what was agreed with whoever holds the phone: plain view objects."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import patients
from smsbot.clinic import Clinic
from smsbot.domain import Consent, SenderKind, Silence
from smsbot.models import ConsentEntry, Contact
from smsbot.patients import Behind

_LEDGER_LINES = 5

LANGUAGE_NAMES = {"en": "English", "es": "Spanish", "ht": "Haitian Creole"}
_WHOSE = {
    "self": "the patient's own",
    "parent": "a parent's",
    "guardian": "a guardian's",
    "partner": "a partner's",
}
_CONSENT = {
    Consent.UNKNOWN: "Texted us first; never said no to texts.",
    Consent.OPTED_IN: "Wants texts.",
    Consent.OPTED_OUT: "Opted out of texts: call.",
}
_SILENCE = {
    Silence.PRIVATE: "Automatic texts are off: they asked not to be texted here, others read this phone.",
    Silence.WRONG_NUMBER: "Automatic texts are off: somebody said this is a wrong number. Check it.",
    Silence.COMPLAINT: "Automatic texts are off: they asked for a person instead.",
    Silence.ROBOT: "Automatic texts are off: this number answers every text by itself.",
}
_CHANGES = {
    ("texts", "stop"): "wants no texts",
    ("texts", "start"): "wants texts",
    ("reminders", "stop"): "wants no reminders",
    ("reminders", "start"): "wants reminders",
    ("automatic", "stop"): "automatic replies off",
    ("automatic", "start"): "automatic replies on",
    ("privacy", "told"): "told that texts are not private",
    ("privacy", "agreed"): "agreed to texts, which are not private",
}
_SOURCES = {
    "keyword": "by keyword",
    "words": "in their own words",
    "provider": "the provider said so",
    "staff": "entered by staff",
    "notice": "by our notice",
    "import": "from a file",
}


@dataclass(frozen=True)
class PatientView:
    """A patient as the case page shows them."""

    name: str
    born: date | None
    age: int | None
    is_minor: bool
    clinic_id: str
    facts: tuple[tuple[str, str], ...]  # label and value
    address: str | None


@dataclass(frozen=True)
class LedgerLine:
    """What was agreed or withdrawn, and how."""

    at: datetime
    what: str
    how: str
    words: str | None


@dataclass(frozen=True)
class People:
    """Whoever is on the other side."""

    patients: tuple[PatientView, ...]
    is_looked_up: bool  # a phone, and the clinic keeps a list
    warnings: tuple[str, ...]
    consent: str
    silence: str | None
    language: str
    offered: tuple[tuple[str, str], ...]  # languages that staff may set
    ledger: tuple[LedgerLine, ...]
    patient_ids: tuple[str, ...]


def read_people(session: Session, contact: Contact, clinic: Clinic, now: datetime) -> People:
    """Everything about the holder of a number and the patients behind it."""
    found, local = patients.behind(session, contact.number_index), clinic.local(now)
    return People(
        patients=tuple(_patient(one, local) for one in found),
        is_looked_up=contact.kind == SenderKind.PHONE and patients.has_list(session),
        warnings=patients.warnings(found, local),
        consent=_CONSENT[Consent(contact.consent)],
        silence=_SILENCE[Silence(contact.silence)] if contact.silence else None,
        language=_language(contact, patients.language_of(found)),
        offered=tuple((code, language_name(code)) for code in clinic.languages),
        ledger=_ledger(session, contact.id),
        patient_ids=tuple(one.patient.id for one in found),
    )


def language_name(code: str) -> str:
    """A language in English; its code if it is one that the clinic added."""
    return LANGUAGE_NAMES.get(code, code)


def _patient(one: Behind, local: datetime) -> PatientView:
    patient = one.patient
    facts = (
        ("Emergency contact", patient.emergency_contact),
        ("Guardian", patient.guardian),
        ("This phone", f"{_WHOSE.get(one.relation, 'somebody else’s')}; may be told {one.may_be_told}"),
        ("Language", language_name(patient.language) if patient.language else None),
        ("Prescriber", patient.prescriber),
        ("Clinic id", patient.clinic_id),
    )
    return PatientView(
        name=patient.name,
        born=date.fromisoformat(patient.birth_date) if patient.birth_date else None,
        age=patients.age(patient.birth_date, local),
        is_minor=patients.is_minor(patient, local),
        clinic_id=patient.clinic_id,
        facts=tuple((label, value) for label, value in facts if value),
        address=patient.address,
    )


def _language(contact: Contact, on_file: str | None) -> str:
    if contact.set_language:
        return f"{language_name(contact.set_language)}, set by staff"
    if contact.language:
        return f"{language_name(contact.language)}, as their texts show"
    if on_file:
        return f"{language_name(on_file)}, as the patient list says"
    return "not known yet: in every language we offer"


def _ledger(session: Session, contact_id: str) -> tuple[LedgerLine, ...]:
    query = select(ConsentEntry).where(ConsentEntry.contact_id == contact_id)
    newest = query.order_by(ConsentEntry.at.desc(), ConsentEntry.id.desc()).limit(_LEDGER_LINES)
    return tuple(
        LedgerLine(
            at=entry.at,
            what=_CHANGES.get((entry.kind, entry.change), f"{entry.kind}: {entry.change}"),
            how=_SOURCES.get(entry.source, entry.source),
            words=entry.words,
        )
        for entry in session.scalars(newest)
    )
