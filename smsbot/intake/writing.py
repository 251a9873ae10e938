"""One short writing transaction: message, triage, case, reply, alert and what they owe, together."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy.orm import Session

from smsbot import attachments, audit, clock, consent
from smsbot.clinic import Clinic
from smsbot.domain import Inbound, Situation, Urgency
from smsbot.intake.cases import Cases
from smsbot.intake.decision import Decision
from smsbot.kick import Owed
from smsbot.models import Case, Contact, Dispatch, DispatchState, Message, TriageRecord, new_id
from smsbot.outbox import RECEIPT_WAIT, REPLY_TOO_OLD
from smsbot.replies import language_shown
from smsbot.twilio import twiml

# No vowels, no digits that look like letters: codes are read out on the phone and spell nothing.
_CODE_LETTERS = "2345679CDFGHJKMNPQRTVWXY"
_CODE_LENGTH = 4

NOTICE = "notice.privacy"

Render = Callable[[Inbound, Decision, Situation, bool, datetime | None], str]
"""The words that answer: whether somebody is alerted of it, and by when a person must have looked."""


@dataclass(frozen=True, slots=True)
class Written:
    """What one text left behind."""

    answer: str
    message_id: str
    case_id: str | None
    owed: tuple[Owed, ...]


@dataclass(frozen=True, slots=True)
class Late:
    """A text whose webhook is over. `told`: the words it was answered with there, "" for none.

    None: it was not answered. Then the answer leaves by REST, at once, and a webhook that comes after all
    gets none.
    """

    told: str | None = None


@dataclass(frozen=True)
class Writing:
    """Writes a decided text down. `render` gives the reply's words ("" for none)."""

    clinic: Clinic
    cases: Cases
    render: Render
    status_url: str

    def write(
        self,
        session: Session,
        contact: Contact,
        inbound: Inbound,
        decision: Decision,
        situation: Situation,
        late: Late | None = None,
    ) -> Written:
        """Write everything the text causes. The caller commits, and holds the contact's lock."""
        message = message_of(contact, inbound)
        session.add(message)
        session.flush()
        attachments.note(session, message, inbound.media)
        session.add(_triage_record(message, decision))
        _note_contact(session, contact, message, inbound, decision, self.clinic.languages)
        case, reason = self.cases.of(session, contact, inbound, decision)
        if case is not None:
            message.case_id = case.id
        audit.record(
            session,
            "text_received",
            case_id=message.case_id,
            message_id=message.id,
            urgency=decision.outcome.urgency,
            error=decision.error,
        )
        alerts = self.cases.tell_staff(session, case, decision, reason)
        look_by = case.look_by if case else None
        words = self._words(inbound, decision, situation, bool(alerts), look_by, late)
        message.answer = self._reply(session, contact, message, decision, words, late)
        if words and (late is None or late.told is None):
            _note_said(session, contact, case, decision)
        owed = tuple(Owed(one.id, one.urgency_rank == Urgency.EMERGENCY.rank) for one in alerts)
        return Written(message.answer, message.id, message.case_id, owed)

    def _words(
        self,
        inbound: Inbound,
        decision: Decision,
        situation: Situation,
        is_alerted: bool,
        look_by: datetime | None,
        late: Late | None,
    ) -> str:
        """What the patient gets, or got; nothing for a text so old that an answer would mislead."""
        if late is not None and late.told is not None:
            return late.told
        if late is not None and clock.now() - inbound.received_at >= REPLY_TOO_OLD:
            return ""
        return self.render(inbound, decision, situation, is_alerted, look_by)

    def _reply(
        self,
        session: Session,
        contact: Contact,
        message: Message,
        decision: Decision,
        words: str,
        late: Late | None,
    ) -> str:
        """The TwiML; its dispatch is leased until the provider's receipt should have come."""
        if not words:
            return twiml.NO_REPLY
        now = clock.now()
        was_told = late is not None and late.told is not None
        sent = Message(
            id=new_id(),
            contact_id=contact.id,
            case_id=message.case_id,
            direction="out",
            author="bot",
            reply_keys=[reply.key for reply in decision.outcome.replies],
            # right after the text that it answered, in the thread too
            created_at=message.created_at + timedelta(milliseconds=1) if was_told else now,
        )
        sent.body = words
        session.add(sent)
        if was_told:  # it has left, with a webhook whose text could not be written down then
            return twiml.reply(words)
        dispatch = Dispatch(
            id=new_id(),
            owed=f"reply:{message.id}",
            purpose="reply",
            route="twiml",
            case_id=message.case_id,
            message_id=sent.id,
            contact_id=contact.id,
            urgency_rank=decision.outcome.urgency.rank,
            state=DispatchState.SENDING,
            attempts=0,
            due_at=now,
            first_tried_at=now,
            lease_until=now + RECEIPT_WAIT,
            created_at=now,
        )
        dispatch.recipient, dispatch.body = contact.number, words
        session.flush()
        session.add(dispatch)
        if late is not None:
            _send_at_once(dispatch, message.created_at)
            return twiml.NO_REPLY
        return twiml.reply(words, f"{self.status_url}?dispatch={dispatch.id}")


def _send_at_once(dispatch: Dispatch, received_at: datetime) -> None:
    """By REST, for no webhook waits. It grows too old with the text that it answers."""
    dispatch.route, dispatch.state = "rest", DispatchState.PENDING
    dispatch.first_tried_at = dispatch.lease_until = None
    dispatch.created_at = received_at


def message_of(contact: Contact, inbound: Inbound) -> Message:
    """The row of a text that came in, by a patient until somebody says otherwise."""
    message = Message(
        id=new_id(),
        contact_id=contact.id,
        direction="in",
        author="patient",
        provider_sid=inbound.provider_sid,
        marks=sorted(inbound.marks),
        media_count=len(inbound.media),
        created_at=inbound.received_at,
    )
    message.body = inbound.body
    message.form = json.dumps(dict(inbound.raw), ensure_ascii=False)
    return message


def _triage_record(message: Message, decision: Decision) -> TriageRecord:
    triage = decision.triage
    record = TriageRecord(
        id=new_id(),
        message_id=message.id,
        urgency=triage.urgency,
        intents=[str(intent) for intent in triage.intents],
        flags=[str(flag) for flag in triage.flags],
        language=triage.language,
        confidence=triage.confidence,
        engine=triage.engine,
        error=decision.error,
        created_at=clock.now(),
    )
    details = {
        "languages": triage.languages,
        "medications": triage.medications,
        "windows": [asdict(window) for window in triage.windows],
        "excluded": [asdict(window) for window in triage.excluded],
        "evidence": [asdict(one) for one in triage.evidence],
        "notes": decision.outcome.notes,
    }
    record.details = json.dumps(details, ensure_ascii=False)
    return record


def _note_contact(
    session: Session,
    contact: Contact,
    message: Message,
    inbound: Inbound,
    decision: Decision,
    languages: tuple[str, ...],
) -> None:
    """What the text says about the contact itself: its language, and whether and how we may text it."""
    contact.version += 1
    shown = language_shown(inbound, decision.triage, languages)
    if shown is not None:
        contact.language = shown
    consent.note_text(session, contact, message, inbound, decision.outcome)


def _note_said(session: Session, contact: Contact, case: Case | None, decision: Decision) -> None:
    """Remember what the answer said: the one question of a case, and the notice that is given once."""
    if case is not None and decision.outcome.asks is not None:
        case.asked, case.asked_at = decision.outcome.asks, clock.now()
    if any(reply.key == NOTICE for reply in decision.outcome.replies):
        consent.change(session, contact, kind="privacy", change="told", source="notice")
