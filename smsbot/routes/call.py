"""An automated call to a staff member: what wakes a person when a text does not."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from smsbot.routes.base import Letter, Posted, RouteError
from smsbot.twilio.client import Provider, ProviderBusy, ProviderRefused, ProviderSilent


class CallRoute:
    """Places calls from one fixed number, which staff can exempt from Do Not Disturb.

    The letter's words stay here: what is said is fetched from `voice_url` once somebody picks up.
    """

    def __init__(self, provider: Provider, voice_url: str, caller: str) -> None:
        """`voice_url` is the public address of /twilio/voice, `caller` one of our own numbers."""
        self._provider = provider
        self._voice_url = voice_url
        self._caller = caller

    def send(self, letter: Letter) -> Posted:
        """Place the call, or raise RouteError. It has begun, no more: its fate comes by callback."""
        query = f"?dispatch={letter.dispatch_id}"
        with _route_errors(is_doubtful=False):
            sent = self._provider.place_call(
                letter.recipient,
                f"{self._voice_url}/alert{query}",
                f"{self._voice_url}/status{query}",
                caller=self._caller,
            )
        return Posted(sent.provider_id, sent.status)

    def find(self, letter: Letter, known: set[str]) -> Posted | None:
        """Look at the provider's list for a call to this phone since the first try.

        The list does not say which alert a call was for. So the outbox lets only one call to a person be in
        doubt at a time; should it be another's after all, its callbacks name its dispatch and put that right.
        """
        with _route_errors(is_doubtful=True):
            found = self._provider.find_call(letter.recipient, letter.first_tried_at, known)
        return Posted(found.provider_id, found.status) if found else None


@contextmanager
def _route_errors(*, is_doubtful: bool) -> Iterator[None]:
    """`is_doubtful`: whatever goes wrong leaves the doubt as it was, for this was a look."""
    try:
        yield
    except ProviderRefused as error:
        raise RouteError(error.code, is_retryable=is_doubtful, is_doubtful=is_doubtful) from None
    except ProviderBusy as error:
        raise RouteError(error.code, is_retryable=True, is_doubtful=is_doubtful) from None
    except ProviderSilent as error:
        raise RouteError(error.code, is_retryable=True, is_doubtful=True) from None
