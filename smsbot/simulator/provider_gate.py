"""Before the provider's API: who may ask, and what the fault script makes of the answer."""

from __future__ import annotations

from collections.abc import Iterator
from hmac import compare_digest
from threading import Event

from flask import Response, current_app, jsonify, request

from smsbot.simulator.provider_errors import ApiError
from smsbot.simulator.provider_faults import Rule
from smsbot.simulator.provider_network import Network

_LARGE = 64 * 1024 * 1024
_PIECE = 64 * 1024


def network() -> Network:
    """The phone network of this app."""
    found: Network = current_app.extensions["provider"]
    return found


def require_account() -> None:
    """Raises ApiError unless the request carries the account's name and token."""
    known, given = network().settings, request.authorization
    name, token = (given.username or "", given.password or "") if given else ("", "")
    is_right = compare_digest(name.encode(), known.account.encode())
    if not (compare_digest(token.encode(), known.token.encode()) and is_right):
        raise ApiError(20003)


def spoil(fault: Rule) -> Response | None:
    """The answer a fault gives; None for one that was only late."""
    if fault.do == "trickle":
        return Response(_trickle(network().stopping, fault.seconds), content_type="image/jpeg")
    network().stopping.wait(fault.seconds)
    if fault.do == "slow":
        return None
    if fault.do == "redirect":
        return _redirect_media(fault.url)
    if fault.do in ("too_large", "endless"):
        length = {"Content-Length": str(_LARGE)} if fault.do == "too_large" else {}
        return Response(_zeros(), content_type="image/jpeg", headers=length)
    if fault.do == "wrong_type":
        return Response("<html><script>alert(1)</script>", content_type="text/html")
    if fault.do in ("hang", "drop_before", "drop_after_accept"):
        return Response(_cut())
    if fault.do == "nonsense":
        return Response("<html>Bad gateway", content_type="text/html")
    return refusal(ApiError({"429": 20429, "refuse": fault.code}.get(fault.do, 20500)))


def _cut() -> Iterator[bytes]:
    """Breaks the connection before anything was written: the server closes it without an answer."""
    raise ConnectionResetError
    yield b""


def _zeros() -> Iterator[bytes]:
    for _ in range(_LARGE // _PIECE):
        yield bytes(_PIECE)


def _trickle(stopping: Event, seconds: float) -> Iterator[bytes]:
    """A byte every fifth of a second: slow enough to take for ever, too quick for a reader's time-out."""
    for _ in range(int(seconds * 5)):
        yield b"\xff"
        stopping.wait(0.2)


def refusal(error: ApiError) -> Response:
    """An error as the API gives it."""
    response = jsonify(error.body())
    response.status_code = error.status
    return response


def _redirect_media(url: str) -> Response:
    # As in the world outside: the bytes lie with another host, and that turns credentials away.
    sid = request.path.removesuffix(".json").rsplit("/", 1)[-1]
    port = request.host.rpartition(":")[2]
    return Response(status=307, headers={"Location": url or f"http://localhost:{port}/_cdn/{sid}"})
