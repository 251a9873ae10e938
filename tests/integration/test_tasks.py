"""A visit asked for beside a clinical matter: a task for the front desk, without the clinical text."""

from __future__ import annotations

import re

from sqlalchemy import select

from smsbot import tasks
from smsbot.models import Case, Event, Task
from smsbot.tasks import OpenTask
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.integration.conftest import Browser
from tests.texts import WALT, inbound

BOTH = "the zoloft gives me bad nausea, could I get an appointment on tuesday at 3pm?"


def open_tasks(wiring: Wiring) -> list[OpenTask]:
    with wiring.db.reading() as session:
        return tasks.open_tasks(session)


def test_a_clinical_case_with_a_wish_for_a_visit_makes_a_task_with_the_times_alone(wiring: Wiring) -> None:
    wiring.intake.receive(inbound(BOTH))
    (task,) = open_tasks(wiring)
    assert task.number == WALT and task.windows
    assert task.windows[0]["start"].startswith("2026-11-24T15")
    with wiring.db.reading() as session:
        row = session.scalars(select(Task)).one()
        assert row.team == "front_desk" and session.scalars(select(Case.team)).one() != "front_desk"
        assert "zoloft" not in row.wish and "nausea" not in row.wish
        assert b"2026" not in row.wish_sealed


def test_a_visit_alone_is_a_case_of_the_front_desk_and_no_task(wiring: Wiring) -> None:
    wiring.intake.receive(inbound("Can I come in on Tuesday at 3 pm?"))
    assert open_tasks(wiring) == []


def test_a_clinical_text_after_the_wish_makes_the_task_with_the_times_of_before(
    wiring: Wiring, time: Clock
) -> None:
    wiring.intake.receive(inbound("Can I come in on Tuesday at 3 pm?"))
    time.forward(minutes=30)
    wiring.intake.receive(inbound("I have nausea from the zoloft"))
    (task,) = open_tasks(wiring)
    assert task.windows


def test_further_texts_renew_the_one_task(wiring: Wiring, time: Clock) -> None:
    wiring.intake.receive(inbound(BOTH))
    time.forward(minutes=30)
    wiring.intake.receive(inbound("Can I come in on Wednesday at 10 am instead?"))
    (task,) = open_tasks(wiring)
    starts = " ".join(window["start"] for window in task.windows)
    assert "2026-11-25" in starts and "2026-11-24" in starts


def test_a_task_that_is_done_leaves_the_list_and_comes_back_with_a_new_wish(
    wiring: Wiring, browser: Browser, time: Clock
) -> None:
    wiring.intake.receive(inbound(BOTH))
    (task,) = open_tasks(wiring)
    browser.sign_in("desk@example.com")
    token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get("/").text)
    assert token
    answer = browser.client.post(f"/tasks/{task.id}/done", data={"csrf_token": token[1]})
    assert (answer.status_code, open_tasks(wiring)) == (303, [])
    with wiring.db.reading() as session:
        assert session.scalars(select(Event).where(Event.kind == "task_done")).one().staff_id
    time.forward(hours=1)
    wiring.intake.receive(inbound("Can I come in on Friday at 10 am instead?"))
    (again,) = open_tasks(wiring)
    assert {window["start"][:10] for window in again.windows} == {"2026-11-27"}
