"""An emergency does not wait behind routine sends, with Redis or without: real processes, real order."""

from __future__ import annotations

import contextlib
import os
import signal
import sqlite3
from collections.abc import Iterator
from time import sleep

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from bench.alerts import EMERGENCY, end_redis
from bench.load import codes_of, new_phone, queue_routine, queue_steps, wiring_of
from smsbot import clock
from smsbot.escalation import Ladder, Rounds
from smsbot.models import Alert, Dispatch
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.system import NURSE, System, eventually, new_sid, system_on

pytestmark = pytest.mark.thorough  # `make check`; `make test` plays the races and the restarts

ROUTINE = 300
# Six senders of what is routine may each have one on its way, and be a few ahead on a busy machine.
AHEAD_AT_MOST = 30
STARTS_SECONDS = 90.0
ARRIVES_SECONDS = 30.0  # less than 2 s were seen


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """A real system, ready."""
    with system_on(tmp_path_factory.mktemp("speed")) as made:
        made.await_ready(made.start("-m", "smsbot", "run"), STARTS_SECONDS)
        yield made


@pytest.fixture
def parts(system: System) -> Iterator[Wiring]:
    """Its database, for putting rows into it."""
    with wiring_of(system) as made:
        yield made


def test_an_emergency_leaves_before_the_routine_that_is_due_already(system: System, parts: Wiring) -> None:
    assert ahead_of_an_emergency(system, parts) < AHEAD_AT_MOST


def test_without_redis_it_does_too(system: System, parts: Wiring) -> None:
    end_redis(system)
    assert ahead_of_an_emergency(system, parts) < AHEAD_AT_MOST


def test_a_step_that_raises_undoes_no_other_of_its_transaction(wiring: Wiring, time: Clock) -> None:
    queue_steps(wiring, clock.now(), 3)
    time.forward(minutes=2)
    with wiring.db.reading() as session:
        ill, *well = session.scalars(select(Alert.id).order_by(Alert.next_at))
    handed: list[Dispatch] = []
    rounds = Rounds(wiring.db, Stumbling(wiring.ladder, ill), hand_over=handed.extend)
    assert rounds.go() == 2
    assert {one.alert_id for one in handed} == set(well)
    with wiring.db.reading() as session:
        assert {one.id for one in session.scalars(select(Alert)) if one.step == 2} == set(well)
        assert {one.alert_id for one in session.scalars(select(Dispatch))} == set(well)


class Stumbling(Ladder):
    """A ladder on which one alert raises, after its step was written."""

    def __init__(self, ladder: Ladder, ill: str) -> None:
        super().__init__(ladder.clinic, ladder.dispatching)
        self.ill = ill

    def advance(self, session: Session, alert_id: str) -> list[Dispatch]:
        """Do the step, then raise for the one that is ill."""
        owed = super().advance(session, alert_id)
        if alert_id == self.ill:
            raise ValueError("ill")
        return owed


def ahead_of_an_emergency(system: System, parts: Wiring) -> int:
    """How many of the routine sends, all due before it came, reached the provider before its alert."""
    before, sid = len(system.provider.ledger()), new_sid()
    with senders_stopped(system):
        queue_routine(parts, ROUTINE)
        assert system.post(system.form(EMERGENCY, new_phone(), sid)).ok
        sleep(1.5)  # until the sweep no longer leaves it to the kick, with Redis or without
    code = codes_of(parts, [sid])[sid]

    def order() -> list[str]:
        return [one["body"] for one in system.provider.ledger()[before:] if is_ours(one["to"], one["body"])]

    def is_ours(phone: str, body: str) -> bool:
        return phone != NURSE or code in body

    def place() -> list[int]:
        return [number for number, body in enumerate(order()) if code in body]

    ahead = eventually(place, ARRIVES_SECONDS)[0]
    # others follow it: there was a choice
    eventually(lambda: len(order()) > ahead + AHEAD_AT_MOST, ARRIVES_SECONDS)
    return ahead


@contextlib.contextmanager
def senders_stopped(system: System) -> Iterator[None]:
    """Workers and sweep are stopped within the block, none of them in the middle of a transaction."""
    pids = [
        pid for pid, command in system.pids().items() if "--queue" in command or command.endswith(" sweep")
    ]

    def are_stopped_well() -> bool:
        signal_all(pids, signal.SIGSTOP)
        if can_write(system):
            return True
        signal_all(pids, signal.SIGCONT)
        return False

    assert pids
    try:
        eventually(are_stopped_well)
        yield
    finally:
        signal_all(pids, signal.SIGCONT)


def signal_all(pids: list[int], number: signal.Signals) -> None:
    """A worker may have ended for want of Redis."""
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)


def can_write(system: System) -> bool:
    """Whether nobody holds the database."""
    with contextlib.closing(sqlite3.connect(system.home / "smsbot.db", timeout=0.3)) as db:
        try:
            db.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError:
            return False
        db.execute("ROLLBACK")
        return True
