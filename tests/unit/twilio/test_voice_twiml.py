"""What is said on the telephone: the whole of it, and that it is TwiML the provider can follow."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from smsbot.domain import Urgency
from smsbot.twilio import voice
from smsbot.twilio.voice import Forward, Standing

ASK = "https://clinic.example/twilio/voice/answer?dispatch=1&x=2"


def document(text: str) -> ElementTree.Element:
    root = ElementTree.fromstring(text.encode())  # noqa: S314  (our own XML)
    assert root.tag == "Response"
    return root


def heard(text: str) -> str:
    return " ".join((say.text or "") for say in document(text).iter("Say"))


def test_an_alert_says_urgency_and_code_twice_and_asks_for_one_key_each_time() -> None:
    script = voice.alert_script(Urgency.EMERGENCY, "K7F2", ASK)
    verbs = list(document(script))
    assert [verb.tag for verb in verbs] == ["Gather", "Gather", "Say", "Hangup"]
    for question in verbs[:2]:
        assert (question.get("numDigits"), question.get("timeout")) == ("1", "8")
        assert (question.get("action"), question.get("method")) == (ASK, "POST")
        words = "".join(question.itertext())
        assert words.startswith("Emergency. Case K, 7, F, 2. Press 1 to take it. Press 2")


@pytest.mark.parametrize("urgency", list(Urgency))
def test_every_urgency_has_words(urgency: Urgency) -> None:
    assert "Case 2, 3." in heard(voice.alert_script(urgency, "23", ASK))
    for standing in Standing:
        assert heard(voice.farewell(standing, urgency, "23"))


def test_the_weekly_test_says_that_it_is_one() -> None:
    words = heard(voice.alert_script(Urgency.EMERGENCY, "K7F2", ASK, is_test=True))
    assert words.startswith("A test of the alerts. Case K, 7, F, 2.") and "Emergency" not in words


def test_a_machine_hears_no_urgency_and_no_code() -> None:
    script = voice.machine_script("https://clinic.example/alert")
    words = heard(script).casefold()
    assert [verb.tag for verb in document(script)] == ["Gather", "Say", "Hangup"]
    assert not [word for word in ("emergency", "urgent", "case", "clinic", "patient") if word in words]


def test_who_takes_an_emergency_is_told_that_it_is_only_held() -> None:
    assert "a few minutes" in heard(voice.farewell(Standing.YOURS, Urgency.EMERGENCY, "K7F2"))
    assert "a few minutes" not in heard(voice.farewell(Standing.YOURS, Urgency.URGENT, "K7F2"))


def test_the_greeting_speaks_the_clinics_languages_that_have_a_voice() -> None:
    script = voice.greeting(("en", "es", "ht"), "Delray & Sons", None, noted=True)
    says = list(document(script).iter("Say"))
    assert [say.get("language") for say in says] == ["en-US", "es-US"]
    for say in says:
        assert "9 1 1" in (say.text or "") and "9 8 8" in (say.text or "")
        assert "Delray & Sons" in (say.text or "")


def test_a_clinic_whose_only_language_has_no_voice_is_greeted_in_english() -> None:
    assert voice.spoken(("ht",)) == ("en",)


def test_who_is_put_through_is_not_told_that_nobody_answers() -> None:
    forward = Forward(("+15615550100",), "https://clinic.example/missed")
    script = voice.greeting(("en",), "Clinic", forward, noted=True)
    dial = document(script).find("Dial")
    assert dial is not None
    assert (dial.get("timeout"), dial.get("action")) == ("20", "https://clinic.example/missed")
    assert dial.get("timeLimit") == "3600"
    assert [number.text for number in dial] == ["+15615550100"]
    assert "Please hold" in heard(script) and "Nobody" not in heard(script)


def test_private_telephones_are_screened_and_show_our_number() -> None:
    forward = Forward(("+15615550150", "+15615550151"), "/m", "https://c.example/s?call=1", "+15614097296")
    dial = document(voice.greeting(("en",), "Clinic", forward, noted=True)).find("Dial")
    assert dial is not None
    assert dial.get("callerId") == "+15614097296"
    assert [number.get("url") for number in dial] == ["https://c.example/s?call=1"] * 2


def test_a_caller_without_a_number_is_not_promised_a_call_back() -> None:
    assert "cannot see your number" in heard(voice.nobody_answered(("en",), noted=False))
    assert "noted" in heard(voice.nobody_answered(("en",), noted=True))


@pytest.mark.parametrize(
    ("number", "is_withheld"),
    [("anonymous", True), ("", True), ("+266696687", True), ("+15615550110", False)],
)
def test_withheld_numbers_are_known(number: str, is_withheld: bool) -> None:
    assert voice.is_withheld(number) is is_withheld


def test_nothing_is_ever_recorded() -> None:
    forward = Forward(("+15615550100",), "/m", "/s", "+15614097296")
    scripts = [
        voice.alert_script(Urgency.URGENT, "K7F2", ASK),
        voice.machine_script(ASK),
        voice.greeting(("en", "es"), "Clinic", forward, noted=True),
        voice.greeting(("en", "es"), "Clinic", None, noted=True),
        voice.nobody_answered(("en", "es"), noted=True),
        voice.screen(ASK),
    ]
    assert not [script for script in scripts if "record" in script.casefold()]
