"""A staff member writes to the patient of a case."""

from __future__ import annotations

import re

import pytest
from sqlalchemy import select

from smsbot.correspondence.cautions import measure, medications_named, other_language
from smsbot.domain import Consent, Silence
from smsbot.models import Case, CaseState, Contact, Dispatch, Message, Staff
from smsbot.replies import segments
from smsbot.wiring import Wiring
from tests.integration.conftest import Browser
from tests.texts import WALT, inbound


@pytest.fixture
def code(wiring: Wiring) -> str:
    """The code of an open case."""
    return opened(wiring, "whats your fax number")


def opened(wiring: Wiring, body: str) -> str:
    """The code of the case that this text opens."""
    wiring.intake.receive(inbound(body))
    return the_case(wiring).code


def the_case(wiring: Wiring) -> Case:
    with wiring.db.reading() as session:
        return session.scalars(select(Case)).one()


def written(wiring: Wiring) -> list[tuple[Message, Dispatch, str]]:
    """What staff wrote, what it owes, and who wrote it."""
    with wiring.db.reading() as session:
        query = select(Message, Dispatch, Staff.email_sealed, Staff)
        query = query.join(Dispatch, Dispatch.message_id == Message.id).join(
            Staff, Staff.id == Message.author
        )
        return [(row.Message, row.Dispatch, row.Staff.email) for row in session.execute(query)]


def hidden(page: str, name: str) -> str:
    """The value of a hidden field of the reply form."""
    form = page[page.index('class="reply-form"') :]
    return re.findall(rf'name="{name}" value="([^"]*)"', form)[0]


def test_a_reply_is_owed_to_the_patient_and_takes_the_case(
    wiring: Wiring, browser: Browser, code: str
) -> None:
    browser.sign_in()
    answer = browser.submit(f"/cases/{code}", f"/cases/{code}/reply", words="It’s 561-555-0199 – anytime")
    assert answer.headers["Location"] == f"/cases/{code}"
    ((message, dispatch, author),) = written(wiring)
    assert (dispatch.recipient, dispatch.body) == (WALT, "It's 561-555-0199 - anytime")
    assert (dispatch.route, dispatch.state, dispatch.purpose) == ("rest", "pending", "reply")
    assert (message.body, message.direction, author) == (dispatch.body, "out", "nurse@example.com")
    case = the_case(wiring)
    assert case.state == CaseState.TAKEN and case.acted_at is not None
    assert "It&#39;s 561-555-0199" in browser.get(f"/cases/{code}").text


def test_a_reply_to_who_has_opted_out_is_refused_and_its_words_are_kept(
    wiring: Wiring, browser: Browser, code: str
) -> None:
    browser.sign_in()
    assert f"/cases/{code}/reply" in browser.get(f"/cases/{code}").text
    with wiring.db.writing() as session:
        session.scalars(select(Contact)).one().consent = Consent.OPTED_OUT
    answer = browser.submit("/", f"/cases/{code}/reply", words="are you there?")
    assert answer.status_code == 422
    assert "opted out" in answer.text and "are you there?" in answer.text
    assert written(wiring) == []
    assert f"/cases/{code}/reply" not in browser.get(f"/cases/{code}").text


@pytest.mark.parametrize(
    ("words", "says"),
    [("  ", "nothing to send"), ("x" * 1001, "Too long"), ("Hi [first name], hello", "still a blank")],
)
def test_what_cannot_be_sent_comes_back(
    wiring: Wiring, browser: Browser, code: str, words: str, says: str
) -> None:
    browser.sign_in()
    answer = browser.submit(f"/cases/{code}", f"/cases/{code}/reply", words=words, resolve="1")
    assert answer.status_code == 422
    assert says in answer.text and (words.strip() in answer.text)
    assert written(wiring) == []
    assert the_case(wiring).state == CaseState.OPEN  # nobody has taken it by that, nor resolved it


def test_a_reply_in_an_emergency_is_the_word_of_a_person_and_no_robot_adds_to_it(
    wiring: Wiring, browser: Browser
) -> None:
    code = opened(wiring, "chest tight since the infusion")
    browser.sign_in()
    browser.submit(
        f"/cases/{code}", f"/cases/{code}/reply", words="Nadia here. Call 911 now, we call you too."
    )
    assert the_case(wiring).state == CaseState.TAKEN
    with wiring.db.reading() as session:
        keys = [one.reply_keys for one in session.scalars(select(Message).where(Message.direction == "out"))]
    assert ["follow.taken"] not in keys


def test_a_reply_needs_a_case(browser: Browser, code: str) -> None:
    browser.sign_in()
    assert browser.submit(f"/cases/{code}", "/cases/ZZZZ/reply", words="hi").status_code == 404


def test_a_double_click_sends_once(wiring: Wiring, browser: Browser, code: str) -> None:
    browser.sign_in()
    once = hidden(browser.get(f"/cases/{code}").text, "once")
    for _ in range(2):
        answer = browser.submit(f"/cases/{code}", f"/cases/{code}/reply", words="hello", once=once)
        assert answer.status_code == 303
    assert len(written(wiring)) == 1
    again = hidden(browser.get(f"/cases/{code}").text, "once")
    browser.submit(f"/cases/{code}", f"/cases/{code}/reply", words="hello", once=again)
    assert len(written(wiring)) == 2  # the same words, meant twice


def test_what_came_meanwhile_is_shown_before_anything_leaves(
    wiring: Wiring, browser: Browser, code: str
) -> None:
    browser.sign_in()
    seen = hidden(browser.get(f"/cases/{code}").text, "seen")
    wiring.intake.receive(inbound("never mind, found it"))
    answer = browser.submit("/", f"/cases/{code}/reply", words="It is 555", seen=seen)
    assert answer.status_code == 409
    assert "never mind, found it" in answer.text and "It is 555" in answer.text
    assert "Send anyway" in answer.text
    assert written(wiring) == []
    anyway = hidden(answer.text, "seen")
    browser.submit("/", f"/cases/{code}/reply", words="It is 555", seen=anyway)
    assert [one.body for one, _, _ in written(wiring)] == ["It is 555"]


def test_anothers_reply_counts_as_news_and_ones_own_does_not(
    wiring: Wiring, browser: Browser, code: str
) -> None:
    browser.sign_in()
    seen = hidden(browser.get(f"/cases/{code}").text, "seen")
    browser.submit("/", f"/cases/{code}/reply", words="mine", seen=seen)
    assert browser.submit("/", f"/cases/{code}/reply", words="more", seen=seen).status_code == 303
    other = Browser(browser.client.application.test_client())
    other.sign_in("desk@example.com")
    answer = other.submit("/", f"/cases/{code}/reply", words="desk", seen=seen)
    assert answer.status_code == 409 and "mine" in answer.text and "Nadia" in answer.text


def test_send_and_resolve_does_both(wiring: Wiring, browser: Browser, code: str) -> None:
    browser.sign_in()
    browser.submit(f"/cases/{code}", f"/cases/{code}/reply", words="It is 555", resolve="1")
    assert len(written(wiring)) == 1
    case = the_case(wiring)
    assert (case.state, case.resolution) == (CaseState.RESOLVED, "answered")


def test_an_emergency_is_resolved_with_its_outcome_or_nothing_is_sent(
    wiring: Wiring, browser: Browser
) -> None:
    code = opened(wiring, "chest tight since the infusion")
    browser.sign_in()
    page = f"/cases/{code}"
    refused = browser.submit(page, f"{page}/reply", words="ok", resolve="1")
    assert refused.status_code == 422 and "outcome" in refused.text
    assert written(wiring) == [] and the_case(wiring).state == CaseState.OPEN
    browser.submit(page, f"{page}/reply", words="ok", resolve="1", outcome="reached")
    assert the_case(wiring).resolution == "reached"


def test_the_desk_does_not_resolve_an_emergency(wiring: Wiring, browser: Browser) -> None:
    code = opened(wiring, "chest tight since the infusion")
    browser.sign_in("desk@example.com")
    page = f"/cases/{code}"
    assert (
        browser.submit(page, f"{page}/reply", words="ok", resolve="1", outcome="reached").status_code == 422
    )
    assert written(wiring) == [] and the_case(wiring).state == CaseState.OPEN


def test_the_line_under_the_form_counts_and_warns(wiring: Wiring, browser: Browser, code: str) -> None:
    browser.sign_in()
    with wiring.db.writing() as session:
        session.scalars(select(Contact)).one().set_language = "es"
    line = browser.submit(
        f"/cases/{code}", f"/cases/{code}/segments", words="Please stop taking the Lexapro until we call 😀"
    ).text
    assert "1 segment" in line and "UCS-2" in line
    assert "reads as written in English" in line and "Spanish" in line
    assert "Lexapro" in line
    assert written(wiring) == []


def test_a_number_that_answers_by_itself_is_warned_of(wiring: Wiring, browser: Browser, code: str) -> None:
    browser.sign_in()
    with wiring.db.writing() as session:
        session.scalars(select(Contact)).one().silence = Silence.ROBOT
    assert "answers every text by itself" in browser.get(f"/cases/{code}").text


@pytest.mark.parametrize(
    ("words", "count", "is_gsm"),
    [
        ("", 0, True),
        ("It’s – ok…", 1, True),
        ("€" * 80, 1, True),
        ("€" * 81, 2, True),
        ("á" + "x" * 69, 1, False),
        ("á" + "x" * 70, 2, False),
        ("a\n" * 80 + "b", 2, True),
    ],
)
def test_the_length_shown_is_that_of_the_text_as_it_is_sent(words: str, count: int, is_gsm: bool) -> None:
    length = measure(words)
    assert (length.segments, length.is_gsm) == (count, is_gsm)
    assert measure(f"  {words}\n").segments == segments(words.strip()) or not is_gsm or "’" in words


@pytest.mark.parametrize(
    ("words", "language", "found"),
    [
        ("Please call us back today", "es", "en"),
        ("Por favor llame hoy a la oficina", "es", None),
        ("Por favor llame hoy a la oficina", "ht", "es"),
        ("ok", "es", None),
        ("Please call us back today", None, None),
    ],
)
def test_another_language_than_the_patients_is_noticed(
    words: str, language: str | None, found: str | None
) -> None:
    assert other_language(words, language) == found


def test_medications_are_noticed_as_they_are_written() -> None:
    assert medications_named("Stop the sertralin and the Lexapro") == ("sertralin", "Lexapro")
    assert medications_named("See you on Thursday at 3") == ()
