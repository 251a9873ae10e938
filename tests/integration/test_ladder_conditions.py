"""Night conditions of a case change its ladder; `smsbot ladder explain` shows how."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest
from click.testing import CliRunner

from smsbot.cli import main
from smsbot.domain import Flag, Urgency
from smsbot.models import Case
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.faults.climbing import World

AT_NIGHT = datetime(2026, 11, 24, 3, 30, tzinfo=UTC)


@pytest.fixture
def world(wiring: Wiring, time: Clock) -> World:
    """A clinic whose nurse is on call, on a Monday night."""
    time.at = AT_NIGHT
    return World(wiring)


@pytest.mark.parametrize(
    ("flag", "condition", "is_paged"),
    [
        (Flag.HIGH_BP, "visit_soon", True),
        (Flag.HIGH_BP, "runs_out", False),
        (Flag.OUT_OF_MEDICATION, "runs_out", True),
        (None, "plea", True),
    ],
)
def test_a_condition_that_comes_up_in_a_case_that_waits_wakes_somebody(
    world: World, flag: Flag | None, condition: str, is_paged: bool
) -> None:
    world.text(Urgency.URGENT, Flag.RASH)
    world.round()
    assert world.told() == set()

    def comes_up(session: object, case: Case) -> None:
        case.flags, case.conditions = [flag] if flag else [], [condition]
        world.ladder.further(session, case)  # type: ignore[arg-type]

    world.act(comes_up)
    world.round()
    assert world.told() == ({("nurse", "sms")} if is_paged else set())


@pytest.mark.parametrize(
    ("options", "begins"),
    [
        (["--flag", "high_bp"], "2026-11-24T12:00:00+00:00"),
        (["--flag", "high_bp", "--condition", "visit_soon"], "2026-11-24T03:30:00+00:00"),
        (["--condition", "plea"], "2026-11-24T03:30:00+00:00"),
    ],
)
def test_explain_knows_conditions(
    wiring: Wiring, time: Clock, monkeypatch: pytest.MonkeyPatch, options: list[str], begins: str
) -> None:
    monkeypatch.setenv("SMSBOT_HOME", str(wiring.settings.home))
    if not wiring.db.is_sqlite:
        monkeypatch.setenv("DATABASE_URL", wiring.settings.database_url)
    command = ["ladder", "explain", "--at", "2026-11-23T22:30", "--urgency", "urgent", "--json", *options]
    done = CliRunner().invoke(main, command)
    assert done.exit_code == 0, done.output
    assert json.loads(done.stdout.splitlines()[0])["at"] == begins
