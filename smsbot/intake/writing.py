"""One short writing transaction: message, triage, case, reply, alert and what they owe, together."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import audit, clock
from smsbot.clinic import Clinic
from smsbot.crypto import Vault
from smsbot.domain import EMERGENCY_FLAGS, Consent, ConsentChange, Flag, Inbound, Intent, Situation, Urgency
from smsbot.escalation import Ladder
from smsbot.intake.decision import Decision
from smsbot.intake.situation import newest_open_case
from smsbot.kick import Owed
from smsbot.models import Case, CaseState, Contact, Dispatch, DispatchState, Message, TriageRecord, new_id
from smsbot.outbox import RECEIPT_WAIT, REPLY_TOO_OLD
from smsbot.replies import language_shown
from smsbot.twilio import twiml
from smsbot.upsert import insert_if_new

# No vowels, no digits that look like letters: codes are read out on the phone and spell nothing.
_CODE_LETTERS = "2345679CDFGHJKMNPQRTVWXY"
_CODE_LENGTH = 4

Render = Callable[[Inbound, Decision, Situation, bool], str]


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
    ladder: Ladder
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
        session.add(_triage_record(message, decision))
        _note_contact(session, contact, inbound, decision, self.clinic.languages)
        case, reason = self.case_of(session, contact, inbound, decision)
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
        alerts = self.tell_staff(session, case, decision, reason)
        words = self._words(inbound, decision, situation, bool(alerts), late)
        message.answer = self._reply(session, contact, message, decision, words, late)
        owed = tuple(Owed(one.id, one.urgency_rank == Urgency.EMERGENCY.rank) for one in alerts)
        return Written(message.answer, message.id, message.case_id, owed)

    def case_of(
        self, session: Session, contact: Contact, inbound: Inbound, decision: Decision
    ) -> tuple[Case | None, str]:
        """The case the text joins or opens, and why that may be a reason for a new alert ("": it is none)."""
        urgency = decision.outcome.urgency
        case = newest_open_case(session, contact.id)
        if case is None:
            if not decision.outcome.opens_case:
                return None, ""
            return self._open_case(session, contact, inbound, decision), "new"
        if urgency is Urgency.NONE:
            return case, ""
        rose = case.raise_urgency(urgency)
        is_new_danger = bool(_new_dangers(case, decision))
        self._join(case, decision, inbound.received_at)
        if rose:
            audit.record(session, "urgency_raised", case_id=case.id, urgency=urgency)
            return case, "risen"
        return case, "new_danger" if is_new_danger else "further"

    def _open_case(self, session: Session, contact: Contact, inbound: Inbound, decision: Decision) -> Case:
        urgency = decision.outcome.urgency
        case = Case(
            id=new_id(),
            code=unused_code(session),
            contact_id=contact.id,
            state=CaseState.OPEN,
            urgency=urgency,
            urgency_rank=urgency.rank,
            intents=[],
            flags=[],
            team="",
            opened_at=clock.now(),
        )
        self._join(case, decision, inbound.received_at)
        session.add(case)
        session.flush()
        audit.record(session, "case_opened", case_id=case.id, urgency=urgency, team=case.team)
        return case

    def _join(self, case: Case, decision: Decision, received_at: datetime) -> None:
        """Merge what was read into the case: it holds all its texts' intents and flags."""
        case.intents = _merged(case.intents, decision.triage.intents)
        case.flags = _merged(case.flags, decision.triage.flags)
        case.team = self.clinic.team_for([Intent(name) for name in case.intents], Urgency(case.urgency))
        look_by = self.clinic.look_by(decision.outcome.urgency, received_at)
        if look_by is not None and (case.look_by is None or look_by < case.look_by):
            case.look_by = look_by
        case.version = (case.version or 0) + 1

    def tell_staff(
        self, session: Session, case: Case | None, decision: Decision, reason: str
    ) -> list[Dispatch]:
        """Tell staff: of a new or risen case, of a new danger, of a further emergency in a taken case.

        A further text of a case that climbs already is one with it. The owner of a taken case hears first
        of a further emergency; of a new danger, or of an act, everybody the ladder names hears at once.
        """
        if case is None or not reason or not decision.outcome.tells_staff:
            return []
        is_taken = case.state == CaseState.TAKEN
        if reason in ("new", "risen") or (reason == "new_danger" and is_taken):
            return self.ladder.alert(session, case, reason)
        if decision.outcome.urgency is Urgency.EMERGENCY and is_taken:
            return self.ladder.alert(session, case, "again", to_owner=True)
        return [] if is_taken else self.ladder.further(session, case)

    def _words(
        self, inbound: Inbound, decision: Decision, situation: Situation, is_alerted: bool, late: Late | None
    ) -> str:
        """What the patient gets, or got; nothing for a text so old that an answer would mislead."""
        if late is not None and late.told is not None:
            return late.told
        if late is not None and clock.now() - inbound.received_at >= REPLY_TOO_OLD:
            return ""
        return self.render(inbound, decision, situation, is_alerted)

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


def lock_contact(session: Session, vault: Vault, inbound: Inbound) -> Contact:
    """The contact of this sender, made if need be, locked until the transaction ends."""
    index = vault.blind_index("number", inbound.sender)
    contact_id = new_id()
    insert_if_new(
        session,
        Contact,
        {
            "id": contact_id,
            "number": vault.seal("contacts", contact_id, "number", inbound.sender),
            "number_index": index,
            "kind": inbound.sender_kind,
            "consent": Consent.UNKNOWN,
            "version": 0,
            "created_at": clock.now(),
        },
    )
    query = select(Contact).where(Contact.number_index == index).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


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
    session: Session, contact: Contact, inbound: Inbound, decision: Decision, languages: tuple[str, ...]
) -> None:
    """What the text says about the contact itself: its language, and whether we may text it."""
    contact.version += 1
    shown = language_shown(inbound, decision.triage, languages)
    if shown is not None:
        contact.language = shown
    change = decision.outcome.consent
    if change is None:
        return
    consent = Consent.OPTED_OUT if change is ConsentChange.STOP else Consent.OPTED_IN
    if contact.consent != consent:
        contact.consent, contact.consent_at = consent, clock.now()
        audit.record(session, "consent_changed", contact_id=contact.id, consent=consent)


# What a person has done, where the other dangers are what happens to them: said again, it was done again.
_ACTS = {Flag.OVERDOSE, Flag.SELF_HARM}


def _new_dangers(case: Case, decision: Decision) -> set[Flag]:
    """The dangers of this text that the case did not hold, and acts, which count anew each time."""
    dangers = EMERGENCY_FLAGS.intersection(decision.triage.flags)
    return {flag for flag in dangers if flag in _ACTS or str(flag) not in case.flags}


def _merged(known: list[str], further: tuple[Intent | Flag, ...]) -> list[str]:
    return list(dict.fromkeys([*known, *(str(one) for one in further)]))


def unused_code(session: Session) -> str:
    """A case code that no case has. Raises RuntimeError when hardly any is free."""
    for _ in range(50):
        code = "".join(secrets.choice(_CODE_LETTERS) for _ in range(_CODE_LENGTH))
        if session.scalars(select(Case.id).where(Case.code == code)).first() is None:
            return code
    raise RuntimeError("no case code is free: archive old cases")
