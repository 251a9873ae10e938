"""The words for when something went wrong with us: short, true, with the numbers that matter."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from xml.etree import ElementTree

import pytest

from smsbot.clinic import load_clinic
from smsbot.domain import Reply
from smsbot.replies import load_wording
from smsbot.replies.segments import is_gsm, segments
from smsbot.replies.unusual import (
    GOT_IT_LATE,
    LATE,
    SHORT_TROUBLE,
    TROUBLE,
    fit_age,
    own_to_lateness,
    trouble,
)
from tests.system import ROOT

CLINIC = load_clinic(None)
WORDING = load_wording(None, CLINIC.languages)


@pytest.mark.parametrize("languages", [("en",), ("es",), ("ht",), ()])
def test_words_in_trouble_are_short_and_name_911_and_the_office(languages: tuple[str, ...]) -> None:
    text = trouble(languages, CLINIC)
    assert text.count("911") == text.count("(561)") == (len(languages) or 3)
    assert is_gsm(text) and segments(text) <= 2


def test_a_language_without_such_words_gets_those_the_clinic_has() -> None:
    clinic = replace(CLINIC, languages=("pt", "es"))
    assert trouble(("pt",), clinic) == trouble(("es",), clinic)
    assert trouble((), replace(CLINIC, languages=("pt",))) == trouble(("en",), CLINIC)


def test_every_shipped_language_has_all_of_them() -> None:
    assert set(TROUBLE) == set(SHORT_TROUBLE) == set(GOT_IT_LATE) == set(WORDING.texts)


@pytest.mark.parametrize("language", ["en", "es", "ht"])
def test_lateness_is_owned_to_in_every_language(language: str) -> None:
    crisis = WORDING.say(language, "crisis.lifeline", {})
    late = own_to_lateness(crisis, WORDING, LATE)
    assert late.startswith(GOT_IT_LATE[language]) and "988" in late and is_gsm(GOT_IT_LATE[language])
    assert own_to_lateness(crisis, WORDING, LATE - timedelta(seconds=1)) == crisis


def test_an_old_text_is_answered_without_saying_what_it_was_about() -> None:
    replies = (Reply("received.appointment", times=True), Reply("also.emergency"), Reply("crisis.both"))
    assert fit_age(replies, timedelta(minutes=14)) == replies
    assert fit_age(replies, LATE) == (Reply("received.neutral", times=True), *replies[1:])


def test_the_bin_in_the_docs_is_twiml_that_fits_three_segments_and_names_the_numbers() -> None:
    page = (ROOT / "docs" / "inbound.md").read_text(encoding="utf-8")
    (block,) = re.findall(r"```xml\n(.*?)```", page, re.S)
    message = ElementTree.fromstring(block.encode()).findtext("Message")  # noqa: S314 (ours)
    assert message is not None
    for line in message.splitlines():
        assert "911" in line and "988" in line and "(561) 555-0100" in line
    assert is_gsm(message) and segments(message) <= 3
