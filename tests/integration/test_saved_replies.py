"""Texts that staff send often: kept, filled in for a patient, picked, and administered."""

from __future__ import annotations

import html
import re
from datetime import UTC, datetime

import pytest
from sqlalchemy import select

from smsbot.correspondence import saved as saved_replies
from smsbot.correspondence.saved import BadSavedReply, Filled, fill, list_saved, problems_of, values_at
from smsbot.models import Case, Contact, Event, SavedReply, Staff
from smsbot.replies import segments, to_gsm
from smsbot.simulator.people import seed_patients, seed_saved_replies
from smsbot.wiring import Wiring
from tests.conftest import Clock
from tests.integration.conftest import Browser
from tests.texts import inbound

ROSELINE = "+15615550112"  # two patients behind it
OFFERED = ("en", "es", "ht")
PAGE = "/administration/saved-replies"


@pytest.fixture
def stocked(wiring: Wiring) -> Wiring:
    """A home with the sample patients and saved replies."""
    seed_patients(wiring.db, wiring.vault)
    seed_saved_replies(wiring.db, wiring.clinic.languages)
    return wiring


def kept(wiring: Wiring) -> list[SavedReply]:
    with wiring.db.reading() as session:
        return list_saved(session)


def opened(wiring: Wiring, sender: str) -> str:
    wiring.intake.receive(inbound("whats your fax number", sender))
    with wiring.db.reading() as session:
        return session.scalars(select(Case.code)).one()


def test_what_is_known_is_filled_in_and_the_rest_is_left_as_a_blank() -> None:
    assert fill("Hi {first_name}, {staff}", {"first_name": "Walt", "staff": None}) == Filled(
        "Hi Walt, [your name]", ("[your name]",)
    )


@pytest.mark.parametrize(
    ("name", "language", "body", "says"),
    [
        ("", "en", "hello", "a name"),
        ("x" * 81, "en", "hello", "a name"),
        ("a", "fr", "hello", "languages"),
        ("a", "en", " ", "Write the words"),
        ("a", "en", "Hi {firstname}", "{firstname} is no placeholder"),
        ("a", "en", "Hi {first_name", "single brace"),
        ("a", "en", "x" * 460, "Too long: 4 segments"),
        ("a", "en", "á" * 202, "Too long: 4 segments"),
    ],
)
def test_what_cannot_be_kept_is_said_why(name: str, language: str, body: str, says: str) -> None:
    assert says in " ".join(problems_of(name, language, body.strip(), OFFERED))


def test_a_bad_one_changes_nothing(wiring: Wiring) -> None:
    with wiring.db.writing() as session:
        saved = saved_replies.add(
            session, name="Hi", language="en", body="Hello", offered=OFFERED, staff_id=None
        )
    with pytest.raises(BadSavedReply), wiring.db.writing() as session:
        row = session.get_one(SavedReply, saved.id)
        saved_replies.change(session, row, name="Hi", body="{x}", offered=OFFERED, staff_id="s")
    assert [one.body for one in kept(wiring)] == ["Hello"]


@pytest.mark.parametrize(
    ("now", "english", "spanish"),
    [
        (datetime(2026, 11, 23, 11, 0, tzinfo=UTC), "today at", "hoy a las"),  # Monday, 6 AM
        (datetime(2026, 11, 23, 15, 0, tzinfo=UTC), "Tuesday at", "el martes a las"),
    ],
)
def test_the_next_opening_is_said_in_each_language(
    wiring: Wiring, now: datetime, english: str, spanish: str
) -> None:
    said = {
        language: str(values_at(now, wiring.clinic, wiring.wording, language, [], "Nadia")["next_opening"])
        for language in ("en", "es", "ht")
    }
    assert said["en"].startswith(english) and said["es"].startswith(spanish) and said["ht"]


def test_the_samples_cover_each_language_and_stay_cheap(stocked: Wiring) -> None:
    names = {one.name for one in kept(stocked)}
    assert len(names) >= 5
    for language in OFFERED:
        assert {one.name for one in kept(stocked) if one.language == language} == names
    now = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
    for one in kept(stocked):
        values = values_at(now, stocked.clinic, stocked.wording, one.language, [], "Nadia (nurse)")
        filled = fill(one.body, values | {"first_name": "Walter"})
        assert not filled.missing and segments(to_gsm(filled.words)) <= 2, one.name


def test_the_samples_are_put_once_and_never_come_back(stocked: Wiring) -> None:
    before = len(kept(stocked))
    with stocked.db.writing() as session:
        for one in list_saved(session):
            saved_replies.remove(session, one, session.scalars(select(Staff.id)).first() or "")
    seed_saved_replies(stocked.db, stocked.clinic.languages)
    assert before > 0 and kept(stocked) == []


def test_the_patients_language_comes_first_and_the_first_name_stands_in_it(
    stocked: Wiring, browser: Browser
) -> None:
    code = opened(stocked, "+15615550111")
    with stocked.db.writing() as session:
        session.scalars(select(Contact)).one().set_language = "es"
    browser.sign_in()
    page = html.unescape(browser.get(f"/cases/{code}").text)
    words = re.findall(r'data-words="([^"]*)"', page)
    assert words[0].startswith("Hola Yolanda, soy Nadia")
    assert any(one.startswith("Hi Yolanda") for one in words)


def test_with_two_patients_behind_the_phone_nobody_is_named(stocked: Wiring, browser: Browser) -> None:
    code = opened(stocked, ROSELINE)
    browser.sign_in()
    page = html.unescape(browser.get(f"/cases/{code}").text)
    assert "Hi [first name], this is Nadia" in page
    assert "Hi Roseline" not in page and "Hi Woodly" not in page


def test_without_script_a_picked_reply_comes_back_in_the_form(stocked: Wiring, browser: Browser) -> None:
    code = opened(stocked, "+15615550110")
    browser.sign_in()
    hi = next(one for one in kept(stocked) if one.language == "en" and one.body.startswith("Hi"))
    answer = browser.submit(f"/cases/{code}", f"/cases/{code}/saved", words="Hm.", saved=hi.id)
    assert re.search(r"<textarea[^>]*>Hm\. Hi Walter, this is Nadia", answer.text)
    assert browser.submit(f"/cases/{code}", f"/cases/{code}/saved", saved="x").status_code == 404


def test_an_administrator_adds_changes_and_removes_one(wiring: Wiring, browser: Browser, time: Clock) -> None:
    browser.sign_in("admin@example.com")
    browser.submit(PAGE, PAGE, name="Parking", language="en", body="Park behind {clinic}")
    (saved,) = kept(wiring)
    assert "Park behind {clinic}" in browser.get(PAGE).text
    wrong = browser.submit(PAGE, f"{PAGE}/{saved.id}", name="Parking", body="Park at {street}")
    assert wrong.status_code == 422 and "{street} is no placeholder" in wrong.text
    assert "Park at {street}" in wrong.text  # what was typed is kept
    browser.submit(PAGE, f"{PAGE}/{saved.id}", name="Parking", body="Park in front")
    assert [one.body for one in kept(wiring)] == ["Park in front"]
    browser.submit(PAGE, f"{PAGE}/{saved.id}/remove")
    assert kept(wiring) == []
    with wiring.db.reading() as session:
        kinds = [kind for kind in session.scalars(select(Event.kind)) if kind.startswith("saved_reply")]
    assert kinds == ["saved_reply_added", "saved_reply_changed", "saved_reply_removed"]


def test_saved_replies_are_the_administrators(browser: Browser) -> None:
    browser.sign_in()
    assert browser.get(PAGE).status_code == 403
