"""Webhooks we refuse: counted, and kept with time, reason and size; nothing of their content."""

from __future__ import annotations

import time
from threading import Lock

import structlog
from flask import Response, request
from prometheus_client import Counter
from sqlalchemy.exc import SQLAlchemyError

from smsbot import clock
from smsbot.models import Refusal, new_id
from smsbot.web.parts import wiring

_ROWS_A_MINUTE = 60  # a flood is counted on; it does not fill the database

_refused = Counter("smsbot_refused_webhooks_total", "Webhooks refused", ["reason"])
_window = {"minute": 0, "rows": 0}
_lock = Lock()

log = structlog.get_logger()


class Refused(Exception):
    """A request that is not taken in. `reason` is one of a few fixed words."""

    def __init__(self, status: int, reason: str) -> None:
        self.status, self.reason = status, reason
        super().__init__(reason)


def note_refusal(status: int, reason: str) -> Response:
    """Write the refusal down and answer it."""
    _refused.labels(reason).inc()
    log.warning("webhook_refused", status=status, reason=reason)
    if _may_write():
        _write(status, reason)
    return Response(f"{reason}\n", status=status, mimetype="text/plain")


def _write(status: int, reason: str) -> None:
    row = Refusal(id=new_id(), at=clock.now(), status=status, reason=reason, size=request.content_length or 0)
    try:
        with wiring().db.writing() as session:
            session.add(row)
    except (SQLAlchemyError, OSError) as error:
        log.error("refusal_not_kept", error=type(error).__name__)


def _may_write() -> bool:
    minute = int(time.monotonic() // 60)
    with _lock:
        if _window["minute"] != minute:
            _window.update(minute=minute, rows=0)
        _window["rows"] += 1
        return _window["rows"] <= _ROWS_A_MINUTE
