"""Anything may happen to a case, in any order: no emergency is ever left without a person or a due step.

Hypothesis invents the stories; the same ones each time, so that a failure is a failure for everybody.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import invariant, run_state_machine_as_test
from sqlalchemy import select

from smsbot.escalation.waiting import NEARLY_OVERDUE
from smsbot.models import Alert, AlertState, Case, CaseState, Dispatch, DispatchState, Staff
from smsbot.models.base import use_vault
from smsbot.triage import Engine
from smsbot.wiring import build
from tests.conftest import make_settings
from tests.faults.climbing import World
from tests.faults.happenings import EMERGENCY, Happenings
from tests.system import free_port

LONGEST_WAIT = timedelta(days=6)  # a week end and a holiday, and the day after
LEFT_ALONE = timedelta(minutes=80)  # a lapse, the longest ladder, and its last step twice


class LadderMachine(Happenings):
    """What must be so, whatever happens."""

    @invariant()
    def every_emergency_has_a_person_or_a_due_step(self) -> None:
        for case, alerts in self.cases():
            assert case.state != CaseState.WAITING or case.urgency != EMERGENCY, "an emergency waits"
            if case.urgency == EMERGENCY and not self.is_in_good_hands(case):
                assert any(alert.next_at for alert in alerts), f"{case.state}: nothing is due"

    @invariant()
    def no_text_that_nobody_acted_on_is_forgotten(self) -> None:
        """An alert has something due, or the watch over `look_by` sees the case; not in ages."""
        for case, alerts in self.cases():
            if case.id not in self.unanswered:
                continue
            is_watched = not alerts and (case.state == CaseState.OPEN or case.acted_at is None)
            moments = [alert.next_at for alert in alerts]
            if is_watched and case.look_by is not None:
                moments.append(case.look_by - NEARLY_OVERDUE)
            nearest = min((at for at in moments if at is not None), default=None)
            assert nearest is not None, f"{case.state}: a text is forgotten"
            assert nearest <= self.time() + LONGEST_WAIT, "a text waits too long"

    @invariant()
    def the_patient_is_told_once_that_somebody_has_it(self) -> None:
        with self.world.db.reading() as session:
            query = select(Dispatch.case_id).where(Dispatch.owed.like("follow:%:taken"))
            stands = Dispatch.state != DispatchState.CANCELLED  # it was taken back before it left
            cases = list(session.scalars(query.where(stands)))
        assert len(cases) == len(set(cases))

    @invariant()
    def one_alert_at_most_stands_and_none_for_a_resolved_case(self) -> None:
        for case, alerts in self.cases():
            assert len(alerts) <= (case.state != CaseState.RESOLVED)

    @invariant()
    def what_leaves_was_still_wanted(self) -> None:
        assert self.wrongly_sent == []

    @invariant()
    def an_alert_is_due_to_leave_only_while_it_climbs(self) -> None:
        climbing = {alert.id for _, alerts in self.cases() for alert in alerts if _is_climbing(alert)}
        with self.world.db.reading() as session:
            query = select(Dispatch.alert_id).where(
                Dispatch.purpose == "alert", Dispatch.state == DispatchState.PENDING
            )
            assert set(session.scalars(query)) <= climbing

    @invariant()
    def nobody_must_have_looked_before_anybody_is_told(self) -> None:
        for case, alerts in self.cases():
            for alert in alerts:
                if _is_climbing(alert) and alert.reason == "new" and case.look_by and alert.step == 0:
                    assert alert.next_at is not None
                    assert case.urgency == EMERGENCY or case.look_by >= alert.next_at or _is_joined(case)

    def teardown(self) -> None:
        """In the end nobody acts any more and all phones work: everybody hears of every emergency."""
        try:
            self.left_alone()
        finally:
            self.ending.close()

    def left_alone(self) -> None:
        self.world.refusals.clear()
        began, until = self.time(), self.time() + LEFT_ALONE
        for _ in range(60):
            due = [a.next_at for case, alerts in self.cases() if case.urgency == EMERGENCY for a in alerts]
            nearest = min((at for at in due if at), default=until)
            if nearest >= until:
                break
            self.time.at = max(self.time.at, nearest)
            self.world.rounds.go()
        with self.world.db.reading() as session:
            here = set(session.scalars(select(Staff.id).where(Staff.disabled_at.is_(None))))
            owed = list(session.scalars(select(Dispatch).where(Dispatch.created_at >= began)))
        for case, alerts in self.cases():
            is_one = self.unanswered.get(case.id) == EMERGENCY or any(a.urgency == EMERGENCY for a in alerts)
            if case.urgency == EMERGENCY and is_one and not self.is_in_good_hands(case):
                told = {one.staff_id for one in owed if one.case_id == case.id and one.purpose == "alert"}
                assert here <= told, "somebody was never told"


def _is_climbing(alert: Alert) -> bool:
    return alert.state == AlertState.CLIMBING


def _is_joined(case: Case) -> bool:
    return (case.version or 0) > 1  # a further text: see test_ladder.py


@pytest.fixture(scope="module")
def clinic(tmp_path_factory: pytest.TempPathFactory, prepared_home: Path, engine: Engine) -> Iterator[World]:
    """One home for all stories; each begins with empty tables."""
    made = make_settings(tmp_path_factory.mktemp("machine"), free_port())
    shutil.copytree(prepared_home, made.home)
    parts = build(made, engine)
    use_vault(parts.vault)
    yield World(parts)
    parts.close()


def run(clinic: World, examples: int, steps: int, *phases: Phase) -> None:
    LadderMachine.world = clinic
    use_vault(clinic.parts.vault)
    chosen = settings(
        max_examples=examples,
        stateful_step_count=steps,
        phases=(Phase.generate, *phases),
        derandomize=True,
        database=None,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    run_state_machine_as_test(LadderMachine, settings=chosen)


@pytest.mark.timeout(600)  # a few seconds, but many a small transaction: slow where others work too
def test_no_emergency_is_ever_left_without_a_person_or_a_due_step(clinic: World) -> None:
    run(clinic, 20, 40)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_nor_in_stories_ten_times_as_many(clinic: World) -> None:
    """Tells the shortest story that fails; the form above says only that one does, and is soon done."""
    run(clinic, 250, 50, Phase.shrink)
