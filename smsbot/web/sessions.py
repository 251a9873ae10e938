"""The session of this browser: a cookie with a random token, a row with its fingerprint."""

from __future__ import annotations

from datetime import timedelta

from flask import Response, g, request

from smsbot import audit, clock, people
from smsbot.models import Staff
from smsbot.people import IDLE, LONGEST, SignedIn
from smsbot.web.parts import wiring

__all__ = [
    "IDLE",
    "LONGEST",
    "cookie_name",
    "end_session",
    "signed_in_staff",
    "start_session",
    "this_session",
]

_NOTE_EVERY = timedelta(seconds=30)  # activity is not written down more often
_DEVICE_LASTS = timedelta(days=400)  # the longest that browsers allow


def cookie_name() -> str:
    """`__Host-` binds the cookie to https and this host; plain http is localhost only."""
    return "__Host-session" if _is_https() else "smsbot-session"


def start_session(response: Response, staff_id: str, how: str, needs: str | None = None) -> None:
    """Sign a staff member in on this browser, in place of whoever was; with `needs` only half."""
    parts = wiring()
    device = people.device_of(request.user_agent.string)
    with parts.db.writing() as session:
        before = request.cookies.get(cookie_name())
        if before:
            people.end_token(session, parts.vault, before)
        token = people.open_session(session, parts.vault, staff_id, device=device, how=how, needs=needs)
        audit.record(session, "signed_in" if needs is None else "sign_in_begun", staff_id=staff_id, how=how)
    response.set_cookie(
        cookie_name(), token, secure=_is_https(), httponly=True, samesite="Lax", path="/", max_age=LONGEST
    )


def end_session(response: Response) -> None:
    """Sign this browser out."""
    parts, token = wiring(), request.cookies.get(cookie_name())
    if token:
        with parts.db.writing() as session:
            people.end_token(session, parts.vault, token)
    response.delete_cookie(cookie_name(), path="/", secure=_is_https())  # or `__Host-` stays


def this_session() -> SignedIn | None:
    """The session of this request, half or whole, or None.

    A list that polls (`?poll=1`) does not count as activity.
    """
    parts, token = wiring(), request.cookies.get(cookie_name())
    if not token:
        return None
    with parts.db.reading() as session:
        found = people.session_of(session, parts.vault, token)
    if found is None:
        return None
    g.session_id = found.session.id
    if "poll" not in request.args and clock.now() - found.session.active_at > _NOTE_EVERY:
        with parts.db.writing() as session:
            people.note_activity(session, found.session.id)
    return found


def signed_in_staff() -> Staff | None:
    """Who is signed in, wholly: whoever still needs a second factor is not."""
    found = this_session()
    return None if found is None or found.session.needs is not None else found.staff


def remember_device(response: Response) -> None:
    """This browser has a passkey of ours: the sign-in offers it first. Says nothing about whose."""
    response.set_cookie(
        _device_cookie(), "1", secure=_is_https(), httponly=True, samesite="Lax", max_age=_DEVICE_LASTS
    )


def forget_device(response: Response) -> None:
    """Its passkey is not known here any more."""
    response.delete_cookie(_device_cookie(), path="/", secure=_is_https())


def is_device_known() -> bool:
    """Whether this browser has a passkey of ours, as far as it told."""
    return _device_cookie() in request.cookies


def _device_cookie() -> str:
    return "__Host-device" if _is_https() else "smsbot-device"


def _is_https() -> bool:
    return wiring().settings.public_url.startswith("https://")
