"""The page of numbers over real rows: texts taken in, looked at, corrected; what never arrived."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from smsbot import audit, clock
from smsbot.domain import Urgency
from smsbot.models import Case, Correction, Dispatch, Message, Staff, new_id
from smsbot.numbers import NumbersPage, read_numbers, read_period
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.integration.conftest import Browser
from tests.texts import inbound

EMERGENCY = "chest tight since the infusion"


def page_of(wiring: Wiring, **asked: str) -> NumbersPage:
    period, _ = read_period(asked, clock.now(), wiring.clinic.zone)
    with wiring.db.reading() as session:
        return read_numbers(session, wiring.clinic, period, clock.now())


def rows_of(page: NumbersPage, key: str) -> dict[str, tuple[str | int, ...]]:
    chart = page.chart(key)
    assert chart is not None
    return {str(name): tuple(rest) for name, *rest in chart.rows}


def emergencies(wiring: Wiring, time: Clock, waits: list[int]) -> None:
    """One emergency after the other, each of a phone of its own, looked at after so many minutes."""
    for number, minutes in enumerate(waits):
        wiring.intake.receive(inbound(EMERGENCY, f"+156155501{20 + number}"))
        time.forward(minutes=minutes)
        with wiring.db.writing() as session:
            nurse = session.scalars(select(Staff.id).where(Staff.role == "nurse")).one()
            newest = session.scalars(select(Case.id).order_by(Case.opened_at.desc()).limit(1)).one()
            audit.record(session, "case_opened_by", case_id=newest, staff_id=nurse)


def test_the_time_to_a_look_is_that_of_the_events(wiring: Wiring, time: Clock) -> None:
    assert wiring.clinic.emergency_minutes == 5
    emergencies(wiring, time, [1, 2, 3, 4, 30])
    row = rows_of(page_of(wiring), "look")["Emergency"]
    assert row == ("target 5 min", 5, "3 min", "30 min", 4, 1, "80%", 0, 0)
    assert page_of(wiring).headlines[0].figure == "80%"


def test_four_emergencies_are_too_few_to_say(wiring: Wiring, time: Clock) -> None:
    emergencies(wiring, time, [1, 2, 3, 4])
    row = rows_of(page_of(wiring), "look")["Emergency"]
    assert row[1:4] == (4, "too few to say", "too few to say")
    assert page_of(wiring).headlines[0].words == "emergencies, too few to say"


def test_a_case_that_rises_after_a_look_waits_again(wiring: Wiring, time: Clock) -> None:
    wiring.intake.receive(inbound("whats your fax number"))
    time.forward(minutes=1)
    with wiring.db.writing() as session:
        case = session.scalars(select(Case)).one()
        audit.record(session, "case_opened_by", case_id=case.id)
        case_id = case.id
    time.forward(minutes=1)
    wiring.intake.receive(inbound(EMERGENCY))
    time.forward(minutes=10)
    row = rows_of(page_of(wiring), "look")["Emergency"]
    assert (row[1], row[5], row[7]) == (1, 1, 1)  # one, late, still waiting
    with wiring.db.writing() as session:
        audit.record(session, "case_opened_by", case_id=case_id)
    row = rows_of(page_of(wiring), "look")["Emergency"]
    assert (row[5], row[7]) == (1, 0)
    routine = rows_of(page_of(wiring), "look")["Routine"]
    assert (routine[1], routine[4], routine[5]) == (1, 0, 0)  # its own target is known no more


def test_texts_are_counted_by_wish_and_hour_within_the_period_alone(wiring: Wiring, time: Clock) -> None:
    wiring.intake.receive(inbound("whats your fax number"))  # Monday, 10 AM
    time.forward(hours=12)
    wiring.intake.receive(inbound("whats your fax number", "+15615550121"))  # Monday, 10 PM
    page = page_of(wiring)
    assert rows_of(page, "intents") == {"admin": (2,)}
    monday = rows_of(page, "hours")["Monday"]
    assert (monday[10], monday[22], sum(int(count) for count in monday)) == (1, 1, 2)
    assert rows_of(page, "after_hours")["All texts"][:2] == (1, 2)
    assert page_of(wiring, **{"from": "2026-11-01", "to": "2026-11-22"}).is_empty


def test_a_test_alert_is_no_patients_text(wiring: Wiring) -> None:
    wiring.drill().begin()
    page = page_of(wiring)
    assert page.is_empty
    assert rows_of(page, "teams") == {"Nurse": (0, 1)}


def test_lost_texts_and_corrections_are_shown_by_reason_and_class(wiring: Wiring) -> None:
    wiring.intake.receive(inbound("whats your fax number"))
    with wiring.db.writing() as session:
        reply = session.scalars(select(Dispatch).where(Dispatch.purpose == "reply")).one()
        reply.state, reply.error = "failed", "30006"
        message = session.scalars(select(Message).where(Message.direction == "in")).one()
        nurse = session.scalars(select(Staff.id).where(Staff.role == "nurse")).one()
        was = {"urgency": "routine", "intents": ["admin"], "flags": []}
        for urgency in (Urgency.URGENT, Urgency.EMERGENCY):  # the newest counts
            session.add(
                Correction(
                    id=new_id(), message_id=message.id, case_id=message.case_id, staff_id=nurse,
                    at=clock.now(), urgency=urgency, intents=["symptom"], flags=[], was=was,
                )
            )  # fmt: skip
            session.flush()
    page = page_of(wiring)
    assert rows_of(page, "deliveries") == {"A landline": ("Call", 1, 0)}
    assert sum(sum(int(n) for n in row) for row in rows_of(page, "corrections").values()) == 1
    assert rows_of(page, "classes") == {"admin": (0, 1), "symptom": (1, 0)}


@pytest.mark.parametrize("email", ["nurse@example.com", "desk@example.com", "admin@example.com"])
def test_everybody_on_the_staff_sees_the_page(browser: Browser, email: str) -> None:
    browser.sign_in(email)
    page = browser.get("/numbers")
    assert page.status_code == 200
    assert "No text came in these days" in page.text


def test_every_chart_is_named_has_its_table_and_no_script_or_style(
    browser: Browser, wiring: Wiring, time: Clock
) -> None:
    emergencies(wiring, time, [1, 2])
    browser.sign_in()
    page = browser.get("/numbers?days=7").text
    drawn = re.findall(r'<svg class="chart".*?</svg>', page, re.DOTALL)
    assert drawn
    assert all('role="img"' in one and "<title id=" in one for one in drawn)
    assert page.count("<figcaption>") == page.count("<table>") == len(drawn)
    assert not re.search(r"<script|\sstyle=|\son\w+=", page)
    assert "tight since" not in page


def test_the_csv_holds_the_table_and_no_text(browser: Browser, wiring: Wiring, time: Clock) -> None:
    emergencies(wiring, time, [1])
    browser.sign_in()
    answer = browser.get("/numbers.csv?chart=intents&from=2026-11-01&to=2026-11-30")
    assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
    assert answer.text.splitlines()[0] == "Wish,Texts"
    assert "tight" not in answer.text
    assert browser.get("/numbers.csv?chart=nothing").status_code == 404


def test_a_wrong_period_is_explained(browser: Browser) -> None:
    browser.sign_in()
    answer = browser.get("/numbers?from=2026-12-01&to=2026-11-01")
    assert answer.status_code == 422
    assert "The first day comes after the last" in answer.text
