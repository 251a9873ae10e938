"""The provider is down as a whole: a route of another kind within a minute, and no storm when it is back."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta

import pytest
from sqlalchemy import select

from smsbot.domain import Urgency
from smsbot.models import Dispatch
from smsbot.outbox import STUCK
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.faults.climbing import Sent, World

PROVIDER = {"sms", "call", "rest"}
SECOND_ROUTE_SECONDS = 60
A_SECOND = 1 / 60


@pytest.fixture
def world(wiring: Wiring) -> World:
    """A clinic by day, whose mail goes by another way than its texts and calls."""
    return World(wiring, routes=("sms", "call", "email"))


def alerts(world: World) -> dict[str, Dispatch]:
    """Everything owed about cases, by id."""
    with world.db.reading() as session:
        return {one.id: one for one in session.scalars(select(Dispatch).where(Dispatch.purpose == "alert"))}


def mails(world: World) -> list[Sent]:
    """What left by e-mail."""
    return [one for one in world.sent if one.route == "email"]


def test_an_emergency_goes_by_e_mail_within_a_minute(world: World, time: Clock) -> None:
    world.down, began = PROVIDER, time.at
    world.text(Urgency.EMERGENCY)
    world.pass_time(time, 1, every=A_SECOND)
    assert [one.recipient for one in mails(world)][:1] == ["nurse@example.com"]
    assert (mails(world)[0].at - began).total_seconds() <= SECOND_ROUTE_SECONDS


@pytest.mark.parametrize("jitter", [0.75, 0.95, 1.25])
def test_texts_alone_are_down_and_the_phone_rings(
    world: World, time: Clock, monkeypatch: pytest.MonkeyPatch, jitter: float
) -> None:
    monkeypatch.setattr("smsbot.outbox.random.uniform", lambda least, most: jitter)
    world.down, began = {"sms", "rest"}, time.at
    world.text(Urgency.EMERGENCY)
    world.pass_time(time, 0.5, every=A_SECOND)
    assert world.sent[0].route == "call"
    assert world.sent[0].at - began <= STUCK + timedelta(seconds=2)


def test_an_urgent_matter_that_is_stuck_goes_another_way_too(world: World, time: Clock) -> None:
    world.down = PROVIDER
    world.text(Urgency.URGENT)
    world.pass_time(time, 1, every=A_SECOND)
    assert mails(world)


def test_a_hiccup_of_some_seconds_rings_nobody(world: World, time: Clock) -> None:
    world.down = PROVIDER
    world.text(Urgency.EMERGENCY)
    world.pass_time(time, 0.1, every=A_SECOND)
    world.down = set()
    world.pass_time(time, 0.4, every=A_SECOND)
    assert [one.route for one in world.sent if one.dispatch_id in alerts(world)] == ["sms"]


def test_after_ten_minutes_there_is_no_storm(world: World, time: Clock) -> None:
    world.down = PROVIDER
    world.text(Urgency.EMERGENCY)
    world.pass_time(time, 10, every=10 * A_SECOND)
    owed = alerts(world)
    # each waits 15 s at most between two tries, give or take a quarter
    assert world.asked <= len(owed) * 10 * 60 / (0.75 * 15), f"asked {world.asked} times"
    world.down = set()
    world.pass_time(time, 0.5, every=5 * A_SECOND)
    assert set(Counter(one.dispatch_id for one in world.sent).values()) == {1}
    assert {one.dispatch_id for one in world.sent} >= set(owed)
    told = Counter((one.route, one.recipient) for one in world.sent if one.dispatch_id in owed)
    assert max(told.values()) <= world.alert.step, told  # one for each step, no more
