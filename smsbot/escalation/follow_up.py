"""What the patient is told after an emergency's first answer: that a person has it, or that nobody has yet.

The words come from outside (`say`), for they are the clinic's. Nothing is said to who must not be texted, in
a danger that reads along, or once a person has written.
"""

from __future__ import annotations

from collections.abc import Callable

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import audit, consent
from smsbot.domain import Flag, SenderKind, Urgency
from smsbot.models import Alert, Case, CaseState, Contact, Dispatch, DispatchState, Message
from smsbot.owed_texts import owe_text

log = structlog.get_logger()

TAKEN, NOBODY = "follow.taken", "follow.nobody"

Say = Callable[[str, Contact, tuple[Flag, ...]], str]


def _nothing(key: str, contact: Contact, flags: tuple[Flag, ...]) -> str:
    return ""


class FollowUp:
    """Owes the patient of an emergency one more text. Every method works in the caller's transaction."""

    def __init__(self, replies: str | Callable[[], str], say: Say | None = None) -> None:
        """`replies`: what the clinic sends at all ("off": nothing), or who knows it at the time.

        `say` gives the words, "" for none.
        """
        self._replies = replies
        self._say = say or _nothing

    def taken(self, session: Session, case: Case, alert: Alert) -> Dispatch | None:
        """Somebody has the case and has it on the screen: said once for a case."""
        if case.state != CaseState.TAKEN or case.owner_opened_at is None:
            return None
        said = select(Dispatch.id).where(
            Dispatch.case_id == case.id,
            Dispatch.owed.like("follow:%:taken"),
            Dispatch.state != DispatchState.CANCELLED,
        )
        if session.scalars(said.limit(1)).first() is not None:
            return None
        return self._owe(session, case, alert, TAKEN)

    def nobody(self, session: Session, case: Case, alert: Alert) -> Dispatch | None:
        """At the second step nobody has the case: said once for an alert, and only while it climbs."""
        if alert.step != 1 or case.state != CaseState.OPEN:
            return None
        return self._owe(session, case, alert, NOBODY)

    def _owe(self, session: Session, case: Case, alert: Alert, key: str) -> Dispatch | None:
        """A courtesy: whatever raises here must not undo a step of the ladder, nor a taking."""
        try:
            with session.begin_nested():
                dispatch = self._made(session, case, alert, key)
                if dispatch is not None and key == NOBODY:
                    dispatch.alert_id = alert.id  # taken meanwhile, it does not leave any more
                return dispatch
        except Exception as error:
            log.error("follow_up_raised", case_id=case.id, error=type(error).__name__)
            return None

    def _is_off(self) -> bool:
        replies = self._replies
        return (replies if isinstance(replies, str) else replies()) == "off"

    def _made(self, session: Session, case: Case, alert: Alert, key: str) -> Dispatch | None:
        if self._is_off() or alert.urgency != Urgency.EMERGENCY or case.reply_lost:
            return None
        owed = f"follow:{alert.id}:{key.partition('.')[2]}"
        contact = session.get_one(Contact, case.contact_id)
        flags = tuple(Flag(flag) for flag in case.flags if flag in set(Flag))
        if Flag.DANGER_FROM_OTHERS in flags or not _may_be_told(contact, key):
            return None
        if _is_owed(session, owed) or _has_a_person_written(session, case, alert):
            return None
        words = self._say(key, contact, flags)
        if not words:
            return None
        dispatch = owe_text(session, case, contact, words, author="bot", key=key)
        dispatch.owed = owed  # once for an alert
        audit.record(session, "patient_told", case_id=case.id, key=key)
        return dispatch


def _may_be_told(contact: Contact, key: str) -> bool:
    return contact.kind == SenderKind.PHONE and consent.blocks(contact, "reply", (key,)) is None


def _is_owed(session: Session, owed: str) -> bool:
    return session.scalars(select(Dispatch.id).where(Dispatch.owed == owed)).first() is not None


def _has_a_person_written(session: Session, case: Case, alert: Alert) -> bool:
    """Whether the patient got words of a person since this alert began."""
    query = select(Message.id).where(
        Message.case_id == case.id,
        Message.direction == "out",
        Message.author != "bot",
        Message.created_at >= alert.created_at,
    )
    return session.scalars(query.limit(1)).first() is not None
