"""The answer to a webhook is well-formed XML whatever the words are."""

from __future__ import annotations

from xml.etree import ElementTree

from smsbot.twilio import twiml


def test_words_and_addresses_are_escaped() -> None:
    words = "5 < 6 & \"quotes\" 'too' ñ 🎂"
    answer = twiml.reply(words, "https://x.example/status?dispatch=1&b=2")
    message = ElementTree.fromstring(answer.encode()).find("Message")  # noqa: S314  (our own XML)
    assert message is not None
    assert message.text == words
    assert message.get("statusCallback") == "https://x.example/status?dispatch=1&b=2"


def test_no_reply_is_an_empty_response() -> None:
    root = ElementTree.fromstring(twiml.NO_REPLY.encode())  # noqa: S314
    assert (root.tag, list(root)) == ("Response", [])
