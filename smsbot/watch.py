"""Watches the system itself: what is ill is shown on every screen and told to the administrators.

It runs beside the sweep. That the sweep itself is dead, the web process notices; that the whole server is
gone, whoever listens to HEARTBEAT_URL.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from redis import Redis
from redis.exceptions import RedisError
from rq import Worker
from sqlalchemy import Select, func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from smsbot import audit, clock
from smsbot.db import Database
from smsbot.escalation import Ladder
from smsbot.models import Beat, Dispatch, DispatchState, Refusal
from smsbot.sweep import OLD, oldest_due_age
from smsbot.upsert import write_or_replace

EVERY_SECONDS = 20.0
IS_SHOWN = timedelta(minutes=2)  # how long the screens show what was found
PREFIX = "ill."
_BEFORE_TELLING = timedelta(seconds=60)
_WINDOW = timedelta(minutes=10)
_MANY_REFUSED = 5
_STUCK_TRIES = 3

# What each means, and what to do, for screens and for the text to administrators.
ILLS = {
    "redis": "Redis does not answer. Texts are taken in and alerts leave, seconds late. Start it.",
    "workers": "No worker runs: alerts leave by the sweep alone. Start worker.py again.",
    "provider": "The provider does not accept what we send. See its status page; run smsbot doctor.",
    "refused": "Webhooks are being refused, so texts may be missed. Run smsbot doctor.",
    "overdue": "Something that had to leave is overdue. Run smsbot dispatches, then smsbot doctor.",
}

log = structlog.get_logger()


@dataclass
class Watch:
    """Made by the wiring. `connect` gives a connection to Redis with short time-outs."""

    db: Database
    ladder: Ladder
    connect: Callable[[], Redis]
    _since: dict[str, datetime] = field(default_factory=dict)

    def run(self, stop: threading.Event) -> None:
        """Look every few seconds until told to stop."""
        while not stop.wait(EVERY_SECONDS):
            try:
                self.go()
            except (SQLAlchemyError, OSError) as error:
                log.error("watch_failed", error=type(error).__name__)

    def go(self) -> list[str]:
        """Look once: what is ill. Ill for a minute, it is told: once an hour each."""
        now, ills = clock.now(), self._ills()
        self._since = {ill: self._since.get(ill, now) for ill in ills}
        for ill, since in self._since.items():
            with self.db.writing() as session:
                write_or_replace(session, Beat, "part", {"part": f"{PREFIX}{ill}", "at": now})
                if now - since >= _BEFORE_TELLING:
                    self._tell(session, ill, now)
        return ills

    def _tell(self, session: Session, ill: str, now: datetime) -> None:
        log.error("system_ill", what=ill)
        audit.record(session, "system_ill", what=ill)
        self.ladder.tell_administrators(session, f"ill:{ill}:{now:%Y%m%d%H}", f"smsbot: {ILLS[ill]}")

    def _ills(self) -> list[str]:
        found = self._of_redis()
        with self.db.reading() as session:
            if (session.scalar(_stuck()) or 0) >= _STUCK_TRIES:
                found.append("provider")
            if (session.scalar(_refused()) or 0) >= _MANY_REFUSED:
                found.append("refused")
        age = oldest_due_age(self.db)
        if age is not None and age > OLD:
            found.append("overdue")
        return found

    def _of_redis(self) -> list[str]:
        connection = self.connect()
        try:
            connection.ping()
            return [] if Worker.count(connection=connection) else ["workers"]
        except (RedisError, OSError):
            return ["redis"]
        finally:
            connection.close()


def shown_ills(session: Session) -> list[str]:
    """What is ill right now, in words for the screens."""
    query = select(Beat.part).where(Beat.part.startswith(PREFIX), Beat.at > clock.now() - IS_SHOWN)
    names = sorted(part.removeprefix(PREFIX) for part in session.scalars(query))
    return [ILLS[name] for name in names if name in ILLS]


def _stuck() -> Select[int]:
    return (
        select(func.count())
        .select_from(Dispatch)
        .where(
            Dispatch.state.in_((DispatchState.PENDING, DispatchState.UNKNOWN)),
            Dispatch.attempts >= _STUCK_TRIES,
            Dispatch.created_at > clock.now() - _WINDOW,
        )
    )


def _refused() -> Select[int]:
    return select(func.count()).select_from(Refusal).where(Refusal.at > clock.now() - _WINDOW)
