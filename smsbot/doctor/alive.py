"""The sweep, and the outside watch over it: the one alarm that works when this machine is off."""

from __future__ import annotations

import socket
from datetime import timedelta
from urllib.parse import urlsplit

from sqlalchemy import select

from smsbot import clock
from smsbot.doctor.line import Line, bad, ok, warn
from smsbot.models import Beat
from smsbot.sweep import OLD, oldest_due_age
from smsbot.wiring import Wiring

_DEAD = timedelta(seconds=15)


def check_sweep(parts: Wiring) -> list[Line]:
    """Whether a sweep has finished a cycle lately, and nothing due is old."""
    with parts.db.reading() as session:
        at = session.scalar(select(Beat.at).where(Beat.part == "sweep"))
    if at is None or clock.now() - at > _DEAD:
        return [bad("The sweep does not run: alerts do not climb.", "Start smsbot: make run.")]
    age = oldest_due_age(parts.db)
    if age is not None and age > OLD:
        what = f"Something should have left {age.total_seconds():.0f} s ago."
        return [bad(what, "Run smsbot dispatches: its error says why.")]
    return [ok("The sweep runs, and nothing due is old.")]


def check_heartbeat(parts: Wiring) -> list[Line]:
    """Whether somebody outside listens. It is not pinged from here: a ping means that the sweep is well."""
    url = parts.settings.heartbeat_url
    if url is None:
        what = "HEARTBEAT_URL is not set: nobody notices when this machine is off."
        return [warn(what, "Set it to a service that raises an alarm when the pings stop.")]
    to = urlsplit(url)
    try:
        socket.create_connection((to.hostname or "", to.port or _port(to.scheme)), timeout=5).close()
    except OSError:
        return [
            bad(
                "The host of HEARTBEAT_URL does not answer.", "Check the address, and this machine's network."
            )
        ]
    return [ok("The host of HEARTBEAT_URL answers.")]


def _port(scheme: str) -> int:
    return 443 if scheme == "https" else 80
