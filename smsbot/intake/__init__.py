"""The story of a text: seen, decided, written, kicked, answered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from smsbot import attachments
from smsbot.clinic import Clinic
from smsbot.contacts import lock_contact
from smsbot.crypto import Vault
from smsbot.db import Database
from smsbot.domain import Inbound
from smsbot.intake.decision import Deciding, Decision
from smsbot.intake.situation import Seen, read_situation
from smsbot.intake.staff_commands import Ask, read_command
from smsbot.intake.staff_texts import StaffTexts, keep_staff_text, staff_by_phone
from smsbot.intake.writing import Late, Writing, message_of
from smsbot.kick import Kicker
from smsbot.models import Contact, Message, Staff
from smsbot.twilio import twiml

log = structlog.get_logger()


@dataclass(frozen=True)
class Intake:
    """Takes in texts. Made by the wiring."""

    db: Database
    vault: Vault
    clinic: Clinic
    deciding: Deciding | Callable[..., Decision]
    writing: Writing
    kicker: Kicker
    staff_texts: StaffTexts

    def receive(self, inbound: Inbound, late: Late | None = None) -> str:
        """Take in one text and give the TwiML to answer with.

        A repeat of a text gets the first answer, word for word, and has no other effect, however the
        repeats race. `late`: no webhook waits for this text. Raises only when the database cannot keep the
        text: then nothing was kept and the provider must not be told otherwise.
        """
        with self.db.reading() as session:
            first = first_answer(session, inbound.provider_sid)
            person = staff_by_phone(session, self.vault.blind_index("number", inbound.sender))
        if first is not None:
            return first
        try:
            return self._take_in(inbound, late) if person is None else self._of_staff(person, inbound, late)
        except IntegrityError:
            # The same message id raced under another sender: whoever was first has answered.
            first = self._first_answer(inbound.provider_sid)
            if first is None:
                raise
            return first

    def _of_staff(self, person: Staff, inbound: Inbound, late: Late | None) -> str:
        """A text from a staff phone is a command or a note; only PATIENT … makes it a patient's."""
        command = read_command(inbound)
        if command.ask is Ask.AS_PATIENT:
            return self._take_in(replace(inbound, body=command.words), late)
        with self.db.writing() as session:
            contact = lock_contact(session, self.vault, inbound.sender, inbound.sender_kind)
            first = first_answer(session, inbound.provider_sid)
            if first is not None:
                return first
            message = message_of(contact, inbound)
            keep_staff_text(session, contact, message, person)
            attachments.note(session, message, inbound.media)
            person, is_late = session.merge(person, load=False), late is not None
            words = self.staff_texts.act(session, person, message, command, inbound, is_late=is_late)
            if is_late and words:
                self.staff_texts.owe_answer(session, person, message, words)
            message.answer = twiml.reply(words) if words and not is_late else twiml.NO_REPLY
            return message.answer

    def _take_in(self, inbound: Inbound, late: Late | None) -> str:
        for must_write in (False, False, True):
            seen = self._look(inbound)
            decision = self.deciding(inbound, seen.situation)
            with self.db.writing() as session:
                contact = lock_contact(session, self.vault, inbound.sender, inbound.sender_kind)
                first = first_answer(session, inbound.provider_sid)
                if first is not None:
                    return first
                if _has_changed(contact, seen) and not must_write:
                    continue
                written = self.writing.write(session, contact, inbound, decision, seen.situation, late)
            self.kicker.kick(written.owed)
            log.info(
                "text_taken_in",
                message_id=written.message_id,
                case_id=written.case_id,
                urgency=decision.outcome.urgency,
            )
            return written.answer
        raise AssertionError("unreachable: the last round always writes")

    def _look(self, inbound: Inbound) -> Seen:
        index = self.vault.blind_index("number", inbound.sender)
        with self.db.reading() as session:
            return read_situation(session, index, self.clinic, inbound.received_at)

    def _first_answer(self, provider_sid: str) -> str | None:
        with self.db.reading() as session:
            return first_answer(session, provider_sid)


def first_answer(session: Session, provider_sid: str) -> str | None:
    """What the first delivery of this text was answered with, or None if it is new."""
    message = session.scalars(select(Message).where(Message.provider_sid == provider_sid)).one_or_none()
    return None if message is None else message.answer


def _has_changed(contact: Contact, seen: Seen) -> bool:
    """Whether another text of the contact was written since we looked."""
    return contact.version != seen.version
