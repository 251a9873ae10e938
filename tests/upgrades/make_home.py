"""Leave a small home with data behind, for later versions to start on.

    python -m tests.upgrades.make_home a-first-text

An emergency that somebody has taken, noted something about and answered, a routine request in Spanish, a
resolved case, an opted-out contact, a phone that others read, a picture that was not fetched yet, a question
that was asked, patients of whom two share a phone, one alert that never left, a rota with gaps, a draft, a
case that waits for its patient, a corrected text, hours changed on the screen, saved replies.
"""

from __future__ import annotations

import json
import sys
import tarfile
import tempfile
from pathlib import Path

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import clinic_changes, escalation
from smsbot.config import load_settings
from smsbot.correspondence import writing
from smsbot.correspondence.drafts import keep_draft
from smsbot.desk import correcting
from smsbot.domain import Media
from smsbot.escalation import handing
from smsbot.models import Case, Contact, Duty, Message, Rota, Staff, new_id
from smsbot.simulator.people import seed_patients, seed_saved_replies
from smsbot.wiring import Wiring, build
from tests.conftest import prepare
from tests.system import free_port, patient_clinic
from tests.texts import inbound

HERE = Path(__file__).parent
TEXTS = (
    ("+15615550110", "chest tight since the infusion"),
    ("+15615550111", "Quiero cambiar mi cita para el viernes por la tarde"),
    ("+15615550112", "whats your fax number"),
    ("+15615550113", "STOP"),
    ("+15615550114", "i cant breathe"),
    ("+15615550116", "dont write me on this phone, my husband reads everything"),
    ("+15615550117", "can i get an appointment"),
    ("+15615550118", "see this"),
)
PICTURE = {"+15615550118": (Media(0, "image/jpeg"),)}


def make_home(name: str) -> Path:
    """Write tests/upgrades/NAME.tar.gz and NAME.json, which says what must be found in it."""
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        environ = {"SMSBOT_HOME": str(root / "home"), "PORT": str(free_port())}
        (root / "home").mkdir()
        (root / "home" / "clinic.toml").write_text(patient_clinic(), encoding="utf-8")
        settings = load_settings(environ, root=root)
        prepare(settings)
        parts = build(settings)
        for number, body in TEXTS:
            parts.intake.receive(inbound(body, number, media=PICTURE.get(number, ())))
        seed_patients(parts.db, parts.vault)
        seed_saved_replies(parts.db, parts.clinic.languages)
        with parts.db.writing() as session:
            nurse = session.query(Staff).filter(Staff.role == "nurse").one()
            cases = {session.get_one(Contact, case.contact_id).number: case for case in session.query(Case)}
            parts.ladder.take(session, cases["+15615550110"], nurse.id)
            escalation.note_acted(session, cases["+15615550110"], nurse.id, "note", "Her sister is with her")
            writing.write_to_patient(session, cases["+15615550110"], nurse.id, "We call you now.")
            session.add(
                Rota(
                    id=new_id(), staff_id=nurse.id, duty=Duty.ON_CALL, weekday=0, starts="00:00", ends="00:00"
                )
            )
            escalation.resolve(session, cases["+15615550112"], nurse.id, "Told him the number")
            work_at_the_desk(session, parts, cases, nurse)
            found = {
                number: {"code": case.code, "urgency": case.urgency, "state": case.state, "body": body}
                for number, body in TEXTS
                if (case := cases.get(number))
            }
        parts.close()
        for leftover in ("smsbot.db-wal", "smsbot.db-shm", "smsbot.db.migrating"):
            (settings.home / leftover).unlink(missing_ok=True)
        target = HERE / f"{name}.tar.gz"
        with tarfile.open(target, "w:gz") as archive:
            archive.add(settings.home, "home")
        (HERE / f"{name}.json").write_text(json.dumps(found, indent=1, ensure_ascii=False) + "\n")
    return target


def work_at_the_desk(session: Session, parts: Wiring, cases: dict[str, Case], nurse: Staff) -> None:
    """What people leave behind at the screens: a draft, a wait, a correction, changed hours."""
    keep_draft(session, cases["+15615550114"].id, nurse.id, "We are trying to reach")
    handing.set_waiting(session, cases["+15615550117"], nurse.id)
    message = session.scalars(select(Message).where(Message.case_id == cases["+15615550111"].id)).first()
    assert message is not None
    labels = correcting.labels_of("routine", ["appointment.request"], [])
    correcting.correct(parts.ladder, session, cases["+15615550111"], message.id, nurse, labels)
    hours = {"hours": "Mo-Sa 08:00-18:00; PH off", "holidays": "US"}
    clinic_changes.change(session, parts.living.files, nurse.id, "hours", hours, "Saturdays too")
    nurse.totp = "JBSWY3DPEHPK3PXP"  # begun, and not proved yet: it asks for nothing


if __name__ == "__main__":
    sys.stdout.write(f"{make_home(sys.argv[1])}\n")
