"""System health on the screen: calm when all is well, plain about what is not, and never slow."""

from __future__ import annotations

import re
import time as real_time
from datetime import timedelta

import pytest

from smsbot.doctor.examine import Group
from smsbot.doctor.line import Line, ok
from smsbot.models import Beat, Dispatch, DispatchState, new_id
from smsbot.web.administration import health_report
from smsbot.web.administration.health_report import examine_within
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.integration.conftest import Browser

HEALTH = "/administration/health"


def beat(wiring: Wiring, clock: Clock) -> None:
    with wiring.db.writing() as session:
        session.merge(Beat(part="sweep", at=clock.at))


def add_dispatch(wiring: Wiring, clock: Clock, **values: object) -> None:
    row = Dispatch(
        id=new_id(),
        owed=new_id(),
        purpose="alert",
        route="sms",
        urgency_rank=0,
        due_at=clock.at - timedelta(seconds=90),
        created_at=clock.at - timedelta(hours=1),
    )
    row.recipient, row.body = "+15615550150", "x"
    for name, value in values.items():
        setattr(row, name, value)
    with wiring.db.writing() as session:
        session.add(row)


def words(page: str) -> str:
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_everybody_reads_that_all_is_well_and_what_the_gate_still_wants(
    browser: Browser, wiring: Wiring, time: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    groups = tuple(group for group in health_report.GROUPS if group.title != "Redis")  # none runs here
    monkeypatch.setattr(health_report, "GROUPS", groups)
    beat(wiring, time)
    browser.sign_in("desk@example.com")
    page = words(browser.get(HEALTH).text)
    assert "Everything that must work, works." in page
    assert "Well Alerts climb" in page
    assert re.search(r"Before the first patient: \d of 5 settled", page)
    assert "To do No emergency has been taken yet." in page
    assert "Everything arrived." in page


def test_what_is_late_and_what_failed_is_said_with_its_reason(
    browser: Browser, wiring: Wiring, time: Clock
) -> None:
    beat(wiring, time)
    add_dispatch(wiring, time, state=DispatchState.PENDING)
    for _ in range(2):
        add_dispatch(wiring, time, state=DispatchState.FAILED, error="30006", purpose="reply")
    add_dispatch(wiring, time, state=DispatchState.FAILED, error="no-answer", route="call")
    old = time.at - timedelta(days=2)
    add_dispatch(wiring, time, state=DispatchState.FAILED, error="30005", created_at=old)
    browser.sign_in()
    page = words(browser.get(HEALTH).text)
    assert "somebody now." in page
    assert "Act now Something is over a minute late." in page
    assert "Oldest thing that should have left 90 s" in page
    assert "Texts, to patients A landline: call (30006) 2" in page
    assert "Calls, alerts to staff Nobody picked up 1" in page
    assert "30005" not in page


def test_a_dead_sweep_turns_it_red(browser: Browser) -> None:
    browser.sign_in()
    assert "Act now Alerts may not leave." in words(browser.get(HEALTH).text)


def test_nothing_outside_is_asked_without_the_button(
    browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    def checked(title: str) -> Group:
        def check(_: Wiring) -> list[Line]:
            asked.append(title)
            return [ok(f"{title} was asked.")]

        return Group(title, check, asks_outside=title == "Outside")

    monkeypatch.setattr(health_report, "GROUPS", (checked("Inside"), checked("Outside")))
    browser.sign_in()
    assert "Inside was asked." in browser.get(HEALTH).text
    assert asked == ["Inside"]
    page = browser.submit(HEALTH, HEALTH).text
    assert "Outside was asked." in page
    assert "Look closer" not in page


def test_a_check_that_hangs_or_breaks_does_not_hold_the_page(wiring: Wiring) -> None:
    def hang(_: Wiring) -> list[Line]:
        real_time.sleep(0.6)
        return []

    def fall(_: Wiring) -> list[Line]:
        raise ValueError("+15615550110")

    began = real_time.monotonic()
    groups = [Group("Slow", hang), Group("Broken", fall), Group("Good", lambda _: [ok("Well.")])]
    found = examine_within(wiring, groups, 0.2)
    assert real_time.monotonic() - began < 0.5
    said = [line.what for group in found for line in group.lines]
    assert said == ["No answer within 0 seconds.", "This could not be checked (ValueError).", "Well."]
