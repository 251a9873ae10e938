"""The provider's REST API: time-outs, a base URL, and errors that say what became of a send."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

CONNECT_SECONDS = 3.0
READ_SECONDS = 8.0
UNAUTHORISED = 401
_LIST_LIMIT = 100


class ProviderError(Exception):
    """A call failed. `code` is the provider's or ours; never any content."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class ProviderRefused(ProviderError):
    """Not accepted, and never will be (4xx)."""


class ProviderBusy(ProviderError):
    """Not accepted now: too many requests, no connection, or a wrong token. Try again later."""


class ProviderSilent(ProviderError):
    """Nobody knows: a time-out, a cut connection, a 5xx or nonsense. Look before sending again."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A text the provider accepted."""

    provider_id: str
    status: str


class Provider:
    """The account at the provider. Safe to share between threads."""

    def __init__(
        self,
        account_sid: str,
        auth_tokens: tuple[str, ...],
        sender: str | None,
        messaging_service_sid: str | None = None,
        api_url: str | None = None,
    ) -> None:
        http = _BoundedHttp(api_url)
        self._clients = [Client(account_sid, token, http_client=http) for token in auth_tokens]
        if messaging_service_sid:
            self._origin: dict[str, str] = {"messaging_service_sid": messaging_service_sid}
        else:
            self._origin = {"from_": sender or ""}

    def send_text(self, to: str, body: str, status_callback: str) -> Sent:
        """Send one text. Raises ProviderRefused, ProviderBusy or ProviderSilent."""
        message = self._call(
            lambda client: client.messages.create(
                to=to, body=body, status_callback=status_callback, **self._origin
            )
        )
        return Sent(message.sid, message.status)

    def find_text(self, to: str, body: str, since: datetime, known: Iterable[str]) -> Sent | None:
        """A text with these words that went to this number since then, and is none of the known ids.

        The list is bounded; times at the provider have whole seconds, hence the margin.
        """
        skip = set(known)
        texts = self._call(
            lambda client: client.messages.list(
                to=to, date_sent_after=since - timedelta(seconds=5), limit=_LIST_LIMIT
            )
        )
        for text in texts:
            is_ours = str(text.direction).startswith("outbound") and text.body == body
            if is_ours and text.sid not in skip:
                return Sent(text.sid, text.status)
        return None

    def _call(self, call: Any) -> Any:
        for is_last, client in zip([*[False] * (len(self._clients) - 1), True], self._clients, strict=True):
            try:
                return call(client)
            except TwilioRestException as error:
                if error.status == UNAUTHORISED and not is_last:
                    continue  # tokens are being rotated: the other one may be valid already
                raise _as_ours(error) from None
            except TwilioException:
                # a page of a list that did not come: the SDK says so without a status
                raise ProviderSilent("no_list") from None
            except (requests.ConnectTimeout, requests.exceptions.SSLError):
                raise ProviderBusy("no_connection") from None
            except requests.ConnectionError as error:
                raise _connection_error(error) from None
            except (requests.RequestException, ValueError, KeyError, TypeError, AttributeError) as error:
                raise ProviderSilent(type(error).__name__) from None
        raise AssertionError("unreachable")


def _as_ours(error: Any) -> ProviderError:
    # `from None` above: the SDK's message names the number texted.
    code = str(error.code or error.status)
    # A wrong token is mended by an operator: what is owed must still leave then.
    if error.status in (requests.codes.too_many_requests, UNAUTHORISED):
        return ProviderBusy(code)
    if 400 <= error.status < 500:
        return ProviderRefused(code)
    return ProviderSilent(code)


def _connection_error(error: requests.ConnectionError) -> ProviderError:
    # Only a connection that was never made proves that nothing was sent.
    if "NewConnectionError" in repr(error) or "NameResolutionError" in repr(error):
        return ProviderBusy("no_connection")
    return ProviderSilent("connection_cut")


class _BoundedHttp(HttpClient):  # type: ignore[misc]
    """The SDK's HTTP, with the time-outs it lacks, a pool, no redirects, and another base URL if set."""

    def __init__(self, api_url: str | None) -> None:
        super().__init__(logging.getLogger("smsbot.twilio"), False, None)
        self._base = urlsplit(api_url) if api_url else None
        self._session = requests.Session()
        self._session.trust_env = api_url is None  # a stand-in on loopback is never behind a proxy
        self._session.mount("https://", requests.adapters.HTTPAdapter(pool_maxsize=32))
        self._session.mount("http://", requests.adapters.HTTPAdapter(pool_maxsize=32))

    def request(
        self,
        method: str,
        url: str,
        params: Any = None,
        data: Any = None,
        headers: Any = None,
        auth: Any = None,
        timeout: float | None = None,
        allow_redirects: bool = False,
        is_oauth: bool = False,
    ) -> Any:
        """One HTTP call, as the SDK asks for it."""
        if self._base is not None:
            url = urlsplit(url)._replace(scheme=self._base.scheme, netloc=self._base.netloc).geturl()
        answer = self._session.request(
            method.upper(),
            url,
            params=params,
            data=data,
            headers=headers,
            auth=auth,
            timeout=(CONNECT_SECONDS, READ_SECONDS),
            allow_redirects=False,
        )
        return Response(int(answer.status_code), answer.text, answer.headers)
