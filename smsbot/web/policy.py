"""Who may call a route. Every route has a policy: one without is refused, and fails a test."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for

from smsbot import people
from smsbot.models import Staff
from smsbot.models.people import Role
from smsbot.web.parts import wiring
from smsbot.web.sessions import this_session
from smsbot.web.steps import address_of, local_path

View = TypeVar("View", bound=Callable[..., Any])


class Policy(StrEnum):
    """What a caller has to show."""

    PUBLIC = "public"
    SIGNED = "signed"  # a signature of the provider, checked in the view itself
    STAFF = "staff"  # a signed-in person
    SETUP = "setup"  # a signed-in person, or one who has no second factor yet and must set one up
    CODE = "code"  # a person whose password was right and whose second factor is still to come
    OPERATOR = "operator"  # from loopback, or with the metrics token
    SIMULATOR = "simulator"  # exists in simulator mode only, from loopback only


# What a session may still need, for the views of this policy to be open to it.
_OPEN_TO: dict[Policy, frozenset[str | None]] = {
    Policy.STAFF: frozenset({None}),
    Policy.SETUP: frozenset({None, "setup"}),
    Policy.CODE: frozenset({"totp", "passkey"}),
}


def policy(name: Policy, *roles: Role) -> Callable[[View], View]:
    """Say who may call this view; with roles, only staff of these."""

    def mark(view: View) -> View:
        view.policy = name  # type: ignore[attr-defined]
        view.roles = roles  # type: ignore[attr-defined]
        return view

    return mark


def enforce_policies(app: Flask) -> None:
    """Check the policy of the view before every request."""
    app.before_request(_check)


def policy_of(app: Flask, endpoint: str) -> Policy | None:
    """The policy of a route, None if it has none."""
    if endpoint == "static":
        return Policy.PUBLIC
    return getattr(app.view_functions[endpoint], "policy", None)


def _check() -> Response | None:
    if request.endpoint is None:
        return None  # no such address: 404 follows
    needed = policy_of(current_app, request.endpoint)
    if needed is None:
        abort(500)
    if needed in _OPEN_TO:
        return _require_session(_OPEN_TO[needed])
    if needed is Policy.OPERATOR and not (_is_loopback() or _has_token()):
        abort(403)
    if needed is Policy.SIMULATOR and not (wiring().settings.is_simulator and _is_loopback()):
        abort(404)
    return None


def _require_session(open_to: frozenset[str | None]) -> Response | None:
    signed_in = this_session()
    if signed_in is None:
        return _lead_to(url_for("sign_in.page", next=_wanted()))
    needs = signed_in.session.needs
    if needs not in open_to:
        return _lead_to(address_of(needs))
    if needs == "setup" and _has_factor(signed_in.staff):
        # somebody set one up elsewhere meanwhile: this session never showed it, and must not add another
        return _lead_to(url_for("sign_in.page", next=_wanted()))
    g.signed_in = signed_in
    if needs is None:
        g.staff = signed_in.staff  # half a sign-in shows no page as one's own
    roles = getattr(current_app.view_functions[request.endpoint or ""], "roles", ())
    if roles and signed_in.staff.role not in roles:
        abort(403)
    return None


def _has_factor(staff: Staff) -> bool:
    with wiring().db.reading() as session:
        return people.what_is_missing(session, staff, is_required=False) is not None


def _lead_to(address: str) -> Response:
    if request.headers.get("HX-Request"):
        # a list that refreshes itself: send the whole page there
        return Response(status=401, headers={"HX-Redirect": address})
    return redirect(address, 303)  # type: ignore[return-value]


def _wanted() -> str:
    """Where to go after signing in: this page, or the one that a part of refreshes itself."""
    if request.headers.get("HX-Request"):
        page = urlsplit(request.headers.get("HX-Current-URL", ""))
        return local_path(page.path + (f"?{page.query}" if page.query else ""))
    return request.full_path.rstrip("?") if request.method == "GET" else "/"


def _is_loopback() -> bool:
    # A request that a proxy passes on comes from loopback too, but says for whom.
    if "X-Forwarded-For" in request.headers or "Forwarded" in request.headers:
        return False
    try:
        return ipaddress.ip_address(request.remote_addr or "").is_loopback
    except ValueError:
        return False


def _has_token() -> bool:
    token = wiring().settings.metrics_token
    given = request.headers.get("Authorization", "").removeprefix("Bearer ")
    return token is not None and hmac.compare_digest(given.encode(), token.encode())
