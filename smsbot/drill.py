"""The weekly test alert: a case like an emergency, in office hours, that somebody has to take and resolve."""

from __future__ import annotations

import threading
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from smsbot import audit, clock
from smsbot.clinic import Clinic
from smsbot.contacts import lock_contact
from smsbot.crypto import Vault
from smsbot.db import Database
from smsbot.domain import Urgency
from smsbot.escalation import Ladder
from smsbot.intake.cases import unused_code
from smsbot.models import Case, CaseState, Message, Stamp, new_id
from smsbot.upsert import insert_if_new

REASON = "drill"
NUMBER = "test-alert"  # the contact of all test alerts; no phone
BODY = "This is a test of the alerts. No patient wrote it. Take the case, open it, resolve it."
LOOK_EVERY_SECONDS = 30.0
_LATE = timedelta(hours=1)  # a machine that was off does not test in the middle of the day

log = structlog.get_logger()


@dataclass(frozen=True)
class Drill:
    """Made by the wiring."""

    db: Database
    vault: Vault
    clinic: Clinic
    ladder: Ladder

    def run(self, stop: threading.Event) -> None:
        """Begin the weekly test when its time has come, until told to stop."""
        while not stop.wait(LOOK_EVERY_SECONDS):
            try:
                self.begin_if_due()
            except (SQLAlchemyError, OSError) as error:
                log.error("drill_failed", error=type(error).__name__)

    def begin_if_due(self) -> bool:
        """Once on the clinic's day, at or soon after its time, while the office is open."""
        now = clock.now()
        if not is_due(self.clinic, now):
            return False
        with self.db.writing() as session:
            # a row for each day: of two sweeps that see the time come, one makes it
            today = {"name": f"drill {self.clinic.local(now):%Y-%m-%d}", "value": "begun"}
            if not insert_if_new(session, Stamp, today):
                return False
            self._begin(session)
        return True

    def begin(self) -> str:
        """Begin a test alert now; gives its case's code."""
        with self.db.writing() as session:
            return self._begin(session)

    def _begin(self, session: Session) -> str:
        now = clock.now()
        contact = lock_contact(session, self.vault, NUMBER, REASON)
        case = Case(
            id=new_id(),
            code=unused_code(session),
            contact_id=contact.id,
            state=CaseState.OPEN,
            urgency=Urgency.EMERGENCY,
            urgency_rank=Urgency.EMERGENCY.rank,
            intents=[],
            flags=[],
            team=self.clinic.emergencies,
            opened_at=now,
            look_by=self.clinic.look_by(Urgency.EMERGENCY, now),
        )
        message = Message(
            id=new_id(),
            contact_id=contact.id,
            case_id=case.id,
            direction="in",
            author="bot",
            marks=[REASON],
            created_at=now,
        )
        message.body = BODY
        session.add(case)
        session.flush()
        session.add(message)
        audit.record(session, "drill_began", case_id=case.id)
        self.ladder.alert(session, case, REASON)
        return case.code


def is_due(clinic: Clinic, now: datetime) -> bool:
    """Whether the clinic wants its test now."""
    if clinic.drill is None or not clinic.office_at(now).is_open:
        return False
    local = clinic.local(now)
    begins = local.replace(hour=clinic.drill.at.hour, minute=clinic.drill.at.minute, second=0, microsecond=0)
    return local.weekday() == clinic.drill.weekday and begins <= local < begins + _LATE
