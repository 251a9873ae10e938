"""Who stands at the simulator's phones: invented people with 555-01xx numbers."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select

from smsbot import people
from smsbot.crypto import Vault
from smsbot.db import Database
from smsbot.models import Staff
from smsbot.models.people import Role


@dataclass(frozen=True, slots=True)
class SampleStaff:
    """A staff member of the sample clinic."""

    email: str
    name: str
    phone: str
    role: Role
    is_on_call: bool = False


@dataclass(frozen=True, slots=True)
class SamplePatient:
    """A phone to text from, and things its owner might text."""

    number: str
    name: str
    language: str
    samples: tuple[str, ...]


SAMPLE_STAFF = (
    SampleStaff("nurse@example.com", "Nadia (nurse)", "+15615550150", Role.NURSE, is_on_call=True),
    SampleStaff("prescriber@example.com", "Paul (prescriber)", "+15615550151", Role.PRESCRIBER),
    SampleStaff("desk@example.com", "Fern (front desk)", "+15615550152", Role.FRONT_DESK),
    SampleStaff("admin@example.com", "Ada (administrator)", "+15615550153", Role.ADMINISTRATOR),
)

SAMPLE_PATIENTS = (
    SamplePatient(
        "+15615550110",
        "Walt",
        "en",
        (
            "Could I come in next Tuesday afternoon for a follow up?",
            "chest tight since the infusion",
            "Little nauseous after today's session, ginger ale is helping",
            "2 Lexapro left, pharmacy says no refills",
            "my traffic this morning was killing me lol. still on for thursday",
            "thank you!!",
        ),
    ),
    SamplePatient(
        "+15615550111",
        "Yolanda",
        "es",
        (
            "Quiero cambiar mi cita para el viernes por la tarde",
            "se me acabó la sertralina y la farmacia no me da más",
            "llevo una hora mirando el frasco de pastillas, ya no puedo más",
            "Gracias, me siento mejor",
        ),
    ),
    SamplePatient(
        "+15615550112",
        "Roseline",
        "ht",
        (
            "Mwen bezwen yon randevou lendi maten silvouplè",
            "tansyon m 185 sou 125, tèt mwen ap fè m mal anpil",
            "mesi anpil dok",
        ),
    ),
    SamplePatient("+15615550113", "Somebody new", "en", ("hey", "who is this", "STOP", "START")),
)


def seed_staff(db: Database, vault: Vault, password: str) -> None:
    """Put the sample staff on an empty list, each with this password."""
    with db.writing() as session:
        if session.scalars(select(Staff.id).limit(1)).first() is not None:
            return
        for sample in SAMPLE_STAFF:
            staff = people.add_staff(
                session,
                vault,
                email=sample.email,
                name=sample.name,
                phone=sample.phone,
                role=sample.role,
                is_on_call=sample.is_on_call,
            )
            people.set_password(session, staff, password)
