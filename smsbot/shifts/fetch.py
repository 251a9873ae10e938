"""Gets a calendar from a file or an address. An address may be secret: errors name the host and no more."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from pathlib import Path
from urllib.parse import SplitResult, urljoin, urlsplit

import requests
from urllib3.exceptions import HTTPError

from smsbot.shifts.errors import ShiftError

MOST_BYTES = 1_000_000
SECONDS = 20.0  # for the whole answer; each wait for the host is at most 5
_WAIT = (5.0, 5.0)
_REDIRECTS = 3
_LOCAL = frozenset({"localhost", "127.0.0.1", "::1"})


def fetch(place: str, seconds: float = SECONDS, check: Callable[[str], None] | None = None) -> bytes:
    """The content of a file, or of an https address (http for this machine alone). Raises ShiftError.

    `check` is called with the address before it is asked, and with each one it leads on to; it may raise.
    """
    if re.match(r"[a-zA-Z][a-zA-Z0-9+.-]*://", place):
        return _fetch_url(place, time.monotonic() + seconds, check)
    try:
        with Path(place).open("rb") as file:
            raw = file.read(MOST_BYTES + 1)
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or type(error).__name__
        raise ShiftError(f"The file {place!r} cannot be read ({reason}): check its name.") from error
    return _small_enough(raw)


def _fetch_url(place: str, deadline: float, check: Callable[[str], None] | None) -> bytes:
    url = _checked(place)
    for _ in range(_REDIRECTS + 1):
        if check is not None:
            check(url.geturl())
        try:
            with requests.get(url.geturl(), timeout=_WAIT, stream=True, allow_redirects=False) as response:
                if not response.is_redirect:
                    return _read(response, url, deadline)
                target = _checked(urljoin(url.geturl(), response.headers["location"]))
        except (requests.RequestException, HTTPError, OSError) as error:
            raise ShiftError(
                f"{url.hostname} did not answer ({type(error).__name__}): try again later."
            ) from error
        if target.scheme != url.scheme:
            raise ShiftError(f"{url.hostname} leads from {url.scheme} to {target.scheme}: not followed.")
        url = target
    raise ShiftError(f"{url.hostname} leads on and on: give the address it ends at.")


def _checked(place: str) -> SplitResult:
    """An address we may ask. Calendar programs write webcal for https."""
    try:
        url = urlsplit(re.sub(r"^webcals?://", "https://", place.strip(), flags=re.IGNORECASE))
        is_good = url.scheme == "https" or (url.scheme == "http" and url.hostname in _LOCAL)
        if is_good and url.hostname and url.port != 0:
            return url
    except ValueError:
        pass  # said below
    raise ShiftError("This address cannot be used: give one that begins with https://, or a file.")


def _read(response: requests.Response, url: SplitResult, deadline: float) -> bytes:
    if response.status_code != 200:
        raise ShiftError(f"{url.hostname} answered {response.status_code}: check the address.")
    raw = b""
    # One piece as it comes: a host that drips bytes would hold a reader of whole blocks for hours.
    while piece := response.raw.read1(65_536, decode_content=True):
        raw = _small_enough(raw + piece)
        if time.monotonic() > deadline:
            raise ShiftError(f"{url.hostname} takes too long to answer: try again later, or save a file.")
    return raw


def _small_enough(raw: bytes) -> bytes:
    if len(raw) > MOST_BYTES:
        raise ShiftError(f"It is larger than {MOST_BYTES // 1_000_000} MB: that is no calendar of shifts.")
    return raw
