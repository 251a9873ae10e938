"""The rounds that the sweep makes: every alert with something due, and every case that nobody pursues."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnection

from smsbot import clock
from smsbot.db import Database
from smsbot.escalation.ladder import Ladder, due_alerts, forgotten_cases
from smsbot.models import Case, Dispatch

_PUT_OFF = timedelta(seconds=30)
_PASSING = (
    OperationalError,
    IntegrityError,
    NoConnection,
    OSError,
)  # of the database: the next round tries again
# Steps in one transaction of SQLite, where a commit takes longer than a step and blocks every other writer.
# PostgreSQL's locks are of rows: there each step has its own, and waits for nobody in the middle of others.
_TOGETHER = 10

log = structlog.get_logger()


def _nobody(owed: list[Dispatch]) -> None:
    """They are due rows: the sweep finds them, a moment later."""


@dataclass
class Rounds:
    """Does what is due, a few in a transaction. Two at once are safe.

    `hand_over` is given what a transaction owes as soon as it is committed. Nothing rests on it.
    """

    db: Database
    ladder: Ladder
    hand_over: Callable[[list[Dispatch]], object] = _nobody
    _put_off: dict[str, datetime] = field(default_factory=dict)  # what raised, and until when it rests

    def go(self) -> int:
        """One round. Gives how many alerts moved; one that raises is logged and holds up no other."""
        now = clock.now()
        self._put_off = {one: until for one, until in self._put_off.items() if until > now}
        with self.db.reading() as session:
            alerts, cases = due_alerts(session), forgotten_cases(session)
        moved = self._advance_all([one for one in alerts if one not in self._put_off])
        return moved + sum(self._do(self._pursue, one) for one in cases if one not in self._put_off)

    def _advance_all(self, alerts: list[str]) -> int:
        size = _TOGETHER if self.db.is_sqlite else 1
        moved = 0
        for first in range(0, len(alerts), size):
            some = alerts[first : first + size]
            if len(some) > 1 and self._are_done_together(some):
                moved += len(some)
            else:
                moved += sum(self._do(self._advance, one) for one in some)
        return moved

    def _are_done_together(self, alerts: list[str]) -> bool:
        """One that raises undoes the others of its transaction: then each is done by itself."""
        try:
            self._advance(*alerts)
        except Exception as error:
            log.warning("alerts_done_apart", count=len(alerts), error=type(error).__name__)
            return False
        return True

    def _do(self, work: Callable[[str], object], one: str) -> bool:
        try:
            work(one)
        except Exception as error:
            log.error("alert_raised", id=one, error=type(error).__name__)
            if not isinstance(error, _PASSING):
                self._put_off[one] = clock.now() + _PUT_OFF
            return False
        return True

    def _advance(self, *alerts: str) -> None:
        with self.db.writing() as session:
            owed = [dispatch for one in alerts for dispatch in self.ladder.advance(session, one)]
        self.hand_over(owed)

    def _pursue(self, case_id: str) -> None:
        with self.db.writing() as session:
            case = session.get(Case, case_id, with_for_update=True)
            if case is None or case.id not in forgotten_cases(session):
                return  # somebody was faster
            owed = self.ladder.pursue(session, case)
        self.hand_over(owed)
