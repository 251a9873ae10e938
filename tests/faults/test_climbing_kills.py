"""SIGKILL at any statement of a ladder's step: the step is done once, and the next one is due."""

from __future__ import annotations

import pytest
from sqlalchemy import select, update

from smsbot import clock
from smsbot.models import Alert, Case
from tests.faults.parts import new_phone
from tests.faults.points import Point, by_name, find, points_of
from tests.faults.scenes import EMERGENCY
from tests.faults.stage import KINDS, Stage
from tests.system import eventually

pytestmark = pytest.mark.thorough  # `make check`; `make test` plays the races and the restarts

FEW = (
    find("_advance", "with self.db.writing()"),
    find("climb", "alert.step += 1"),
    find("_advance", "with self.db.writing()", nth=2),
)
# Statements that a due step does not lead to: nothing was due after all, nobody to tell, a taken case.
UNREACHED = {
    ("advance", "return []"),
    ("advance", "alert.next_at = None"),
    ("advance", "return self._begin_anew"),
    ("advance", "if alert.state == AlertState.TAKEN"),
    ("climb", 'audit.record(session, "nobody_to_alert"'),
    ("climb", "log.error"),
    ("_do", "log.error"),
    ("_do", "self._put_off[one]"),
    ("_do", "return False"),
    ("_pursue", ""),
}
EVERY = tuple(
    point
    for point in points_of("climb")
    if not any(point.function == name and point.text.startswith(text) for name, text in UNREACHED)
)


def kill_while_climbing(stage: Stage, point: Point) -> None:
    """The sweep dies at this point of the second step; the next sweep goes on."""
    for kind in KINDS:
        stage.start(kind)
    contact_id = stage.parts.message_of(stage.text(new_phone(), EMERGENCY)).contact_id
    stage.parts.settle(contact_id)
    case = stage.parts.cases_of(contact_id)[0]
    assert len(stage.parts.alerts_about(case)) == 1
    victim = stage.start("sweep")
    with stage.catching("sweep", point):
        make_due(stage, case)
    victim.wait(timeout=10)
    stage.start("sweep")
    stage.parts.end_leases()
    eventually(lambda: len(stage.parts.alerts_about(case)) >= 2)
    stage.parts.settle(contact_id)
    assert len(stage.parts.alerts_about(case)) == 2
    alert = alert_of(stage, case)
    assert alert.step == 2 and alert.next_at is not None and alert.next_at > clock.now()


def make_due(stage: Stage, case: Case) -> None:
    """Time passes, as far as this ladder is concerned."""
    with stage.parts.db.writing() as session:
        session.execute(update(Alert).where(Alert.case_id == case.id).values(next_at=clock.now()))


def alert_of(stage: Stage, case: Case) -> Alert:
    """The one alert of the case."""
    with stage.parts.db.reading() as session:
        return session.scalars(select(Alert).where(Alert.case_id == case.id)).one()


@pytest.mark.parametrize("point", FEW, ids=by_name)
def test_a_step_outlives_the_death_of_the_sweep(stage: Stage, point: Point) -> None:
    kill_while_climbing(stage, point)


@pytest.mark.long
@pytest.mark.parametrize("point", EVERY, ids=by_name)
def test_every_place_of_a_step(stage: Stage, point: Point) -> None:
    kill_while_climbing(stage, point)
