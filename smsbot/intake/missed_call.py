"""Somebody called the text line and nobody answered: an urgent case, so that a person calls back.

The call stands in the thread as a message without words, under the call's own id, and without triage: nothing
was said that could be read.
"""

from __future__ import annotations

import json

import structlog
from sqlalchemy import select

from smsbot import audit
from smsbot.contacts import lock_contact
from smsbot.domain import Inbound, Outcome, SenderKind, Triage, Urgency
from smsbot.intake import Intake
from smsbot.intake.decision import Decision
from smsbot.kick import Owed
from smsbot.models import Contact, Message, new_id

MARK = "missed_call"
_DECISION = Decision(
    Triage(urgency=Urgency.URGENT, intents=()),
    Outcome(urgency=Urgency.URGENT, opens_case=True, tells_staff=True),
)

log = structlog.get_logger()


def note_missed_call(intake: Intake, call: Inbound) -> str | None:
    """Keep a missed call and put it before a person; the id of the case it opened or joined.

    None when there is nobody to call back, or the call was noted before: a repeat has no effect.
    """
    if call.sender_kind is not SenderKind.PHONE:
        return None
    with intake.db.writing() as session:
        contact = lock_contact(session, intake.vault, call.sender, call.sender_kind)
        known = select(Message.id).where(Message.provider_sid == call.provider_sid)
        if session.scalars(known).first() is not None:
            return None
        contact.version += 1
        case, rose = intake.writing.cases.of(session, contact, call, _DECISION)
        if case is None:
            raise AssertionError("an outcome that opens a case gave none")
        message = _message(contact, call)
        message.case_id = case.id
        session.add(message)
        session.flush()
        audit.record(session, "missed_call", case_id=case.id, message_id=message.id)
        alerts = intake.writing.cases.tell_staff(session, case, _DECISION, rose)
        case_id, owed = case.id, [Owed(one.id, one.urgency_rank == Urgency.EMERGENCY.rank) for one in alerts]
    intake.kicker.kick(owed)
    log.info("missed_call_noted", case_id=case_id)
    return case_id


def _message(contact: Contact, call: Inbound) -> Message:
    message = Message(
        id=new_id(),
        contact_id=contact.id,
        direction="in",
        author="patient",
        provider_sid=call.provider_sid,
        marks=[MARK],
        created_at=call.received_at,
    )
    message.body = ""
    message.form = json.dumps(dict(call.raw), ensure_ascii=False)
    return message
