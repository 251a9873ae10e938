"""Who may call a route. Every route has a policy: one without is refused, and fails a test."""

from __future__ import annotations

import hmac
import ipaddress
from collections.abc import Callable
from enum import StrEnum
from typing import Any, TypeVar

from flask import Flask, Response, abort, current_app, g, redirect, request, url_for

from smsbot.models.people import Role
from smsbot.web.parts import wiring
from smsbot.web.sessions import signed_in_staff

View = TypeVar("View", bound=Callable[..., Any])


class Policy(StrEnum):
    """What a caller has to show."""

    PUBLIC = "public"
    SIGNED = "signed"  # a signature of the provider, checked in the view itself
    STAFF = "staff"  # a signed-in person
    OPERATOR = "operator"  # from loopback, or with the metrics token
    SIMULATOR = "simulator"  # exists in simulator mode only, from loopback only


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
    if needed is Policy.STAFF:
        return _require_staff()
    if needed is Policy.OPERATOR and not (_is_loopback() or _has_token()):
        abort(403)
    if needed is Policy.SIMULATOR and not (wiring().settings.is_simulator and _is_loopback()):
        abort(404)
    return None


def _require_staff() -> Response | None:
    g.staff = signed_in_staff()
    if g.staff is None:
        if request.headers.get("HX-Request"):
            # a list that refreshes itself: send the whole page to the sign-in, and back to where it was
            return Response(status=401, headers={"HX-Redirect": url_for("sign_in.page")})
        target = request.full_path.rstrip("?") if request.method == "GET" else "/"
        return redirect(url_for("sign_in.page", next=target), 303)  # type: ignore[return-value]
    roles = getattr(current_app.view_functions[request.endpoint or ""], "roles", ())
    if roles and g.staff.role not in roles:
        abort(403)
    return None


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
