"""What the tests of the patient list share: a list, somebody who imports it, and what came of it."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result
from sqlalchemy import func, select

from smsbot import patients
from smsbot.cli import main
from smsbot.models import Event, Patient
from smsbot.wiring import Wiring
from tests.texts import WALT

HEADER = (
    "clinic_id,name,birth_date,address,emergency_contact,guardian,prescriber,language,"
    "phone,phone_relation,phone_may_be_told"
)
JANE = "A-1,José Pérez,01/02/1980,12 Sample Ave,June Example,,Paul,Spanish,(561) 555-0110,,"
KID = "A-2,Tim Pérez,2013-02-05,12 Sample Ave,,José Pérez,,en,561-555-0110,parent,appointments"


class Clinic:
    """Somebody at a shell with files."""

    def __init__(self, smsbot: CliRunner, folder: Path) -> None:
        self.smsbot, self.folder = smsbot, folder

    def run(self, *words: str) -> Result:
        """`smsbot patients WORDS`."""
        return self.smsbot.invoke(main, ["patients", *words])

    def imports(self, text: str | bytes, *options: str) -> Result:
        """Import a file of this content."""
        file = self.folder / "list.csv"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return self.run("import", str(file), *options)


def rows(*lines: str) -> str:
    """A list with all columns and these lines."""
    return "\n".join((HEADER, *lines, ""))


def count(wiring: Wiring, table: type = Patient) -> int:
    """How many rows a table has."""
    with wiring.db.reading() as session:
        return session.scalar(select(func.count()).select_from(table)) or 0


def find(wiring: Wiring, clinic_id: str) -> Patient:
    """The patient with this id of the clinic's."""
    with wiring.db.reading() as session:
        found = patients.find_by_clinic_id(session, wiring.vault, clinic_id)
    assert found is not None
    return found


def events(wiring: Wiring, kind: str) -> list[Event]:
    """The lines of the audit log of one kind, in their order."""
    with wiring.db.reading() as session:
        return list(session.scalars(select(Event).where(Event.kind == kind).order_by(Event.id)))


def behind(wiring: Wiring, number: str = WALT) -> list[tuple[str, str, str]]:
    """Whom a phone belongs to: name, relation, what it may be told."""
    with wiring.db.reading() as session:
        found = patients.behind(session, wiring.vault.blind_index("number", number))
    return [(one.patient.name, one.relation, one.may_be_told) for one in found]
