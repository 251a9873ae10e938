"""What the tests of the rota share: a command line, a calendar's file, and who is on call."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from click.testing import CliRunner, Result
from sqlalchemy import select

from smsbot import people
from smsbot.cli import main
from smsbot.models import Duty, Event
from smsbot.shifts import on_duty
from smsbot.wiring import Wiring

NURSE, PRESCRIBER, DESK = "nurse@example.com", "prescriber@example.com", "desk@example.com"
NIGHT = ("--days", "mon-sun", "--from", "17:00", "--to", "08:00")


def utc(written: str) -> datetime:
    """A moment, written in UTC."""
    return datetime.fromisoformat(written).replace(tzinfo=UTC)


def run(smsbot: CliRunner, *words: str, exit_code: int = 0) -> Result:
    """`smsbot shifts WORDS`, which ends with this exit code."""
    done = smsbot.invoke(main, ["shifts", *words])
    assert done.exit_code == exit_code, done.output
    return done


def told(wiring: Wiring, at: str, duty: Duty = Duty.ON_CALL) -> list[str]:
    """The addresses of those on duty at a moment (UTC), without their domain."""
    with wiring.db.reading() as session:
        staff = on_duty(session, wiring.clinic.zone, utc(at), duty)
        return sorted(person.email.partition("@")[0] for person in staff)


def disable(wiring: Wiring, email: str) -> None:
    """Take a person off the staff list."""
    with wiring.db.writing() as session:
        person = people.find_by_email(session, wiring.vault, email)
        assert person is not None
        people.disable(session, person)


def audited(wiring: Wiring) -> list[Event]:
    """The lines of the audit log about the rota, in their order."""
    kinds = ("rota_added", "rota_removed", "shift_swapped", "shift_removed", "shifts_imported")
    with wiring.db.reading() as session:
        return list(session.scalars(select(Event).where(Event.kind.in_(kinds)).order_by(Event.id)))


def calendar(folder: Path, *events: tuple[str, str, str]) -> str:
    """A file with events of (start, end, title), times as 20261127T170000 of the clinic."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//test"]
    for number, (starts, ends, title) in enumerate(events):
        zone = "TZID=America/New_York"
        lines += ["BEGIN:VEVENT", f"UID:{number}", f"DTSTART;{zone}:{starts}", f"DTEND;{zone}:{ends}"]
        lines += [f"SUMMARY:{title}", "END:VEVENT"]
    path = folder / "rota.ics"
    path.write_text("\r\n".join([*lines, "END:VCALENDAR", ""]), encoding="utf-8")
    return str(path)
