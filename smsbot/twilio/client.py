"""The provider's REST API: time-outs, a base URL, and errors that say what became of a send."""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests
from twilio.base.exceptions import TwilioException, TwilioRestException
from twilio.http import HttpClient
from twilio.http.response import Response
from twilio.rest import Client

from smsbot.twilio.account import (
    AccountFacts,
    NumberFacts,
    ServiceFacts,
    as_account,
    as_number,
    as_service,
)

CONNECT_SECONDS = 3.0
READ_SECONDS = 8.0
MACHINE_SECONDS = 5  # for telling voicemail from a person, who hears nothing as long
CALL_SECONDS = 180  # no call of ours is longer
UNAUTHORISED = 401
_LIST_LIMIT = 1000  # one page: after an outage many texts to one phone may be in doubt at once
_PAGE_SIZE = 1000
_INBOUND_LIMIT = 20_000  # of one list; more than a number can be sent in a day


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
    """A text or a call that the provider accepted."""

    provider_id: str
    status: str


@dataclass(frozen=True, slots=True)
class Received:
    """A text that the provider received for us. Its words and numbers stay out of `repr`."""

    sid: str
    sent_at: datetime
    messaging_service_sid: str | None
    form: Mapping[str, str] = field(repr=False)  # what the webhook brings, as far as the list knows it


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
        for text in reversed(texts):  # the oldest first: a later one is that of a later twin
            is_ours = str(text.direction).startswith("outbound") and text.body == body
            if is_ours and text.sid not in skip:
                return Sent(text.sid, text.status)
        return None

    def fate_of(self, sid: str) -> tuple[str, str | None]:
        """The status of a text that was sent, and the provider's error code if there is one."""
        text = self._call(lambda client: client.messages(sid).fetch())
        return str(text.status), str(text.error_code) if text.error_code else None

    def list_inbound(self, since: datetime, until: datetime, to: str | None = None) -> list[Received]:
        """Texts to this number (None: to any) that the provider received from `since` until before `until`.

        Oldest first. Raises ProviderSilent("list_too_long") rather than leave any out: ask for less time.
        """
        texts = self._call(
            lambda client: client.messages.list(
                **({"to": to} if to else {}),
                # whole days are all that its documentation promises: more is asked for, and cut below
                date_sent_after=since - timedelta(seconds=1),
                date_sent_before=until + timedelta(days=1),
                page_size=_PAGE_SIZE,
                limit=_INBOUND_LIMIT,
            )
        )
        if len(texts) >= _INBOUND_LIMIT:
            raise ProviderSilent("list_too_long")
        found = [_received(text) for text in texts if text.direction == "inbound"]
        # the list is newest first, its times are whole seconds: equal ones keep their order
        return sorted((one for one in reversed(found) if since <= one.sent_at < until), key=_sent_at)

    def place_call(self, to: str, url: str, status_callback: str, *, caller: str) -> Sent:
        """Call a phone about an alert, as `dial` does.

        Detecting a machine stops after a few seconds: who is slow to speak must still hear the alert.
        """
        return self.dial(
            to,
            url,
            status_callback,
            caller=caller,
            machine_detection="Enable",
            machine_detection_timeout=MACHINE_SECONDS,
            time_limit=CALL_SECONDS,
        )

    def dial(self, to: str, url: str, status_callback: str, *, caller: str, **how: Any) -> Sent:
        """Call a phone from our number `caller`; what is said comes from `url`. Raises as `send_text` does.

        `how` are more fields of https://www.twilio.com/docs/voice/api/call-resource, times in seconds.
        """
        call = self._call(
            lambda client: client.calls.create(
                to=to,
                from_=caller,
                url=url,
                status_callback=status_callback,
                status_callback_event=["ringing", "answered", "completed"],
                **how,
            )
        )
        return Sent(call.sid, call.status)

    def find_call(self, to: str, since: datetime, known: Iterable[str]) -> Sent | None:
        """A call to this number since then that is none of the known ids.

        The list is not filtered by its start time, which a call that waits to be dialled does not have yet.
        """
        skip, margin = set(known), since - timedelta(seconds=5)
        calls = self._call(lambda client: client.calls.list(to=to, limit=_LIST_LIMIT))
        for call in reversed(calls):  # the oldest first: a later one is that of a later twin
            at = call.date_created or call.start_time
            is_ours = str(call.direction).startswith("outbound") and at is not None and at >= margin
            if is_ours and call.sid not in skip:
                return Sent(call.sid, call.status)
        return None

    def account(self) -> AccountFacts:
        """What the account is, and what time the provider has. Raises ProviderError."""
        fetched = self._call(
            # the answer's headers hold the Date
            lambda client: client.api.v2010.accounts(client.account_sid).fetch_with_http_info()
        )
        return as_account(fetched)

    def number_urls(self, number: str) -> NumberFacts | None:
        """Where the webhooks of this number go; None when the account has no such number."""
        found = self._call(lambda client: client.incoming_phone_numbers.list(phone_number=number, limit=1))
        return as_number(found[0]) if found else None

    def set_number_urls(self, sid: str, fields: Mapping[str, str]) -> None:
        """Change them: `sms_url`, `sms_method` and so on. Raises ProviderError."""
        self._call(lambda client: client.incoming_phone_numbers(sid).update(**fields))

    def service_urls(self, sid: str) -> ServiceFacts:
        """Where the webhooks of a messaging service go. Raises ProviderError."""
        return as_service(self._call(lambda client: client.messaging.v1.services(sid).fetch()))

    def set_service_urls(self, sid: str, fields: Mapping[str, str]) -> None:
        """Change them: `inbound_request_url`, `fallback_url` and so on. Raises ProviderError."""
        self._call(lambda client: client.messaging.v1.services(sid).update(**fields))

    def list_replies(self, sender: str, since: datetime) -> list[tuple[str, str, datetime]]:
        """Texts from this number since then, whoever wrote them: id, to whom, when. Raises ProviderError."""
        texts = self._call(
            lambda client: client.messages.list(
                from_=sender, date_sent_after=since - timedelta(seconds=1), limit=_PAGE_SIZE
            )
        )
        listed = ((text.sid, str(text.to), text.date_created or text.date_sent) for text in texts)
        return [one for one in listed if one[2] is not None]

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


def _sent_at(one: Received) -> datetime:
    return one.sent_at


def _received(text: Any) -> Received:
    form = {
        "MessageSid": text.sid,
        "AccountSid": text.account_sid,
        "From": text.from_,
        "To": text.to,
        "Body": text.body,
        "NumMedia": text.num_media,
        "MessagingServiceSid": text.messaging_service_sid,
    }
    known = {name: str(value) for name, value in form.items() if value is not None}
    return Received(text.sid, text.date_sent or text.date_created, text.messaging_service_sid, known)


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
