"""The list of cases: its order, its filters, who sees what, how it refreshes itself."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event, insert, select, update

from smsbot import clock
from smsbot.models import Case, Contact, Message, Staff, StaffSession, Task, new_id
from smsbot.web import parts
from smsbot.web.list_filter import Filter, read_filter
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.integration.conftest import Browser
from tests.texts import inbound

EMERGENCY = "chest tight since the infusion"
URGENT = "bp is 165/95 after the spray, feel dizzy"
REFILL = "can I get a refill of bupropion please"
FEES = "what are your fees"


def text_in(wiring: Wiring, body: str, line: str) -> str:
    """A text of this line; the code of its case."""
    wiring.intake.receive(inbound(body, f"+156155501{line}"))
    index = wiring.vault.blind_index("number", f"+156155501{line}")
    with wiring.db.reading() as session:
        query = select(Case.code).join(Contact, Contact.id == Case.contact_id)
        return session.scalars(query.where(Contact.number_index == index)).one()


def change(wiring: Wiring, code: str, **values: Any) -> None:
    with wiring.db.writing() as session:
        case = session.scalars(select(Case).where(Case.code == code)).one()
        for name, value in values.items():
            setattr(case, name, value)


def nurse_id(wiring: Wiring) -> str:
    with wiring.db.reading() as session:
        return session.scalars(select(Staff.id).where(Staff.role == "nurse")).one()


def shown(page: str) -> list[str]:
    """The codes of the cases, in their order."""
    return re.findall(r'<li class="case [^"]*" id="case-(\w+)"', page)


def version_of(page: str) -> str:
    found = re.search(r'data-version="(\w+)"', page)
    assert found
    return found[1]


def only_their_own(app: Flask, wiring: Wiring) -> None:
    """Let the front desk see its own cases alone."""
    clinic = replace(wiring.clinic, everybody_sees_everything=False)
    app.extensions[parts.KEY] = replace(wiring, clinic=clinic)


def test_emergencies_come_first_then_what_is_due_soonest_then_what_somebody_has(
    browser: Browser, wiring: Wiring, time: Clock
) -> None:
    refill, urgent = text_in(wiring, REFILL, "11"), text_in(wiring, URGENT, "12")
    time.forward(minutes=1)
    emergency, fees = text_in(wiring, EMERGENCY, "13"), text_in(wiring, FEES, "14")
    change(wiring, urgent, state="taken", owner_id=nurse_id(wiring), taken_at=clock.now())
    change(wiring, fees, look_by=clock.now())  # less urgent than a refill could be, and due at once
    browser.sign_in()
    page = browser.get("/").text
    assert shown(page) == [emergency, fees, refill, urgent]
    assert "(3) Inbox" in page  # nobody has these three
    assert "5 min left" in page


def test_the_tabs_show_mine_unassigned_waiting_and_resolved_with_the_reason(
    browser: Browser, wiring: Wiring
) -> None:
    mine, loose, waiting, done = (text_in(wiring, REFILL, line) for line in ("11", "12", "13", "14"))
    change(wiring, mine, state="taken", owner_id=nurse_id(wiring))
    change(wiring, waiting, state="waiting", waiting_at=clock.now())
    change(wiring, done, state="resolved", resolved_at=clock.now(), resolution="no_action")
    browser.sign_in()
    tabs = {
        show: browser.get(f"/?show={show}").text for show in ("mine", "unassigned", "waiting", "resolved")
    }
    assert {show: shown(page) for show, page in tabs.items()} == {
        "mine": [mine], "unassigned": [loose], "waiting": [waiting], "resolved": [done],
    }  # fmt: skip
    assert "No action needed" in tabs["resolved"]
    counts = re.findall(r'<span class="count">([^<]+)</span>', tabs["mine"])
    assert counts == ["3", "1", "1", "1", "1 today"]


def test_a_team_is_a_filter_that_never_hides_an_emergency_silently(browser: Browser, wiring: Wiring) -> None:
    text_in(wiring, EMERGENCY, "11")
    fees = text_in(wiring, FEES, "12")
    browser.sign_in()
    page = browser.get("/?team=front_desk").text
    assert shown(page) == [fees]
    assert "1 emergency nobody has" in page
    assert "emergency nobody has" not in browser.get("/").text
    assert "emergency nobody has" not in browser.get("/?team=nurse").text


def test_who_sees_some_teams_only_gets_their_cases_and_visits_to_book_without_the_text(
    app: Flask, browser: Browser, wiring: Wiring
) -> None:
    clinical = text_in(wiring, "rash on my arm since lamotrigine", "11")
    fees = text_in(wiring, FEES, "12")
    with wiring.db.writing() as session:
        case = session.scalars(select(Case).where(Case.code == clinical)).one()
        task = Task(
            id=new_id(), case_id=case.id, kind="book_visit", team="front_desk", created_at=clock.now()
        )
        task.wish = '{"windows": [{"start": "2026-11-27T08:00", "end": "2026-11-27T12:00"}]}'
        session.add(task)
    only_their_own(app, wiring)
    browser.sign_in("desk@example.com")
    for address in ("/", "/?team=nurse", "/?poll=1", "/?show=resolved&team=nurse"):
        page = browser.get(address).text
        assert "lamotrigine" not in page
        assert clinical not in shown(page)
    page = browser.get("/").text
    assert shown(page) == [fees]
    assert "Fri Nov 27, 8 AM to noon" in page
    assert "(561) 555-0111" in page
    assert f"/cases/{clinical}" not in page
    browser.client.post("/sign-out")


def test_a_clinical_role_has_no_visits_to_book(browser: Browser, wiring: Wiring) -> None:
    browser.sign_in()
    assert "Visits to book" not in browser.get("/").text


def test_a_poll_says_nothing_until_a_case_or_a_text_changes(
    browser: Browser, wiring: Wiring, time: Clock
) -> None:
    code = text_in(wiring, REFILL, "11")
    browser.sign_in()
    version = version_of(browser.get("/").text)

    def poll() -> str | None:
        nonlocal version
        answer = browser.get(f"/?poll=1&since={version}")
        if answer.status_code == 204:
            return None
        version = version_of(answer.text)
        return answer.text

    assert poll() is None
    text_in(wiring, EMERGENCY, "12")
    assert "chest tight" in (poll() or "")
    assert poll() is None
    text_in(wiring, "thanks", "11")  # changes nothing of the case but what was said last
    assert "thanks" in (poll() or "")
    time.forward(seconds=1)
    with wiring.db.writing() as session:  # as code does that changes many at once
        session.execute(update(Case).where(Case.code == code).values(state="waiting"))
    assert "Waiting" in (poll() or "")
    assert poll() is None


def test_a_change_that_is_seen_late_is_not_missed(browser: Browser, wiring: Wiring, time: Clock) -> None:
    first, second = text_in(wiring, REFILL, "11"), text_in(wiring, REFILL, "12")
    earlier = clock.now() + timedelta(seconds=1)
    time.forward(seconds=2)
    change(wiring, second, team="front_desk")
    browser.sign_in()
    version = version_of(browser.get("/").text)
    with wiring.db.writing() as session:  # written before the other one, and committed after it
        late = update(Case).where(Case.code == first).values(state="waiting", changed_at=earlier)
        session.execute(late)
    assert "Waiting" in browser.get(f"/?poll=1&since={version}").text


def test_a_poll_is_no_activity_of_the_person(browser: Browser, wiring: Wiring, time: Clock) -> None:
    browser.sign_in()
    time.forward(minutes=2)
    browser.get("/?poll=1&since=x")
    with wiring.db.reading() as session:
        assert session.scalars(select(StaffSession.active_at)).one() < clock.now()
    browser.get("/")
    with wiring.db.reading() as session:
        assert session.scalars(select(StaffSession.active_at)).one() == clock.now()


def test_a_sweep_that_dies_changes_what_a_poll_answers(browser: Browser, wiring: Wiring, time: Clock) -> None:
    browser.sign_in()
    wiring.sweep().cycle()
    version = version_of(browser.get("/").text)
    assert browser.get(f"/?poll=1&since={version}").status_code == 204
    time.forward(seconds=30)
    assert "Alerts may be late" in browser.get(f"/?poll=1&since={version}").text


def test_only_what_is_not_pressing_can_be_chosen_to_be_resolved_together(
    browser: Browser, wiring: Wiring
) -> None:
    text_in(wiring, EMERGENCY, "11")
    text_in(wiring, URGENT, "12")
    refill = text_in(wiring, REFILL, "13")
    browser.sign_in()
    page = browser.get("/").text
    assert re.findall(r'name="code" value="(\w+)\.\d+"', page) == [refill]


def test_a_taken_case_says_that_the_patient_wrote_again(
    browser: Browser, wiring: Wiring, time: Clock
) -> None:
    code = text_in(wiring, REFILL, "11")
    browser.sign_in()
    browser.submit("/", f"/cases/{code}/take")
    assert "wrote again" not in browser.get("/").text
    time.forward(minutes=3)
    text_in(wiring, "it is the 150 mg one", "11")
    assert "wrote again" in browser.get("/").text


def test_long_lists_come_in_pages_without_a_gap_or_a_repeat(
    browser: Browser, wiring: Wiring, time: Clock
) -> None:
    with wiring.db.writing() as session:
        contact = Contact(id=new_id(), number_index="x", created_at=clock.now())
        contact.number = "+15615550177"
        session.add(contact)
        session.flush()
        rows = [_resolved(contact.id, place) for place in range(120)]
        session.execute(insert(Case), rows)
    browser.sign_in()
    seen, address = [], "/?show=resolved"
    for _ in range(3):
        page = browser.get(address).text
        seen += shown(page)
        more = re.search(r'id="more" href="([^"]+)"', page)
        address = more[1].replace("&amp;", "&") if more else ""
    assert len(seen) == len(set(seen)) == 120
    assert not address


def _resolved(contact_id: str, place: int) -> dict[str, Any]:
    now = clock.now()  # all at one moment, as when many are resolved together
    return {
        "id": new_id(), "code": f"X{place:03d}", "contact_id": contact_id, "state": "resolved",
        "urgency": "routine", "urgency_rank": 1, "team": "nurse", "opened_at": now, "resolved_at": now,
    }  # fmt: skip


def test_the_list_asks_the_same_number_of_questions_however_long_it_is(
    browser: Browser, wiring: Wiring
) -> None:
    browser.sign_in()
    text_in(wiring, REFILL, "11")
    asked = 0

    def count(*_: Any) -> None:
        nonlocal asked
        asked += 1

    event.listen(wiring.db.engine, "before_cursor_execute", count)
    browser.get("/?poll=1")
    few = asked
    for line in ("12", "13", "14", "15"):
        text_in(wiring, REFILL, line)
    asked = 0
    browser.get("/?poll=1")
    assert asked == few


@pytest.mark.parametrize("bad", ["show=all", "team=owner", "n=-1", "n=٣", "before=yesterday", "before=-"])
def test_an_address_that_makes_no_sense_shows_the_list(bad: str, browser: Browser) -> None:
    browser.sign_in()
    assert browser.get(f"/?{bad}").status_code == 200


def test_the_address_of_a_filter_leads_back_to_it(wiring: Wiring) -> None:
    staff = Staff(id="s", role="nurse")
    before = Filter("s", "nurse", "resolved", "nurse", 300, (clock.now(), "ab12"))
    assert read_filter(before.query, staff, wiring.clinic) == before


def test_the_last_text_in_is_shown_not_our_answer(browser: Browser, wiring: Wiring) -> None:
    text_in(wiring, REFILL, "11")
    with wiring.db.reading() as session:
        assert session.scalars(select(Message).where(Message.direction == "out")).first()
    browser.sign_in()
    assert "refill of bupropion" in browser.get("/").text
