"""Placing a call that joins two telephones: https://www.twilio.com/docs/voice/api/call-resource"""

from __future__ import annotations

from smsbot.twilio.client import Provider, Sent
from smsbot.twilio.voice import LONGEST_CALL_SECONDS, RING_SECONDS


def place_bridge(provider: Provider, to: str, url: str, status_callback: str, *, caller: str) -> Sent:
    """Call a phone from our number `caller`; what it does then comes from `url`. Raises ProviderError.

    No machine detection: its seconds of silence make people hang up, and voicemail presses no key.
    """
    return provider.dial(
        to, url, status_callback, caller=caller, timeout=RING_SECONDS, time_limit=LONGEST_CALL_SECONDS
    )
