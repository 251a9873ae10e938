"""`smsbot doctor`: who can be told, and the gate before the first patient."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy import select

from smsbot import clock, protocols
from smsbot.clinic import GoLive
from smsbot.doctor import State
from smsbot.doctor.go_live import check_go_live
from smsbot.doctor.rota import check_rota
from smsbot.models import Case, Duty, Rota, Staff, new_id
from smsbot.triage.rulebook import load_rulebook
from smsbot.wiring import Wiring
from tests.integration.test_doctor import states, told
from tests.texts import inbound


@pytest.fixture
def database() -> dict[str, str]:
    """SQLite is enough here."""
    return {}


# People


def test_a_rota_with_a_hole_is_told_with_its_hours(wiring: Wiring) -> None:
    assert "always" in told(check_rota(wiring))
    with wiring.db.writing() as session:
        nurse = session.scalars(select(Staff).where(Staff.is_on_call)).one()
        for weekday in range(5):
            row = {"staff_id": nurse.id, "duty": Duty.ON_CALL, "weekday": weekday}
            session.add(Rota(id=new_id(), starts="00:00", ends="00:00", **row))
    lines = check_rota(wiring)
    assert "No one on call from Sat Nov 28 12 AM to Mon Nov 30 12 AM" in told(lines)
    assert State.BAD not in states(lines)


def test_an_empty_staff_list_is_bad(wiring: Wiring) -> None:
    with wiring.db.writing() as session:
        for person in session.scalars(select(Staff)):
            person.disabled_at = clock.now()
    assert states(check_rota(wiring)) == [State.BAD]


# The gate


def ready(wiring: Wiring) -> None:
    """Everything that a clinic writes down."""
    day = date(2026, 11, 20)
    wiring.clinic = replace(
        wiring.clinic, examples=(), night_cover=True, go_live=GoLive(day, medical_director_signed=day)
    )


def take_an_emergency(wiring: Wiring) -> None:
    wiring.intake.receive(inbound("chest tight since the infusion"))
    with wiring.db.writing() as session:
        case = session.scalars(select(Case)).one()
        wiring.ladder.take(session, case, session.scalars(select(Staff.id)).first() or "")


def test_the_gate_is_red_until_everything_is_settled(wiring: Wiring) -> None:
    assert states(check_go_live(wiring)) == [State.BAD] * 5
    ready(wiring)
    assert states(check_go_live(wiring)) == [State.OK] * 4 + [State.BAD]
    take_an_emergency(wiring)
    assert State.BAD not in states(check_go_live(wiring))


def test_an_alert_that_nobody_took_is_no_test(wiring: Wiring) -> None:
    ready(wiring)
    wiring.intake.receive(inbound("chest tight since the infusion"))
    assert states(check_go_live(wiring))[-1] is State.BAD


def test_a_signed_protocol_stands_for_the_date(wiring: Wiring) -> None:
    book = load_rulebook(None)
    protocols.store_protocol(wiring.db, book)
    assert states(check_go_live(wiring))[3] is State.BAD
    with wiring.db.writing() as session:
        protocols.sign(session, book.checksum, "Dr. Example")
    lines = check_go_live(wiring)
    assert states(lines)[3] is State.OK
    assert "Example" not in told(lines)


def test_a_protocol_newer_than_its_date_is_told(wiring: Wiring) -> None:
    protocols.store_protocol(wiring.db, load_rulebook(None))
    ready(wiring)
    assert states(check_go_live(wiring))[3] is State.WARN
