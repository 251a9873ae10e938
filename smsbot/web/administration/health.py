"""How the system is: what /readyz and the doctor know, and the go-live gate."""

from __future__ import annotations

from flask import Blueprint, render_template

from smsbot.web.administration.health_report import read_health
from smsbot.web.health import condition
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy

system_health = Blueprint("system_health", __name__)


@system_health.get("/administration/health")
@policy(Policy.STAFF)
def show() -> str:
    """For everybody: is it well, and if not, what to do. Asks nobody outside."""
    return _page(asks_outside=False)


@system_health.post("/administration/health")
@policy(Policy.STAFF)
def examine() -> str:
    """The same with what asks the provider and our own address."""
    return _page(asks_outside=True)


def _page(*, asks_outside: bool) -> str:
    page = read_health(wiring(), condition(), asks_outside=asks_outside)
    return render_template("administration/health.html", page=page)
