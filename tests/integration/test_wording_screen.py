"""The screen of the wording: a sentence is changed, checked like one in a file, and goes back."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from smsbot.models import Event
from smsbot.replies import follow_up
from smsbot.wiring import Wiring
from tests.integration.conftest import Browser
from tests.texts import inbound

WORDING = "/administration/wording"
NEUTRAL = f"{WORDING}/en/received.neutral"


@pytest.fixture
def admin(browser: Browser) -> Browser:
    """Signed in as the administrator."""
    browser.sign_in("admin@example.com")
    return browser


def test_a_changed_sentence_is_what_the_next_patient_gets_and_the_original_comes_back(
    wiring: Wiring, admin: Browser
) -> None:
    assert admin.submit(NEUTRAL, NEUTRAL, text="We  have your message – thank you.").status_code == 303
    told = wiring.intake.receive(inbound("my lamotrigine makes me dizzy"))
    assert told and "We have your message - thank you." in told
    page = admin.get(NEUTRAL).text
    assert "We got your message." in page and "holds now" in page and "Ada" in page
    assert "Changed here" in admin.get(WORDING).text
    assert admin.submit(NEUTRAL, f"{NEUTRAL}/back").status_code == 303
    assert wiring.wording.texts["en"]["received.neutral"] == "We got your message."


def test_looking_shows_whole_texts_with_their_segments_and_saves_nothing(
    wiring: Wiring, admin: Browser
) -> None:
    answer = admin.submit(NEUTRAL, NEUTRAL, text="It is here.", act="look")
    assert answer.status_code == 200
    assert "nothing is saved yet" in answer.text and "It is here. " in answer.text
    assert "1 segment" in answer.text
    assert wiring.wording.texts["en"]["received.neutral"] == "We got your message."


@pytest.mark.parametrize(
    ("key", "text", "says"),
    [
        ("received.neutral", "", "is empty"),
        ("received.neutral", "We got it {name}", "unknown placeholder {name}"),
        ("received.neutral", "We got it {", "curly bracket"),
        ("received.neutral", "We got your message. " * 20, "segments"),
        ("consent.start", "You will get texts again.", "lacks STOP"),
        ("crisis.lifeline", "Call 911 now.", "lacks 988"),
    ],
)
def test_what_a_file_may_not_say_a_screen_may_not_either(
    wiring: Wiring, admin: Browser, key: str, text: str, says: str
) -> None:
    path = f"{WORDING}/en/{key}"
    answer = admin.submit(path, path, text=text, director="Dr. Mara Quist")
    assert answer.status_code == 422 and says in answer.text
    assert "Nothing was changed" in answer.text
    assert wiring.wording.texts["en"][key] != text.strip()


def test_crisis_words_need_the_medical_director_and_are_audited(wiring: Wiring, admin: Browser) -> None:
    path, text = f"{WORDING}/en/follow.nobody", "No one has read your message yet. Please do not wait for us."
    assert "medical director" in admin.get(path).text
    answer = admin.submit(path, path, text=text)
    assert answer.status_code == 422 and "medical director&#39;s name" in answer.text
    assert admin.submit(path, path, text=text, director="Dr. Mara Quist").status_code == 303
    with wiring.db.reading() as session:
        event = session.scalars(select(Event).where(Event.kind == "clinic_changed")).one()
        assert event.note == "Medical director: Dr. Mara Quist"
        assert event.details["name"] == "wording.en.follow.nobody" and "Quist" not in str(event.details)
    later = follow_up(
        wiring.wording, "follow.nobody_medical", ("en",), wiring.clinic, now=inbound("x").received_at
    )
    assert later.startswith(text)


def test_wording_is_for_administrators(browser: Browser) -> None:
    browser.sign_in("prescriber@example.com")
    assert browser.get(WORDING).status_code == 403
    assert browser.submit("/", NEUTRAL, text="Hello").status_code == 403


@pytest.mark.parametrize("path", ["/xx/received.neutral", "/en/no.such", "?language=xx"])
def test_what_is_not_there_is_not_found(admin: Browser, path: str) -> None:
    assert admin.get(WORDING + path).status_code == 404
