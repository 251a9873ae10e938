"""The rounds that the sweep makes: every alert with something due, and every case that nobody pursues."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from smsbot import clock
from smsbot.db import Database
from smsbot.escalation.ladder import Ladder, due_alerts, forgotten_cases
from smsbot.models import Case

_PUT_OFF = timedelta(seconds=30)

log = structlog.get_logger()


@dataclass
class Rounds:
    """Does what is due, each in a transaction of its own. Two at once are safe."""

    db: Database
    ladder: Ladder
    _put_off: dict[str, datetime] = field(default_factory=dict)  # what raised, and until when it rests

    def go(self) -> int:
        """One round. Gives how many alerts moved; one that raises is logged and holds up no other."""
        now = clock.now()
        self._put_off = {one: until for one, until in self._put_off.items() if until > now}
        with self.db.reading() as session:
            alerts, cases = due_alerts(session), forgotten_cases(session)
        moved = sum(self._do(self._advance, one) for one in alerts if one not in self._put_off)
        return moved + sum(self._do(self._pursue, one) for one in cases if one not in self._put_off)

    def _do(self, work: object, one: str) -> bool:
        try:
            work(one)  # type: ignore[operator]
        except Exception as error:
            log.error("alert_raised", id=one, error=type(error).__name__)
            self._put_off[one] = clock.now() + _PUT_OFF
            return False
        return True

    def _advance(self, alert_id: str) -> None:
        with self.db.writing() as session:
            self.ladder.advance(session, alert_id)

    def _pursue(self, case_id: str) -> None:
        with self.db.writing() as session:
            case = session.get(Case, case_id, with_for_update=True)
            if case is None or case.id not in forgotten_cases(session):
                return  # somebody was faster
            self.ladder.pursue(session, case)
