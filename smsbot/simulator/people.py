"""Who stands at the simulator's phones: invented people with 555-01xx numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select

from smsbot import clock, patients, people
from smsbot.correspondence import saved
from smsbot.crypto import Vault
from smsbot.db import Database
from smsbot.models import SavedReply, Staff, Stamp
from smsbot.models.people import Role
from smsbot.patients.changes import Plan, prepare, write
from smsbot.patients.rows import Given, Record


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

_STREET = "Delray Beach, FL 33444"

# The list of the sample clinic. Roseline's phone has two people behind it: herself and her son.
SAMPLE_LIST = (
    Record(
        1,
        "S-1001",
        {
            "name": "Walter Example",
            "birth_date": "1961-03-09",
            "address": f"12 Sample Ave, Apt 4, {_STREET}",
            "emergency_contact": "June Example (sister), +1 561-555-0120",
            "guardian": None,
            "prescriber": "Paul",
            "language": "en",
        },
        (Given("+15615550110", "self", "everything"),),
    ),
    Record(
        2,
        "S-1002",
        {
            "name": "Yolanda Muestra",
            "birth_date": "1987-11-30",
            "address": f"340 Invented Blvd, {_STREET}",
            "emergency_contact": "Carlos Muestra (esposo), +1 561-555-0121",
            "guardian": None,
            "prescriber": "Paul",
            "language": "es",
        },
        (Given("+15615550111", "self", "everything"),),
    ),
    Record(
        3,
        "S-1003",
        {
            "name": "Roseline Egzanp",
            "birth_date": "1979-06-17",
            "address": f"7 Made-up Ln, {_STREET}",
            "emergency_contact": "Wilner Egzanp (frè), +1 561-555-0122",
            "guardian": None,
            "prescriber": None,
            "language": "ht",
        },
        (Given("+15615550112", "self", "everything"),),
    ),
    Record(
        4,
        "S-1004",
        {
            "name": "Woodly Egzanp",
            "birth_date": "2013-02-05",
            "address": f"7 Made-up Ln, {_STREET}",
            "emergency_contact": "Roseline Egzanp (mother), +1 561-555-0112",
            "guardian": "Roseline Egzanp",
            "prescriber": "Paul",
            "language": "ht",
        },
        (Given("+15615550112", "parent", "appointments"),),
    ),
)


_SAVED = (
    (
        "We call you",
        {
            "en": "Hi {first_name}, this is {staff} at {clinic}. I will call you today. Please pick up.",
            "es": "Hola {first_name}, soy {staff} de {clinic}. Hoy le llamo. Por favor conteste.",
            "ht": "Bonjou {first_name}, se {staff} nan {clinic}. M ap rele w jodi a. Tanpri reponn.",
        },
    ),
    (
        "Please call us",
        {
            "en": "Please call us at {office_phone}. If it cannot wait, call 911.",
            "es": "Por favor llame al {office_phone}. Si no puede esperar, llame al 911.",
            "ht": "Tanpri rele nou nan {office_phone}. Si sa pa ka tann, rele 911.",
        },
    ),
    (
        "Office closed",
        {
            "en": "The office is closed now. We open {next_opening} and answer you then.",
            "es": "Ahora la oficina no atiende. Abrimos {next_opening} y entonces le respondemos.",
            "ht": "Biwo a fèmen kounye a. N ap louvri {next_opening} epi n ap reponn ou.",
        },
    ),
    (
        "Visit noted",
        {
            "en": "Thank you. We noted your wish for a visit. We text you once it is set. {staff}, {clinic}",
            "es": "Gracias. Anotamos su cita y le escribimos cuando quede confirmada. {staff}, {clinic}",
            "ht": "Mèsi. Nou note randevou ou vle a, n ap ekri w lè li konfime. {staff}, {clinic}",
        },
    ),
    (
        "Refill passed on",
        {
            "en": "Your prescriber has your refill request. We text you when it is sent to the pharmacy.",
            "es": "Su médico tiene su pedido. Le escribimos cuando se mande a la farmacia.",
            "ht": "Doktè a resevwa demann ou an. N ap ekri w lè li voye nan famasi a.",
        },
    ),
    (
        "Is this the right number?",
        {
            "en": "Hello, this is {clinic}. Did we reach the right person? Please text YES or NO.",
            "es": "Hola, somos {clinic}. ¿Es usted la persona que buscamos? Por favor escriba SI o NO.",
            "ht": "Bonjou, se {clinic}. Eske se bon nimewo a? Tanpri ekri WI oswa NON.",
        },
    ),
)


def seed_saved_replies(db: Database, languages: Sequence[str]) -> None:
    """Put sample saved replies where there never were any. A live clinic writes its own."""
    with db.writing() as session:
        mode = session.get(Stamp, "mode")
        was_used = session.scalars(select(SavedReply.id).limit(1)).first() is not None
        if mode is None or mode.value != "simulator" or was_used:
            return
        for name, bodies in _SAVED:
            for language, body in bodies.items():
                if language in languages:
                    saved.add(
                        session, name=name, language=language, body=body, offered=languages, staff_id=None
                    )


def seed_patients(db: Database, vault: Vault) -> None:
    """Put the sample list where there is none. A live home is never given invented patients."""
    with db.reading() as session:
        mode = session.get(Stamp, "mode")
        if mode is None or mode.value != "simulator" or patients.has_list(session):
            return
    writes = prepare(Plan(new=list(SAMPLE_LIST)), vault, clock.now())
    with db.writing() as session:
        write(session, writes)


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
