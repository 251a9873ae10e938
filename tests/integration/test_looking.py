"""Before something doubtful is sent again, the provider's list is asked: which of several alike is whose."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from smsbot.simulator.provider import create_provider, serving
from smsbot.twilio.client import Provider
from tests.integration.provider.parts import ACCOUNT, CLINIC, TOKEN

NURSE = "+15615550150"
WORDS = "EMERGENCY - case K7F2, since 3:12 AM."
CALLBACK = "http://127.0.0.1:9/status"


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """The stand-in, through our own client."""
    app = create_provider(
        tmp_path / "provider.db",
        account=ACCOUNT,
        token=TOKEN,
        numbers=[CLINIC],
        sms_url="http://127.0.0.1:9/sms",
        sms_fallback_url="http://127.0.0.1:9/fallback",
        status_delay=60,
    )
    with serving(app) as url:
        yield Provider(ACCOUNT, (TOKEN,), CLINIC, None, url)


def an_hour_ago() -> datetime:
    return datetime.now(UTC) - timedelta(hours=1)


def test_of_two_texts_alike_the_older_look_finds_the_older(provider: Provider) -> None:
    """The newest would leave the younger twin nothing to find: it would be sent again."""
    sent = [provider.send_text(NURSE, WORDS, CALLBACK).provider_id for _ in range(2)]
    first = provider.find_text(NURSE, WORDS, an_hour_ago(), ())
    assert first is not None and first.provider_id == sent[0]
    second = provider.find_text(NURSE, WORDS, an_hour_ago(), [sent[0]])
    assert second is not None and second.provider_id == sent[1]


def test_of_two_calls_alike_the_older_look_finds_the_older(provider: Provider) -> None:
    calls = [
        provider.place_call(NURSE, "http://127.0.0.1:9/voice", CALLBACK, caller=CLINIC).provider_id
        for _ in range(2)
    ]
    first = provider.find_call(NURSE, an_hour_ago(), ())
    assert first is not None and first.provider_id == calls[0]


def test_a_text_is_found_behind_a_hundred_later_ones(provider: Provider) -> None:
    sought = provider.send_text(NURSE, WORDS, CALLBACK).provider_id
    for number in range(110):
        provider.send_text(NURSE, f"another {number}", CALLBACK)
    found = provider.find_text(NURSE, WORDS, an_hour_ago(), ())
    assert found is not None and found.provider_id == sought
