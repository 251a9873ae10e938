"""A simulated week: people sleep, decline, take half asleep, forget, and their phones are dead.

Only the clock, the provider and what people do are simulated. In the end every emergency has been taken by a
person who opened it, or is still climbing; and the audit log alone proves how it came to that.
"""

from __future__ import annotations

import shutil
import sys
from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median

import pytest
from sqlalchemy import select

from smsbot import clock
from smsbot.domain import Urgency
from smsbot.models import Alert, AlertState, Case, CaseState, Dispatch, DispatchState, Event
from smsbot.models.base import use_vault
from smsbot.triage import Engine
from smsbot.wiring import build
from tests.conftest import Clock, make_settings
from tests.faults.climbing import World
from tests.faults.week import Week
from tests.system import free_port

BEGINS = datetime(2026, 10, 26, 12, 0, tzinfo=UTC)  # a Monday; on its Sunday the clocks go back
LONGEST_SILENCE = timedelta(minutes=31)  # of an emergency that nobody has in hand: the lapse, and a little


class Story:
    """What the audit log says of one case, read from its first line to its last."""

    def __init__(self, case: Case, events: list[Event]) -> None:
        self.case, self.events = case, events
        self.state, self.owner_id, self.is_seen, self.has_acted = CaseState.OPEN, None, False, False
        self.waits = Urgency.NONE  # how urgent is what is pursued
        self.was_emergency = case.urgency == Urgency.EMERGENCY  # one that is opened again may be less
        self.is_unanswered = False  # a text that needs a person has come since somebody last acted
        self.first_taken: datetime | None = None
        self.in_hand: datetime | None = None  # taken, and opened by who took it, for the first time
        self.longest_silence = timedelta(0)
        self.last = case.opened_at
        for event in events:
            self._read(event)

    def _read(self, event: Event) -> None:
        if event.kind in ("alert_step", "case_taken", "taking_ended", "case_passed_on"):
            is_pressing = self.waits is Urgency.EMERGENCY
            if is_pressing and not (self.state == CaseState.RESOLVED or self.has_acted):
                self.longest_silence = max(self.longest_silence, event.at - self.last)
            self.last = event.at
        if event.kind in ("alert_started", "text_waits"):
            self.has_acted, self.last, self.waits = False, event.at, Urgency(event.details["urgency"])
        if event.kind == "text_received" and event.details["urgency"] != Urgency.NONE:
            self.is_unanswered = True
            self.was_emergency |= event.details["urgency"] == Urgency.EMERGENCY
        if event.kind == "case_reopened":
            self.state, self.owner_id, self.is_seen, self.has_acted = CaseState.OPEN, None, False, False
            self.last = event.at
            if event.details["urgency"] == Urgency.EMERGENCY:
                self.in_hand = None
        if event.kind == "case_taken":
            self.state, self.owner_id, self.has_acted = CaseState.TAKEN, event.staff_id, False
            self.is_seen = event.details["by"] in ("inbox", "link")
            self.first_taken = self.first_taken or event.at
        is_owners = self.owner_id is not None and event.staff_id == self.owner_id
        if event.kind == "taking_ended" or (event.kind == "case_passed_on" and is_owners):
            self.state, self.owner_id, self.is_seen = CaseState.OPEN, None, False
        if event.kind == "case_opened_by" and is_owners and self.state == CaseState.TAKEN:
            self.is_seen, self.last = True, event.at
        if event.kind == "note" and is_owners:
            self.has_acted, self.last, self.is_unanswered = True, event.at, False
        if event.kind == "case_resolved":
            self.state, self.is_unanswered = CaseState.RESOLVED, False
        if self.state == CaseState.TAKEN and self.is_seen:
            self.in_hand = self.in_hand or event.at


@contextmanager
def lived(
    folder: Path, prepared_home: Path, engine: Engine, cases: int, seed: int = 7
) -> Iterator[tuple[World, list[Story]]]:
    """A week that has been lived, with half a day in which nobody texts any more, and its stories."""
    made = make_settings(folder, free_port())
    shutil.copytree(prepared_home, made.home)
    parts = build(made, engine)
    use_vault(parts.vault)
    time = Clock(BEGINS)
    with clock.stopped_at(time):
        world = World(parts, words="")
        Week(world, time, cases, seed).live(BEGINS + timedelta(days=7, hours=12))
        yield world, read_stories(world)
    parts.close()


def read_stories(world: World) -> list[Story]:
    by_case: dict[str, list[Event]] = defaultdict(list)
    with world.db.reading() as session:
        for event in session.scalars(select(Event).order_by(Event.at, Event.id)):
            by_case[event.case_id or ""].append(event)
        return [Story(case, by_case[case.id]) for case in session.scalars(select(Case))]


def check(world: World, stories: list[Story]) -> None:
    """Everything that must be true of a week."""
    emergencies = [one for one in stories if one.was_emergency]
    with world.db.reading() as session:
        alerts = list(session.scalars(select(Alert)))
        dispatches = list(session.scalars(select(Dispatch).where(Dispatch.purpose == "alert")))
    for story in emergencies:
        no_dead_end(story, [alert for alert in alerts if alert.case_id == story.case.id])
    for story in stories:
        no_text_is_forgotten(story, [alert for alert in alerts if alert.case_id == story.case.id])
        the_log_agrees(story, [alert for alert in alerts if alert.case_id == story.case.id])
    every_step_is_in_the_log(stories, dispatches)


def no_dead_end(story: Story, alerts: list[Alert]) -> None:
    case = story.case
    standing = [one for one in alerts if one.state != AlertState.ENDED]
    is_due = any(one.next_at is not None and one.next_at > clock.now() for one in standing)
    is_taken = case.state == CaseState.TAKEN and case.owner_opened_at is not None
    is_over = case.state == CaseState.RESOLVED or case.urgency != Urgency.EMERGENCY  # the rest: below
    assert is_over or is_due or (is_taken and case.acted_at), "a dead end"
    is_proven = story.in_hand is not None or is_due
    assert is_proven, "neither opened by who took it, nor pursued"
    assert story.longest_silence <= LONGEST_SILENCE, f"silence for {story.longest_silence}"


def no_text_is_forgotten(story: Story, alerts: list[Alert]) -> None:
    """What nobody acted on is pursued, or will be before somebody must have looked."""
    case = story.case
    is_due = any(one.next_at for one in alerts if one.state != AlertState.ENDED)
    is_watched = all(one.state == AlertState.ENDED for one in alerts) and case.look_by is not None
    is_watched = is_watched and (case.state == CaseState.OPEN or case.acted_at is None)
    assert not story.is_unanswered or is_due or is_watched, "a text is forgotten"


def the_log_agrees(story: Story, alerts: list[Alert]) -> None:
    case = story.case
    assert story.state == case.state
    if case.state == CaseState.TAKEN:
        assert story.owner_id == case.owner_id
        assert story.is_seen == (case.owner_opened_at is not None)
    for alert in alerts:
        steps = [one for one in story.events if one.details.get("alert_id") == alert.id]
        numbers = [one.details["step"] for one in steps if one.kind == "alert_step"]
        assert numbers == list(range(alert.step))
        assert sum(one.kind in ("alert_started", "text_waits") for one in steps) == 1


def every_step_is_in_the_log(stories: list[Story], dispatches: list[Dispatch]) -> None:
    """Nothing left for an alert without the line that says which step it was, at that moment or before."""
    written = {
        (event.details["alert_id"], event.details["step"]): event.at
        for story in stories
        for event in story.events
        if event.kind == "alert_step"
    }
    for dispatch in dispatches:
        _, alert_id, step, _, _ = dispatch.owed.split(":")
        assert written[alert_id, int(step)] <= dispatch.created_at
    assert not [one for one in dispatches if one.state == DispatchState.SENDING]


def figures(stories: list[Story], dispatches: int) -> str:
    """Minutes from a case's opening until somebody took it, and until who took it had opened it."""
    emergencies = [one for one in stories if one.was_emergency]
    lines = [f"{len(stories)} cases, {len(emergencies)} emergencies, {dispatches} things sent"]
    for name, moments in (
        ("taken", [(one.first_taken, one.case.opened_at) for one in emergencies]),
        ("taken and opened", [(one.in_hand, one.case.opened_at) for one in emergencies]),
    ):
        minutes = sorted((at - opened).total_seconds() / 60 for at, opened in moments if at is not None)
        p90, missing = minutes[int(len(minutes) * 0.9)], len(emergencies) - len(minutes)
        lines.append(
            f"{name}: median {median(minutes):.1f} min, p90 {p90:.1f}, longest {minutes[-1]:.1f}; "
            f"still climbing {missing}"
        )
    return "\n".join(lines)


def live_and_check(folder: Path, prepared_home: Path, engine: Engine, cases: int) -> None:
    with lived(folder, prepared_home, engine, cases) as (world, stories):
        sys.stdout.write(figures(stories, len(world.sent)) + "\n")
        assert len(stories) >= cases
        check(world, stories)
        kinds = {event.kind for story in stories for event in story.events}
        assert {"case_passed_on", "taking_ended", "call_not_answered", "not_delivered", "note"} <= kinds
        assert "text_waits" in kinds


@pytest.mark.thorough
@pytest.mark.timeout(600)  # half a minute, but many a small transaction: slow where others work too
def test_a_week_in_which_no_emergency_is_lost(tmp_path: Path, prepared_home: Path, engine: Engine) -> None:
    live_and_check(tmp_path, prepared_home, engine, cases=60)


@pytest.mark.long
@pytest.mark.timeout(3600)
def test_a_busy_week_in_which_no_emergency_is_lost(
    tmp_path: Path, prepared_home: Path, engine: Engine
) -> None:
    live_and_check(tmp_path, prepared_home, engine, cases=500)
