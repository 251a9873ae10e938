"""Asks the provider what became of a text whose receipt did not come: after a minute, then less often."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import timedelta

import structlog
from sqlalchemy import or_, select
from sqlalchemy.exc import SQLAlchemyError

from smsbot import clock
from smsbot.db import Database
from smsbot.models import Dispatch, DispatchState
from smsbot.receipts.texts import KNOWN_STATUSES, OnFailed, record_receipt
from smsbot.twilio.client import Provider, ProviderError

RECEIPT_IS_LATE = timedelta(seconds=60)
GIVE_UP = timedelta(hours=24)  # the provider keeps trying for less
EVERY_SECONDS = 10.0
_MOST_AT_ONCE = 25

log = structlog.get_logger()


@dataclass(frozen=True)
class Asking:
    """Made by the wiring; `on_failed` is what follows when something did not arrive."""

    db: Database
    provider: Provider
    on_failed: OnFailed

    def run(self, stop: threading.Event) -> None:
        """Ask every few seconds until told to stop."""
        while not stop.wait(EVERY_SECONDS):
            try:
                self.go()
            except (SQLAlchemyError, OSError) as error:
                log.warning("asking_failed", error=type(error).__name__)

    def go(self) -> int:
        """Ask about what is open; how many were asked about."""
        asked = 0
        for dispatch_id, provider_id in self._open():
            try:
                status, code = self.provider.fate_of(provider_id)
            except ProviderError as error:
                log.warning("asking_failed", code=error.code)
                break  # the provider is ill, not this text: the next round tries again
            asked += 1
            with self.db.writing() as session:
                row = session.get(Dispatch, dispatch_id)
                if row is not None:
                    row.asked_at = clock.now()
            if status in KNOWN_STATUSES:
                record_receipt(self.db, provider_id, status, code, dispatch_id, self.on_failed)
        return asked

    def _open(self) -> list[tuple[str, str]]:
        """Texts that left a while ago and have no fate yet, the most urgent first."""
        now = clock.now()
        query = (
            select(Dispatch)
            .where(
                Dispatch.state == DispatchState.SENT,
                Dispatch.route.in_(("sms", "rest", "twiml")),
                Dispatch.provider_id.is_not(None),
                Dispatch.sent_at <= now - RECEIPT_IS_LATE,
                Dispatch.sent_at > now - GIVE_UP,
                or_(Dispatch.asked_at.is_(None), Dispatch.asked_at <= now - RECEIPT_IS_LATE),
            )
            .order_by(Dispatch.urgency_rank.desc(), Dispatch.sent_at)
            .limit(_MOST_AT_ONCE)
        )
        with self.db.reading() as session:
            rows = list(session.scalars(query))
        return [(row.id, row.provider_id) for row in rows if row.provider_id and _is_time(row)]


def _is_time(row: Dispatch) -> bool:
    """The older a text is, the less often it is asked about."""
    if row.asked_at is None or row.sent_at is None:
        return True
    return clock.now() - row.asked_at >= max(RECEIPT_IS_LATE, (row.asked_at - row.sent_at) / 2)
