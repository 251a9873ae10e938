"""A text through the provider's REST API: alerts to staff, and replies whose TwiML did not arrive."""

from __future__ import annotations

from smsbot.routes.base import Letter, Posted, RouteError
from smsbot.twilio.client import Provider, ProviderBusy, ProviderRefused, ProviderSilent


class SmsRoute:
    """Sends through one provider account; receipts come back to `status_url` with the dispatch id."""

    def __init__(self, provider: Provider, status_url: str) -> None:
        self._provider = provider
        self._status_url = status_url

    def send(self, letter: Letter) -> Posted:
        """Send the text, or raise RouteError."""
        callback = f"{self._status_url}?dispatch={letter.dispatch_id}"
        try:
            sent = self._provider.send_text(letter.recipient, letter.body, callback)
        except ProviderRefused as error:
            raise RouteError(error.code, is_retryable=False) from None
        except ProviderBusy as error:
            raise RouteError(error.code, is_retryable=True) from None
        except ProviderSilent as error:
            raise RouteError(error.code, is_retryable=True, is_doubtful=True) from None
        return Posted(sent.provider_id, sent.status)

    def find(self, letter: Letter, known: set[str]) -> Posted | None:
        """Look at the provider's list for this text."""
        try:
            found = self._provider.find_text(letter.recipient, letter.body, letter.first_tried_at, known)
        except (ProviderRefused, ProviderBusy, ProviderSilent) as error:
            raise RouteError(error.code, is_retryable=True, is_doubtful=True) from None
        return Posted(found.provider_id, found.status) if found else None
