"""The system's own health: asking for receipts, watching itself, the weekly test alert, red screens."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from datetime import time as wall_time

import pytest
from flask import Flask
from redis.exceptions import ConnectionError as NoRedis
from sqlalchemy import select

from smsbot.asking import Asking
from smsbot.clinic.profile import Drill as DrillTime
from smsbot.drill import BODY, Drill, is_due
from smsbot.models import (
    Alert,
    AlertState,
    Case,
    CaseState,
    Dispatch,
    DispatchState,
    Duty,
    Event,
    Refusal,
    Rota,
    Staff,
    new_id,
)
from smsbot.twilio.client import ProviderSilent
from smsbot.watch import Watch
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.integration.conftest import Browser
from tests.texts import inbound

EMERGENCY = "chest pain since the infusion"


class Provider:
    """Says what became of texts; counts how often it is asked."""

    def __init__(self, status: str, code: str | None = None) -> None:
        self.status, self.code, self.asked = status, code, 0

    def fate_of(self, sid: str) -> tuple[str, str | None]:
        """What became of one."""
        self.asked += 1
        if self.status == "silent":
            raise ProviderSilent("ReadTimeout")
        return self.status, self.code


def an_alert_that_left(wiring: Wiring, time: Clock) -> str:
    wiring.intake.receive(inbound(EMERGENCY))
    with wiring.db.writing() as session:
        alert = session.scalars(select(Dispatch).where(Dispatch.purpose == "alert")).one()
        alert.state, alert.provider_id, alert.sent_at = DispatchState.SENT, "SM" + "a" * 32, time.at
        return alert.id


def asking(wiring: Wiring, provider: Provider) -> Asking:
    return Asking(wiring.db, provider, wiring.on_failed)  # type: ignore[arg-type]


def row(wiring: Wiring, dispatch_id: str) -> Dispatch:
    with wiring.db.reading() as session:
        return session.get_one(Dispatch, dispatch_id)


def test_a_minute_without_a_receipt_the_provider_is_asked(wiring: Wiring, time: Clock) -> None:
    alert_id, provider = an_alert_that_left(wiring, time), Provider("delivered")
    time.forward(seconds=59)
    assert asking(wiring, provider).go() == 0
    time.forward(seconds=1)
    assert asking(wiring, provider).go() == 1
    assert row(wiring, alert_id).state == DispatchState.DELIVERED
    assert asking(wiring, provider).go() == 0


def test_what_has_no_fate_yet_is_asked_again_but_less_and_less_often(wiring: Wiring, time: Clock) -> None:
    an_alert_that_left(wiring, time)
    provider = Provider("sent")
    for _ in range(60):
        time.forward(minutes=1)
        asking(wiring, provider).go()
    assert 4 <= provider.asked <= 15


def test_an_undelivered_alert_takes_the_next_route_at_once(wiring: Wiring, time: Clock) -> None:
    alert_id = an_alert_that_left(wiring, time)
    time.forward(minutes=1)
    asking(wiring, Provider("undelivered", "30006")).go()
    assert row(wiring, alert_id).state == DispatchState.FAILED
    with wiring.db.reading() as session:
        routes = [one.route for one in session.scalars(select(Dispatch).where(Dispatch.purpose == "alert"))]
    assert routes == ["sms", "call"]


def test_a_silent_provider_is_asked_again_later(wiring: Wiring, time: Clock) -> None:
    alert_id = an_alert_that_left(wiring, time)
    time.forward(minutes=1)
    assert asking(wiring, Provider("silent")).go() == 0
    assert row(wiring, alert_id).asked_at is None


def test_a_reply_that_did_not_arrive_is_shown_and_alerts_for_an_emergency(
    wiring: Wiring, browser: Browser, time: Clock
) -> None:
    wiring.intake.receive(inbound(EMERGENCY))
    with wiring.db.writing() as session:
        reply = session.scalars(select(Dispatch).where(Dispatch.purpose == "reply")).one()
        reply.state, reply.error = DispatchState.FAILED, "30006"
        session.flush()
        wiring.on_failed(session, reply)
        code = session.scalars(select(Case.code)).one()
    with wiring.db.reading() as session:
        climbing = session.scalars(select(Alert).where(Alert.state == AlertState.CLIMBING)).one()
        assert climbing.reason == "reply_lost"
        told = session.scalars(select(Dispatch).where(Dispatch.alert_id == climbing.id)).all()
        assert any("Our text did not reach them: call." in one.body for one in told)
    browser.sign_in()
    assert "a landline: call" in browser.get(f"/cases/{code}").text


class DeadRedis:
    """Answers nothing."""

    def ping(self) -> None:
        """No answer."""
        raise NoRedis("refused")

    def close(self) -> None:
        """Nothing to close."""


def watch(wiring: Wiring) -> Watch:
    return Watch(wiring.db, wiring.ladder, DeadRedis)  # type: ignore[arg-type]


def test_a_dead_redis_is_shown_at_once_and_told_after_a_minute_once(
    wiring: Wiring, browser: Browser, time: Clock
) -> None:
    watching = watch(wiring)
    assert watching.go() == ["redis"]
    browser.sign_in()
    assert "Redis does not answer" in browser.get("/").text
    for _ in range(3):
        time.forward(seconds=40)
        watching.go()
    with wiring.db.reading() as session:
        notices = session.scalars(select(Dispatch).where(Dispatch.purpose == "notice")).all()
        assert [session.get_one(Staff, one.staff_id).role for one in notices] == ["administrator"]
    time.forward(minutes=3)
    assert "Redis does not answer" not in browser.get("/").text


def test_a_rise_of_refused_webhooks_is_told(wiring: Wiring, time: Clock) -> None:
    with wiring.db.writing() as session:
        session.add_all(
            Refusal(id=new_id(), at=time.at, status=403, reason="bad_signature", size=9) for _ in range(5)
        )
    assert "refused" in watch(wiring).go()


def test_what_is_overdue_is_told(wiring: Wiring, time: Clock) -> None:
    wiring.intake.receive(inbound(EMERGENCY))
    time.forward(seconds=90)
    assert "overdue" in watch(wiring).go()


def test_a_gap_in_the_rota_is_red_and_says_who_is_told_instead(wiring: Wiring, browser: Browser) -> None:
    with wiring.db.writing() as session:
        nurse = session.scalars(select(Staff).where(Staff.role == "nurse")).one()
        session.add(
            Rota(id=new_id(), staff_id=nurse.id, duty=Duty.ON_CALL, weekday=5, starts="08:00", ends="09:00")
        )
    browser.sign_in()
    assert "Nobody is on call right now by the shifts." in browser.get("/").text


def test_a_staff_phone_that_stopped_texts_is_red(wiring: Wiring, browser: Browser) -> None:
    wiring.intake.receive(inbound("STOP", "+15615550150"))
    browser.sign_in()
    assert "Nadia (nurse) gets no texts" in browser.get("/").text


def drill_on(wiring: Wiring, weekday: int, hour: int) -> Drill:
    clinic = replace(wiring.clinic, drill=DrillTime(weekday, wall_time(hour)))
    return Drill(wiring.db, wiring.vault, clinic, wiring.ladder)


def test_the_weekly_test_begins_once_and_ends_when_somebody_resolves_it(
    wiring: Wiring, browser: Browser, time: Clock
) -> None:
    drill = drill_on(wiring, 0, 10)  # the clock stands on Monday, 10:00
    with ThreadPoolExecutor(4) as sweeps:
        assert sorted(sweeps.map(lambda _: drill.begin_if_due(), range(4))) == [False, False, False, True]
    assert drill.begin_if_due() is False
    with wiring.db.reading() as session:
        case = session.scalars(select(Case)).one()
        words = session.scalars(select(Dispatch).where(Dispatch.purpose == "alert")).one().body
    assert words.startswith(f"TEST of the alerts - case {case.code}")
    browser.sign_in()
    page = browser.get(f"/cases/{case.code}").text
    assert BODY in page
    browser.submit(f"/cases/{case.code}", f"/cases/{case.code}/take")
    browser.submit(f"/cases/{case.code}", f"/cases/{case.code}/resolve", note="test", reason="reached")
    with wiring.db.reading() as session:
        assert session.scalars(select(Case)).one().state == CaseState.RESOLVED
        assert session.scalars(select(Event).where(Event.kind == "drill_began")).one()


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        (datetime(2026, 11, 23, 15, 0, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 14, 59, tzinfo=UTC), False),
        (datetime(2026, 11, 23, 15, 59, tzinfo=UTC), True),
        (datetime(2026, 11, 23, 16, 0, tzinfo=UTC), False),
        (datetime(2026, 11, 24, 15, 0, tzinfo=UTC), False),  # Tuesday
        (datetime(2026, 5, 25, 14, 0, tzinfo=UTC), False),  # Memorial Day, closed
        (datetime(2026, 6, 1, 14, 0, tzinfo=UTC), True),  # daylight-saving time
    ],
)
def test_the_test_keeps_to_its_day_its_hour_and_office_hours(
    wiring: Wiring, at: datetime, expected: bool
) -> None:
    clinic = replace(wiring.clinic, drill=DrillTime(0, wall_time(10)))
    assert is_due(clinic, at) is expected
    assert is_due(wiring.clinic, at) is False  # off until it is set


def test_metrics_tell_time_to_taken_failures_and_refusals(
    wiring: Wiring, app: Flask, browser: Browser, time: Clock
) -> None:
    alert_id = an_alert_that_left(wiring, time)
    with wiring.db.writing() as session:
        session.get_one(Dispatch, alert_id).state = DispatchState.FAILED
        session.add(Refusal(id=new_id(), at=time.at, status=403, reason="bad_signature", size=9))
        code = session.scalars(select(Case.code)).one()
    time.at += timedelta(seconds=42)
    browser.sign_in()
    browser.submit(f"/cases/{code}", f"/cases/{code}/take")
    text = app.test_client().get("/metrics").text
    assert 'smsbot_longest_to_taken_seconds{urgency="emergency"} 42.0' in text
    assert 'smsbot_failed_dispatches{purpose="alert",route="sms"} 1.0' in text
    assert 'smsbot_refused_webhooks{reason="bad_signature"} 1.0' in text
