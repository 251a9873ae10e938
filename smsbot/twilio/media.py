"""Attachments at the provider: listed, fetched and deleted at addresses that we build ourselves.

A MediaUrl of a webhook is never contacted. The provider answers a fetch with a redirect to where the bytes
lie; it is followed without credentials, and to the provider's own hosts alone.
"""

from __future__ import annotations

import json
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.cookiejar import DefaultCookiePolicy
from urllib.parse import urljoin, urlsplit

import requests
import urllib3

from smsbot.twilio.client import UNAUTHORISED, ProviderBusy, ProviderRefused, ProviderSilent

MEDIA_SID = re.compile(r"ME[0-9a-f]{32}")

_API = "https://api.twilio.com"
# Where media lie, by the provider's help centre ("Protect media access with HTTP basic authentication"):
# mms.twiliocdn.com, and for accounts that do not enforce authentication a bucket on Amazon's S3, by way of
# media.twiliocdn.com.
_HOSTS = (".twilio.com", ".twiliocdn.com")
_BUCKET = ("s3-external-1.amazonaws.com", "/media.twiliocdn.com/")
_LOOPBACK = ("127.0.0.1", "localhost")
_REDIRECTS = (301, 302, 303, 307, 308)
_MOST_REDIRECTS = 3
_GONE = (404, 410)
_LIST_BYTES = 256 * 1024
_PIECE = 64 * 1024


class MediaGone(ProviderRefused):
    """The provider does not have it: deleted, or not there yet."""


class MediaTooLarge(ProviderRefused):
    """More bytes than we take."""


class StrangeAddress(ProviderRefused):
    """The provider sent us on to an address that is not its own."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What one fetch may cost. Carriers pass on 5 MB at most; the rest is room."""

    size: int = 20_000_000  # bytes
    connect_seconds: float = 10.0
    read_seconds: float = 10.0  # without a byte
    whole_seconds: float = 30.0


@dataclass(frozen=True, slots=True)
class Fetched:
    """An attachment as delivered."""

    content_type: str
    data: bytes = field(repr=False)


class MediaClient:
    """The media of one account. Its tokens are tried in turn, as while they are being rotated."""

    def __init__(
        self,
        account_sid: str,
        auth_tokens: tuple[str, ...],
        api_url: str | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._account_sid = account_sid
        self._tokens = auth_tokens
        self._base = urlsplit(api_url or _API)
        self._limits = limits or Limits()
        self._session = requests.Session()
        self._session.trust_env = api_url is None  # a stand-in on loopback is never behind a proxy
        self._session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))

    def list_sids(self, message_sid: str) -> list[str]:
        """The ids of a message's attachments, in no order that the provider promises.

        Raises MediaGone when there is no such message, and other ProviderErrors.
        """
        until = self._deadline()
        with self._signed_in("GET", f"{message_sid}/Media.json?PageSize=100", until) as answer:
            listed = _read(answer, _LIST_BYTES, until)
        try:
            sids = [str(one["sid"]) for one in json.loads(listed)["media_list"]]
        except (ValueError, KeyError, TypeError):
            raise ProviderSilent("no_list") from None
        return [sid for sid in sids if MEDIA_SID.fullmatch(sid)]

    def fetch(self, message_sid: str, media_sid: str) -> Fetched:
        """One attachment. Raises MediaGone, MediaTooLarge, StrangeAddress and other ProviderErrors."""
        until = self._deadline()
        with self._signed_in("GET", f"{message_sid}/Media/{media_sid}", until) as answer:
            target = self._target(answer)
            if target is None:
                return self._fetched(answer, until)
        for _ in range(_MOST_REDIRECTS):
            with self._asked("GET", target, None, until) as answer:
                further = self._target(answer)
                if further is None:
                    return self._fetched(answer, until)
            target = further
        raise StrangeAddress("too_many_redirects")

    def remove(self, message_sid: str, media_sid: str) -> None:
        """Delete one attachment at the provider; gone already is as good. Raises ProviderError."""
        try:
            with self._signed_in("DELETE", f"{message_sid}/Media/{media_sid}.json", self._deadline()) as done:
                _check(done)
        except MediaGone:
            return

    def _deadline(self) -> float:
        return time.monotonic() + self._limits.whole_seconds

    @contextmanager
    def _signed_in(self, method: str, path: str, until: float) -> Iterator[requests.Response]:
        """The answer of the provider's API to the account."""
        root = f"{self._base.scheme}://{self._base.netloc}/2010-04-01/Accounts/{self._account_sid}"
        for token in self._tokens:
            with self._asked(method, f"{root}/Messages/{path}", token, until) as answer:
                if answer.status_code != UNAUTHORISED:
                    yield answer
                    return
        raise ProviderBusy(str(UNAUTHORISED))  # an operator mends that: what is owed must come in then

    @contextmanager
    def _asked(self, method: str, url: str, token: str | None, until: float) -> Iterator[requests.Response]:
        limits, left = self._limits, until - time.monotonic()
        if left <= 0:
            raise ProviderSilent("too_slow")
        try:
            answer = self._session.request(
                method,
                url,
                # a function, for without any the library would look for credentials in a .netrc
                auth=(self._account_sid, token) if token else _no_credentials,
                headers={"Accept-Encoding": "identity"},  # or a small answer could unfold to a large one
                timeout=(min(limits.connect_seconds, left), min(limits.read_seconds, left)),
                allow_redirects=False,
                stream=True,
            )
        except requests.ConnectionError:
            raise ProviderBusy("no_connection") from None
        except requests.RequestException as error:
            raise ProviderSilent(type(error).__name__) from None
        with answer:
            yield answer

    def _target(self, answer: requests.Response) -> str | None:
        """Where a redirect leads; None when it is none. Raises StrangeAddress."""
        if answer.status_code not in _REDIRECTS:
            return None
        try:
            url = urljoin(answer.url, answer.headers.get("Location", ""))
            is_allowed = self._is_stand_in(url) or is_providers(url)
        except ValueError:  # what is no URL at all
            is_allowed = False
        if not is_allowed:
            raise StrangeAddress("strange_redirect")
        return url

    def _is_stand_in(self, url: str) -> bool:
        """An address of the API's own server, which on loopback has two names."""
        parts, base = urlsplit(url), self._base
        if "@" in parts.netloc or (parts.scheme, parts.port) != (base.scheme, base.port):
            return False
        return parts.hostname == base.hostname or {parts.hostname, base.hostname} <= set(_LOOPBACK)

    def _fetched(self, answer: requests.Response, until: float) -> Fetched:
        _check(answer)
        content_type = answer.headers.get("Content-Type", "")
        return Fetched(content_type, _read(answer, self._limits.size, until))


def is_providers(url: str) -> bool:
    """Whether the provider keeps media at this address: https, a plain host of its own, no other port."""
    parts = urlsplit(url)
    # The host's letters are checked as they stand: what is odd in them, two libraries may read in two ways.
    if parts.scheme != "https" or not re.fullmatch(r"[a-z0-9.-]+(:443)?", parts.netloc):
        return False
    host, (bucket_host, bucket) = parts.hostname or "", _BUCKET
    if host == bucket_host:
        has_steps = ".." in parts.path or "%2e" in parts.path.lower()
        return parts.path.startswith(bucket) and not has_steps
    return host.endswith(_HOSTS)


def _no_credentials(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request


def _check(answer: requests.Response) -> None:
    """Raises a ProviderError unless the answer is a success."""
    code = answer.status_code
    if code in _GONE:
        raise MediaGone(str(code))
    if code == requests.codes.too_many_requests:
        raise ProviderBusy(str(code))
    if not 200 <= code < 300:
        raise ProviderSilent(str(code))


def _read(answer: requests.Response, limit: int, until: float) -> bytes:
    """The body, read as it comes: no further than the limit, no longer than `until`."""
    _check(answer)
    announced = answer.headers.get("Content-Length", "")
    if announced.isdigit() and int(announced) > limit:
        raise MediaTooLarge("too_large")
    data = bytearray()
    try:
        # not `iter_content`: that waits for a whole piece, however slowly its bytes come
        while piece := answer.raw.read1(_PIECE, decode_content=False):
            data += piece
            if len(data) > limit:
                raise MediaTooLarge("too_large")
            if time.monotonic() > until:
                raise ProviderSilent("too_slow")
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise ProviderSilent(type(error).__name__) from None
    return bytes(data)
