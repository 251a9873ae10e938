"""SIGKILL at any statement of what a sweep's round does: it is done once, and the next step is due."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import pytest
from sqlalchemy import select, update

from smsbot import clock
from smsbot.models import Alert, AlertState, Case, CaseState, Staff
from tests.faults.parts import new_phone
from tests.faults.points import Point, by_name, find, points_of
from tests.faults.scenes import EMERGENCY
from tests.faults.stage import KINDS, Stage
from tests.system import eventually

pytestmark = pytest.mark.thorough  # `make check`; `make test` plays the races and the restarts

FEW = (
    find("_advance", "with self.db.writing()"),
    find("climb", "alert.step += 1"),
    find("_begin_anew", "taking.let_go"),
    find("_advance", "with self.db.writing()", nth=2),
)
# Statements that no turn leads to, and where they are played instead.
UNREACHED = {
    # Nothing was due after all, because another sweep was faster: test_many_senders.py.
    ("advance", "return []"),
    # Nobody to tell: tests/integration/test_ladder.py.
    ("climb", 'audit.record(session, "nobody_to_alert"'),
    ("climb", "log.error"),
    # A step that raises: tests/integration/test_alert_speed.py.
    ("_do", "log.error"),
    ("_do", "if not isinstance"),
    ("_do", "self._put_off[one]"),
    ("_do", "return False"),
    # A case that nobody pursues: tests/integration/test_ladder_waiting.py and the long storms.
    ("_pursue", ""),
    # A case that waits for its patient, one noted by text: tests/integration/test_acting.py.
    ("_begin_anew", "if case.acted_at is None"),
    ("_begin_anew", 'return self.alert(session, case, "unanswered"'),
    ("_begin_anew", "alert.next_at = None"),
    ("_begin_anew", "return []"),
}
EVERY = points_of("climb")


@dataclass(frozen=True, slots=True)
class Turn:
    """What a round finds when it comes to an emergency, and how many texts the nurse has got by its end."""

    name: str
    alert: dict[str, object]
    case: Callable[[str], dict[str, object]]  # of the nurse's id
    alerts: int = 2


TURNS = (
    Turn("the next step", {}, lambda _: {}),
    Turn(
        "taken half asleep, never opened",
        {"state": AlertState.TAKEN},
        lambda nurse: {"state": CaseState.TAKEN, "owner_id": nurse},
    ),
    Turn(
        "opened, and nothing followed",
        {"state": AlertState.TAKEN},
        lambda nurse: {"state": CaseState.TAKEN, "owner_id": nurse, "owner_opened_at": clock.now()},
    ),
    Turn("taken by nobody", {"state": AlertState.TAKEN}, lambda _: {}),
    Turn("resolved meanwhile", {}, lambda _: {"state": CaseState.RESOLVED}, alerts=1),
)


class Climb:
    """A stage on which rounds of the sweep are played."""

    def __init__(self, stage: Stage) -> None:
        self.stage, self.parts = stage, stage.parts
        self._found: dict[str, Turn] | None = None

    def kill(self, point: Point, turn: Turn) -> None:
        """The sweep dies at this point; the next sweep does what was due."""
        for kind in KINDS:
            self.stage.start(kind)
        case = self._told_once()
        victim = self.stage.start("sweep")
        with self.stage.catching("sweep", point):
            self._make_due(case, turn)
        victim.wait(timeout=10)
        self.stage.start("sweep")
        self.parts.end_leases()
        self._check(case, turn)

    def turn_for(self, point: Point) -> Turn | None:
        """The first turn that leads the sweep to the point; None if none does."""
        if self._found is None:
            self._found = self._record()
        return self._found.get(f"{point.file}:{point.line}")

    def _record(self) -> dict[str, Turn]:
        for kind in ("web", "worker"):
            self.stage.start(kind)
        self.stage.stop("sweep")
        found: dict[str, Turn] = {}
        sweep = self.parts.sweep(records=True)
        for turn in TURNS:
            case = self._told_once()
            self.stage.trap("sweep").seen.write_text("")
            self._make_due(case, turn)
            self._check(case, turn)
            for line in self.stage.trap("sweep").seen.read_text().splitlines():
                found.setdefault(line, turn)
        self.parts.system.kill(sweep)
        return found

    def _told_once(self) -> Case:
        self.parts.system.provider.clear_faults()
        contact_id = self.parts.message_of(self.stage.text(new_phone(), EMERGENCY)).contact_id
        self.parts.settle(contact_id)
        case = self.parts.cases_of(contact_id)[0]
        assert len(self.parts.alerts_about(case)) == 1
        return case

    def _make_due(self, case: Case, turn: Turn) -> None:
        """Time passes, as far as this ladder is concerned; the nurse has done what the turn says."""
        with self.parts.db.writing() as session:
            nurse = session.scalars(select(Staff.id).where(Staff.role == "nurse")).first()
            assert nurse is not None
            changed = {**turn.case(nurse), "version": Case.version + 1}
            session.execute(update(Case).where(Case.id == case.id).values(changed))
            due = {**turn.alert, "next_at": clock.now()}
            session.execute(update(Alert).where(Alert.case_id == case.id).values(due))

    def _check(self, case: Case, turn: Turn) -> None:
        eventually(lambda: not self._is_due(case) and len(self.parts.alerts_about(case)) >= turn.alerts)
        self.parts.settle(case.contact_id)
        assert len(self.parts.alerts_about(case)) == turn.alerts
        climbing = [one for one in self._alerts(case) if one.state == AlertState.CLIMBING]
        if turn.alerts == 1:
            assert not climbing
            return
        (alert,) = climbing
        assert alert.next_at is not None and alert.next_at > clock.now()

    def _is_due(self, case: Case) -> bool:
        now = clock.now()
        return any(one.next_at is not None and one.next_at <= now for one in self._alerts(case))

    def _alerts(self, case: Case) -> list[Alert]:
        with self.parts.db.reading() as session:
            return list(session.scalars(select(Alert).where(Alert.case_id == case.id)))


@pytest.fixture(scope="module")
def climb(stage: Stage) -> Iterator[Climb]:
    """A stage on which rounds of the sweep are played."""
    yield Climb(stage)


@pytest.mark.parametrize("point", FEW, ids=by_name)
def test_a_step_outlives_the_death_of_the_sweep(climb: Climb, point: Point) -> None:
    turn = climb.turn_for(point)
    assert turn is not None
    climb.kill(point, turn)


@pytest.mark.long
@pytest.mark.parametrize("point", EVERY, ids=by_name)
def test_every_place_of_a_step(climb: Climb, point: Point) -> None:
    turn = climb.turn_for(point)
    if turn is None:
        assert is_unreached(point), f"{point.name} {point.text!r}: mend the turns or the list"
        return
    climb.kill(point, turn)


def test_the_list_of_unreached_places_names_places() -> None:
    for function, text in UNREACHED:
        assert any(p.function == function and p.text.startswith(text) for p in EVERY), (function, text)


def is_unreached(point: Point) -> bool:
    """Whether the list says that no turn leads there."""
    return any(point.function == function and point.text.startswith(text) for function, text in UNREACHED)
