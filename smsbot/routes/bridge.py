"""A call to a staff member's own phone, from which they are put through to a patient."""

from __future__ import annotations

from smsbot.routes.base import Letter, Posted, RouteError
from smsbot.twilio.bridge_calls import place_bridge
from smsbot.twilio.client import Provider, ProviderBusy, ProviderRefused, ProviderSilent


class BridgeRoute:
    """Rings a person who sits at the screen and waits for it. So it rings once, or not at all.

    Nothing is tried again: who pressed the button sees that the call did not come, and presses it again. A
    phone that rang minutes later, or twice, would be worse.
    """

    def __init__(self, provider: Provider, voice_url: str, caller: str) -> None:
        """`voice_url` is the public address of /twilio/voice, `caller` one of our own numbers."""
        self._provider = provider
        self._voice_url = voice_url
        self._caller = caller

    def send(self, letter: Letter) -> Posted:
        """Ring the person, or raise RouteError."""
        address = f"{self._voice_url}/bridge/{letter.dispatch_id}"
        try:
            sent = place_bridge(
                self._provider, letter.recipient, address, f"{address}/status", caller=self._caller
            )
        except (ProviderRefused, ProviderBusy, ProviderSilent) as error:
            raise RouteError(error.code, is_retryable=False) from None
        return Posted(sent.provider_id, sent.status)

    def find(self, letter: Letter, known: set[str]) -> Posted | None:
        """Never again: whether it rang is told by its callbacks alone. Raises RouteError."""
        raise RouteError("not_confirmed", is_retryable=False)
