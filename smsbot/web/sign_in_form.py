"""The sign-in form, and whether this site can have passkeys at all: what every way of signing in shows."""

from __future__ import annotations

from flask import Response, make_response, render_template, request

from smsbot.people import passkeys as keys
from smsbot.people.passkeys import Site
from smsbot.web.parts import wiring
from smsbot.web.sessions import is_device_known


def passkey_site() -> Site | None:
    """What our passkeys are bound to; None where our address is no name: then none can be made."""
    return keys.site_of(wiring().settings.public_url, wiring().clinic.name)


def are_passkeys_possible() -> bool:
    """Whether browsers can have passkeys for our address."""
    return passkey_site() is not None


def show_form(
    target: str, problem: str | None = None, status: int = 200, *, is_forgotten: bool = False
) -> Response:
    """The sign-in page; where this browser has a passkey, that comes first."""
    has_passkeys = are_passkeys_possible()
    page = render_template(
        "sign_in.html",
        target=target,
        problem=problem,
        email=request.form.get("email", ""),
        has_passkeys=has_passkeys,
        is_known=has_passkeys and is_device_known() and not is_forgotten,
    )
    return make_response(page, status)
