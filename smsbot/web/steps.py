"""The steps of signing in: what follows the password, and where one wanted to go."""

from __future__ import annotations

from flask import Response, g, redirect, request, session, url_for

from smsbot import people
from smsbot.models import Staff
from smsbot.people import SignedIn
from smsbot.web.parts import wiring
from smsbot.web.sessions import start_session

_STEPS = {
    "totp": "second_factor.code",
    "passkey": "second_factor.code",
    "setup": "second_factor.setup",
}
_TARGET = "next"


def local_path(target: str | None) -> str:
    """A path of ours to go to after signing in; anything else leads to the inbox."""
    # "//host" and "/\\host" lead elsewhere in browsers, which also leave out tabs and line breaks: "/\t/host"
    if not target or not target.startswith("/") or target[1:2] in ("/", "\\") or not target.isprintable():
        return "/"
    return target


def address_of(needs: str | None) -> str:
    """Where the next step is; the inbox when there is none."""
    return url_for(_STEPS.get(needs or "", "inbox.overview"))


def is_factor_required() -> bool:
    """In a live home nobody gets in by a password alone."""
    return not wiring().settings.is_simulator


def begin(staff: Staff, how: str, target: str) -> Response:
    """The password was right, or a one-time link good: sign in, or lead to what is missing."""
    with wiring().db.reading() as reading:
        needs = people.what_is_missing(reading, staff, is_required=is_factor_required())
    if needs is not None:
        session[_TARGET] = target
    response = to(target if needs is None else address_of(needs))
    start_session(response, staff.id, how, needs)
    return response


def finish(staff: Staff, how: str, target: str | None = None) -> Response:
    """The second factor was shown: sign in, and go where they wanted."""
    response = to(target or wanted())
    start_session(response, staff.id, how)
    return response


def wanted(otherwise: str = "/") -> str:
    """Where they wanted to go before they were asked for more; asked once."""
    return local_path(session.pop(_TARGET, otherwise))


def peek() -> str:
    """Where they wanted to go."""
    return local_path(session.get(_TARGET))


def here() -> SignedIn:
    """The session of this request, in a view whose policy wants one."""
    found: SignedIn = g.signed_in
    return found


def is_setting_up() -> bool:
    """Whether this person may do nothing else before they have a second factor."""
    return here().session.needs == "setup"


def to(target: str) -> Response:
    """See there."""
    return redirect(target, 303)  # type: ignore[return-value]


def address_keys(who: str) -> list[str]:
    """What failures are counted by: account and address together, and the address alone.

    So nobody can slow a colleague down from elsewhere.
    """
    vault, address = wiring().vault, request.remote_addr or ""
    return [vault.blind_index("sign_in", f"{who}|{address}"), vault.blind_index("sign_in", f"|{address}")]
