"""A text from a staff phone: take a case, pass it on, note something about it. Never triaged as a patient's.

Only the number of a staff member can do this, and what it does is that person's doing. The text is kept like
any other, under its provider id: a repeat gets the first answer and has no other effect.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import audit
from smsbot.domain import Inbound, Urgency
from smsbot.escalation import Ladder, is_climbing, note_acted
from smsbot.intake.staff_commands import COMMANDS, Ask, Command
from smsbot.models import Alert, AlertState, Case, CaseState, Contact, Dispatch, Message, Staff

_SEVERAL = 5  # codes named in one answer


def staff_by_phone(session: Session, number_index: str) -> Staff | None:
    """The staff member with this phone; of several, the one who was added first."""
    query = select(Staff).where(Staff.phone_index == number_index, Staff.disabled_at.is_(None))
    return session.scalars(query.order_by(Staff.id)).first()


class StaffTexts:
    """Does what staff text. `act` works in the caller's transaction and gives the words to answer."""

    def __init__(self, ladder: Ladder, public_url: str, is_provider_answering: bool) -> None:
        """`is_provider_answering`: STOP, START and HELP get the provider's own answers."""
        self._ladder = ladder
        self._url = public_url
        self._is_provider_answering = is_provider_answering

    def act(
        self,
        session: Session,
        person: Staff,
        message: Message,
        command: Command,
        inbound: Inbound,
        *,
        is_late: bool = False,
    ) -> str:
        """Do it; gives the answer's words, "" for none. `is_late`: no webhook waits for them."""
        audit.record(session, "staff_text", staff_id=person.id, message_id=message.id, ask=command.ask)
        if command.ask in (Ask.STOP, Ask.START):
            return self._texts(session, person, is_stopped=command.ask is Ask.STOP)
        if command.ask is Ask.HELP:
            return "" if self._is_provider_answering and inbound.body.strip() != "?" else COMMANDS
        cases = self._cases(session, person, command.code, inbound.received_at if is_late else None)
        if command.ask is Ask.NOTE:
            return self._note(session, person, message, command.words, cases)
        if not cases:
            return _nothing_waits(command.code)
        if len(cases) > 1:
            digit = "1" if command.ask is Ask.TAKE else "2"
            codes = " or ".join(f"{digit} {case.code}" for case in cases[:_SEVERAL])
            return f"{len(cases)} cases are open. Reply {codes}."
        case = session.get_one(Case, cases[0].id, with_for_update=True, populate_existing=True)
        message.case_id = case.id
        return (
            self._take(session, person, case)
            if command.ask is Ask.TAKE
            else self._pass_on(session, person, case)
        )

    def owe_answer(self, session: Session, person: Staff, message: Message, words: str) -> None:
        """The answer to a late text leaves as a text of its own."""
        self._ladder.dispatching.notice(session, None, person, f"late-answer:{message.id}", words)

    def _take(self, session: Session, person: Staff, case: Case) -> str:
        if case.state == CaseState.RESOLVED:
            return f"Case {case.code} is resolved already."
        is_held = case.state == CaseState.TAKEN and case.owner_id not in (None, person.id)
        if is_held and not is_climbing(session, case.id):
            owner = session.get(Staff, case.owner_id)
            return f"{owner.name if owner else 'Somebody'} has case {case.code} already."
        self._ladder.take(session, case, person.id, by="text")
        link = f"{self._url}/cases/{case.code}"
        if case.urgency == Urgency.EMERGENCY:
            minutes = int(self._ladder.clinic.ladder.hold.total_seconds() // 60)
            return (
                f"You have case {case.code}. Open it within {minutes} minutes, or others are called: {link}"
            )
        return f"You have case {case.code}: {link}"

    def _pass_on(self, session: Session, person: Staff, case: Case) -> str:
        if case.state == CaseState.RESOLVED:
            return f"Case {case.code} is resolved already."
        self._ladder.pass_on(session, case, person.id)
        return f"Case {case.code} goes to the next person now."

    def _note(
        self, session: Session, person: Staff, message: Message, words: str, cases: Sequence[Case]
    ) -> str:
        if not cases:
            return f"No alert is open for you, so this went to nobody. {COMMANDS}"
        case = session.get_one(Case, cases[0].id, with_for_update=True, populate_existing=True)
        message.case_id = case.id
        note_acted(session, case, person.id, "note", words)
        return f"Noted on case {case.code}. {COMMANDS}"

    def _texts(self, session: Session, person: Staff, *, is_stopped: bool) -> str:
        if is_stopped:
            self._ladder.note_texts_stopped(session, person)
        if not is_stopped and person.texts_stopped_at is not None:
            person.texts_stopped_at = None
            audit.record(session, "staff_texts_started", staff_id=person.id)
        if self._is_provider_answering:
            return ""
        return (
            "You get no more texts; alerts will call you. Text START to undo."
            if is_stopped
            else ("You get alerts by text again.")
        )

    def _cases(
        self, session: Session, person: Staff, code: str | None, written_at: datetime | None
    ) -> list[Case]:
        """The case with this code; without one, those this person was alerted of that nobody else has.

        `written_at` (aware UTC) of a late text: it cannot mean a case alerted or taken since.
        """
        if code is not None:
            return list(session.scalars(select(Case).where(Case.code == code)))
        told = select(Dispatch.id).where(Dispatch.alert_id == Alert.id, Dispatch.staff_id == person.id)
        if written_at is not None:
            told = told.where(Dispatch.first_tried_at <= written_at)
        query = (
            select(Case)
            .join(Alert, Alert.case_id == Case.id)
            .where(Alert.state == AlertState.CLIMBING, told.exists(), Case.state != CaseState.RESOLVED)
            .order_by(Case.urgency_rank.desc(), Alert.created_at.desc())
        )
        waiting = list(session.scalars(query).unique())
        if waiting:
            return waiting
        mine = (
            select(Case)
            .where(Case.owner_id == person.id, Case.state == CaseState.TAKEN)
            .order_by(Case.taken_at.desc())
        )
        if written_at is not None:
            mine = mine.where(Case.taken_at <= written_at)
        return list(session.scalars(mine.limit(1)))


def _nothing_waits(code: str | None) -> str:
    return f"There is no case {code}." if code else "No alert is open for you."


def keep_staff_text(session: Session, contact: Contact, message: Message, person: Staff) -> None:
    """Keep the text as that person's, not a patient's."""
    message.author = person.id
    contact.version += 1
    session.add(message)
    session.flush()
