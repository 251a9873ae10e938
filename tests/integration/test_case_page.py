"""What one case shows: texts and their fate, what was read, who was told, what comes next, and to whom."""

from __future__ import annotations

import ast
import dataclasses
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

import smsbot
from smsbot import clock
from smsbot.models import Case, CaseState, Dispatch, Event, Message, Staff, Task, new_id
from smsbot.web.event_words import WORDS, sentence
from smsbot.web.spoken_times import spoken_window
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.integration.conftest import Browser
from tests.texts import inbound

EMERGENCY = "chest tight since the infusion"
WISH = "can I come in tuesday between 2 and 5 pm? and I ran out of my sertraline"


def open_case(wiring: Wiring, body: str) -> str:
    """Receive this text; gives the code of its case."""
    wiring.intake.receive(inbound(body))
    with wiring.db.reading() as session:
        return session.scalars(select(Case.code).order_by(Case.opened_at.desc())).first() or ""


def words_of(page: str) -> str:
    """The page as it reads."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


DESK = "desk@example.com"


@pytest.fixture
def strict(wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> Wiring:
    """A clinic in which the front desk sees its own cases alone."""
    clinic = dataclasses.replace(wiring.clinic, everybody_sees_everything=False)
    monkeypatch.setitem(wiring.__dict__, "clinic", clinic)
    return wiring


def test_evidence_tells_its_reason_to_pointer_keyboard_and_screen_reader(
    wiring: Wiring, browser: Browser
) -> None:
    code = open_case(wiring, EMERGENCY)
    browser.sign_in()
    page = browser.get(f"/cases/{code}").text
    marks = re.findall(r'<mark class="flag" tabindex="0" aria-describedby="([^"]+)" data-why="([^"]+)"', page)
    assert marks and "chest pain" in marks[0][1]
    for place, _ in marks:
        assert f'<li id="{place}"' in page


def test_medications_and_times_are_spoken_chips(wiring: Wiring, browser: Browser) -> None:
    code = open_case(wiring, WISH)
    browser.sign_in()
    head = words_of(browser.get(f"/cases/{code}").text.split('id="case-head"')[1].split("</header>")[0])
    assert "Names sertraline" in head
    assert "Asked for Tue Nov 24, 2 to 5 PM" in head


@pytest.mark.parametrize(
    ("start", "end", "spoken"),
    [
        ("2026-11-24T14:00", "2026-11-24T17:00", "Tue Nov 24, 2 to 5 PM"),
        ("2026-11-24T09:00", "2026-11-24T12:00", "Tue Nov 24, 9 AM to noon"),
        ("2026-11-24T08:00", "2026-11-24T17:00", "Tue Nov 24, any time"),
        ("2026-11-24T17:30", "2026-11-24T24:00", "Tue Nov 24, 5:30 PM to Wed Nov 25, 12 AM"),
    ],
)
def test_times_are_said_as_people_say_them(start: str, end: str, spoken: str) -> None:
    assert spoken_window({"start": start, "end": end}) == spoken


def test_the_fate_of_our_text_is_told_in_plain_words(wiring: Wiring, browser: Browser) -> None:
    code = open_case(wiring, "whats your fax number")
    browser.sign_in()
    with wiring.db.writing() as session:
        one = session.scalars(select(Dispatch).where(Dispatch.purpose == "reply")).first()
        assert one is not None
        one.state, one.error = "failed", "30006"
    assert "DID NOT ARRIVE: a landline: call" in words_of(browser.get(f"/cases/{code}").text)


def test_the_interpreter_line_is_shown_for_languages_staff_do_not_read(
    wiring: Wiring, browser: Browser, monkeypatch: pytest.MonkeyPatch
) -> None:
    code = open_case(wiring, "mwen bezwen yon randevou ak doktè a tanpri, mwen pa ka dòmi")
    browser.sign_in()
    assert "They write Haitian Creole. No interpreter line is set: ask" in words_of(
        browser.get(f"/cases/{code}").text
    )
    clinic = dataclasses.replace(wiring.clinic, interpreter_line="+15615550199")
    monkeypatch.setitem(wiring.__dict__, "clinic", clinic)
    page = browser.get(f"/cases/{code}").text
    assert 'href="tel:+15615550199"' in page


def test_alerts_are_told_as_sentences_with_who_is_next(wiring: Wiring, browser: Browser, time: Clock) -> None:
    time.forward(hours=17)  # 3:00 AM: a call comes with the first text
    code = open_case(wiring, EMERGENCY)
    with wiring.db.writing() as session:
        for one in session.scalars(select(Dispatch).where(Dispatch.purpose == "alert")):
            one.first_tried_at = clock.now()
            one.state, one.error = ("failed", "no-answer") if one.route == "call" else ("delivered", None)
    browser.sign_in()
    page = words_of(browser.get(f"/cases/{code}").text)
    assert re.search(r"was texted 3:00 AM , it arrived", page)
    assert re.search(r"was called 3:00 AM , did not pick up", page)
    assert re.search(r"Next: .{3,80} at 3:0\d AM", page)


def test_earlier_cases_say_how_they_ended(wiring: Wiring, browser: Browser, time: Clock) -> None:
    first = open_case(wiring, "whats your fax number")
    with wiring.db.writing() as session:
        nurse = session.scalars(select(Staff).where(Staff.role == "nurse")).one()
        case = session.scalars(select(Case)).one()
        case.state, case.resolved_at, case.resolved_by = CaseState.RESOLVED, clock.now(), nurse.id
        case.resolution, name = "not_reached", nurse.name
    time.forward(hours=30)
    code = open_case(wiring, EMERGENCY)
    browser.sign_in()
    page = browser.get(f"/cases/{code}").text
    assert f'href="/cases/{first}"' in page
    assert f"resolved by {name}: not reached" in words_of(page)


def test_the_page_says_what_happened_in_sentences(wiring: Wiring, browser: Browser) -> None:
    code = open_case(wiring, EMERGENCY)
    browser.sign_in()
    browser.submit(f"/cases/{code}", f"/cases/{code}/take")
    page = words_of(browser.get(f"/cases/{code}").text)
    assert "The case was opened: emergency," in page
    assert " took it." in page
    assert "case_taken" not in page and "case taken" not in page


def test_a_very_long_thread_shows_the_newest_and_offers_the_rest(wiring: Wiring, browser: Browser) -> None:
    code = open_case(wiring, "whats your fax number")
    with wiring.db.writing() as session:
        case = session.scalars(select(Case)).one()
        for number in range(205):
            text = Message(
                id=new_id(), contact_id=case.contact_id, case_id=case.id, direction="in", author="patient",
                provider_sid=f"SM{number:032d}", created_at=clock.now() + timedelta(seconds=number + 1),
            )  # fmt: skip
            text.body = f"text number {number}."
            session.add(text)
    browser.sign_in()
    page = browser.get(f"/cases/{code}").text
    assert "text number 204." in page and "text number 3." not in page and "Show all" in page
    assert "text number 3." in browser.get(f"/cases/{code}?all=1").text


def test_the_front_desk_gets_its_task_and_no_clinical_word(strict: Wiring, browser: Browser) -> None:
    code = open_case(strict, WISH)
    with strict.db.writing() as session:
        case = session.scalars(select(Case)).one()
        case.team = "nurse"
        for old in session.scalars(select(Task)):
            session.delete(old)
        session.flush()
        task = Task(
            id=new_id(), case_id=case.id, kind="book_visit", team="front_desk", created_at=clock.now()
        )
        task.wish = '{"windows": [{"start": "2026-11-24T14:00", "end": "2026-11-24T17:00"}]}'
        session.add(task)
    browser.sign_in(DESK)
    answer = browser.get(f"/cases/{code}")
    assert answer.status_code == 403
    assert "belongs to the nurse team" in answer.text and "Your task: book a visit" in answer.text
    assert "Tue Nov 24, 2 to 5 PM" in answer.text
    assert "sertraline" not in answer.text and "ran out" not in answer.text
    with strict.db.reading() as session:
        assert "case_opened_by" not in set(session.scalars(select(Event.kind)))


def test_the_front_desk_can_do_nothing_in_a_case_of_others(strict: Wiring, browser: Browser) -> None:
    code = open_case(strict, "I ran out of my sertraline")
    with strict.db.writing() as session:
        session.scalars(select(Case)).one().team = "nurse"
    browser.sign_in(DESK)
    for path in ("take", "note", "resolve", "reply", "presence", "draft"):
        answer = browser.submit("/", f"/cases/{code}/{path}", note="x", words="x")
        assert answer.status_code == 403, path
        assert "sertraline" not in answer.text
    with strict.db.reading() as session:
        assert session.scalars(select(Case.state)).one() == CaseState.OPEN


def test_whoever_the_ladder_alerts_may_open_the_case(strict: Wiring, browser: Browser) -> None:
    code = open_case(strict, EMERGENCY)
    with strict.db.writing() as session:
        person = session.scalars(select(Staff).where(Staff.role == "front_desk")).first()
        assert person is not None
        session.scalars(select(Case)).one().team = "nurse"
        for one in session.scalars(select(Dispatch).where(Dispatch.purpose == "alert")):
            one.staff_id = person.id
    browser.sign_in(DESK)
    assert browser.get(f"/cases/{code}").status_code == 200


# every kind of event has words


def recorded_kinds() -> Iterator[tuple[str, str]]:
    """Every kind of event that the code records, with where."""
    for path in Path(smsbot.__file__).parent.rglob("*.py"):
        tree = ast.parse(path.read_text())
        constants = {
            target.id: node.value.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Constant)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
            kind = _kind_of(call)
            for one in _constants(kind, constants) if kind is not None else ():
                yield one, path.name


def _kind_of(call: ast.Call) -> ast.expr | None:
    name = getattr(call.func, "attr", getattr(call.func, "id", ""))
    of = getattr(getattr(call.func, "value", None), "id", "")
    place = {"note_acted": 3, "_add_event": 2}.get(name, 1 if (of, name) == ("audit", "record") else None)
    if name == "Event" and of != "threading":
        return next((one.value for one in call.keywords if one.arg == "kind"), None)
    return call.args[place] if place is not None and len(call.args) > place else None


def _constants(node: ast.expr, constants: dict[str, object]) -> list[str]:
    if isinstance(node, ast.Constant):
        return [str(node.value)]
    if isinstance(node, ast.IfExp):
        return _constants(node.body, constants) + _constants(node.orelse, constants)
    if isinstance(node, ast.Name) and isinstance(constants.get(node.id), str):
        return [str(constants[node.id])]
    return []


def test_every_kind_of_event_that_is_recorded_has_words() -> None:
    kinds = dict(recorded_kinds())
    assert {"case_taken", "patients_seen", "replied", "not_delivered", "patient_left"} <= set(kinds)
    assert {kind: where for kind, where in kinds.items() if kind not in WORDS} == {}


def test_a_sentence_holds_whatever_the_line_lacks() -> None:
    for kind in [*WORDS, "something_new"]:
        told = sentence(Event(id="e", kind=kind, details={}), "")
        assert told and "{" not in told
