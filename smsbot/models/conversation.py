"""Who texted what, what was read out of it, and the case it belongs to."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from smsbot import clock
from smsbot.domain import Consent, SenderKind, Urgency
from smsbot.models.base import ID_LENGTH, Base, Sealed, primary_key, sealed_column


class Contact(Base):
    """A phone number that texts us. `version` rises with every change that a decision may rest on."""

    __tablename__ = "contacts"

    id: Mapped[str] = primary_key()
    number_sealed: Mapped[bytes] = sealed_column("number")
    number = Sealed()
    number_index: Mapped[str] = mapped_column(String(32), unique=True)
    kind: Mapped[str] = mapped_column(String(16), default=SenderKind.PHONE)
    language: Mapped[str | None] = mapped_column(String(8))  # what their texts established
    set_language: Mapped[str | None] = mapped_column(String(8))  # what staff set, which comes first
    consent: Mapped[str] = mapped_column(String(16), default=Consent.UNKNOWN)
    consent_at: Mapped[datetime | None]
    silence: Mapped[str | None] = mapped_column(String(16))  # why automatic texts are off: domain.Silence
    silence_at: Mapped[datetime | None]
    reminders_off_at: Mapped[datetime | None]
    notice_at: Mapped[datetime | None]  # when told, once, that texts are not private
    version: Mapped[int] = mapped_column(Integer, default=0)
    created_at: Mapped[datetime]


class Message(Base):
    """One text, in or out. An inbound one keeps the first answer given to the provider, word for word."""

    __tablename__ = "messages"
    __table_args__ = (
        Index("ix_messages_contact_id_created_at", "contact_id", "created_at"),
        Index("ix_messages_created_at", "created_at"),
    )

    id: Mapped[str] = primary_key()
    contact_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("contacts.id"))
    case_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    direction: Mapped[str] = mapped_column(String(3))  # in, out
    author: Mapped[str] = mapped_column(String(ID_LENGTH))  # patient, bot, or a staff id
    provider_sid: Mapped[str | None] = mapped_column(String(64), unique=True)
    body_sealed: Mapped[bytes] = sealed_column("body")
    body = Sealed()
    form_sealed: Mapped[bytes | None] = sealed_column("form", nullable=True)  # the whole request, as JSON
    form = Sealed()
    answer_sealed: Mapped[bytes | None] = sealed_column("answer", nullable=True)  # TwiML of the first answer
    answer = Sealed()
    marks: Mapped[list[str]] = mapped_column(JSON, default=list)
    media_count: Mapped[int] = mapped_column(Integer, default=0)
    reply_keys: Mapped[list[str]] = mapped_column(JSON, default=list)  # what an automatic reply said
    created_at: Mapped[datetime]


class TriageRecord(Base):
    """What was read out of one message, by which protocol. Evidence and extractions are sealed."""

    __tablename__ = "triages"

    id: Mapped[str] = primary_key()
    message_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("messages.id"), unique=True)
    urgency: Mapped[str] = mapped_column(String(16))
    intents: Mapped[list[str]] = mapped_column(JSON)
    flags: Mapped[list[str]] = mapped_column(JSON)
    language: Mapped[str] = mapped_column(String(8))
    confidence: Mapped[float]
    details_sealed: Mapped[bytes] = sealed_column("details")  # evidence, medications, windows: JSON
    details = Sealed()
    engine: Mapped[str] = mapped_column(String(120))
    error: Mapped[str | None] = mapped_column(String(120))
    created_at: Mapped[datetime]


class CaseState(StrEnum):
    """Where a case stands. Nothing but a person resolves one."""

    OPEN = "open"
    TAKEN = "taken"
    WAITING = "waiting"
    RESOLVED = "resolved"


class Case(Base):
    """One open matter of a contact. `urgency` is the highest of its messages, `urgency_rank` its order."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("ix_cases_contact_id_state", "contact_id", "state"),
        Index("ix_cases_state_urgency_rank_look_by", "state", "urgency_rank", "look_by"),
        Index("ix_cases_state_resolved_at", "state", "resolved_at"),
        Index("ix_cases_opened_at", "opened_at"),
    )

    id: Mapped[str] = primary_key()
    code: Mapped[str] = mapped_column(String(8), unique=True)
    contact_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("contacts.id"))
    state: Mapped[str] = mapped_column(String(16), default=CaseState.OPEN)
    urgency: Mapped[str] = mapped_column(String(16))
    urgency_rank: Mapped[int] = mapped_column(Integer)
    intents: Mapped[list[str]] = mapped_column(JSON, default=list)
    flags: Mapped[list[str]] = mapped_column(JSON, default=list)
    team: Mapped[str] = mapped_column(String(40))
    owner_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("staff.id"))
    opened_at: Mapped[datetime]
    look_by: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    owner_opened_at: Mapped[datetime | None]  # when its owner had it on the screen, since taking it
    acted_at: Mapped[datetime | None]  # the last reply or note of a person since it was taken
    reply_lost: Mapped[str | None] = mapped_column(String(40))  # why our last reply did not arrive
    asked: Mapped[str | None] = mapped_column(String(24))  # the one question asked: domain.Question
    asked_at: Mapped[datetime | None]
    conditions: Mapped[list[str]] = mapped_column(JSON, default=list)  # what the ladder asks for at night
    resolved_at: Mapped[datetime | None]
    resolved_by: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    resolution: Mapped[str | None] = mapped_column(String(40))  # the reason; of an emergency its outcome
    waiting_at: Mapped[datetime | None]  # since when it waits for the patient
    charted_at: Mapped[datetime | None]  # copied to the practice's records
    charted_by: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    split_from: Mapped[str | None] = mapped_column(String(ID_LENGTH))  # the case its first text came from
    version: Mapped[int] = mapped_column(Integer, default=0)
    # what lists that refresh themselves look at: every change of the row moves it
    changed_at: Mapped[datetime] = mapped_column(default=clock.now, onupdate=clock.now, index=True)

    def raise_urgency(self, urgency: Urgency) -> bool:
        """Take over a higher urgency; True if it rose. A case's urgency never falls by itself."""
        if urgency.rank <= self.urgency_rank:
            return False
        self.urgency, self.urgency_rank = urgency, urgency.rank
        return True

    def as_json(self, message_sids: list[str]) -> dict[str, Any]:
        """The contract of `smsbot cases --json`: ids and states, no health text."""
        return {
            "id": self.id,
            "code": self.code,
            "state": self.state,
            "urgency": self.urgency,
            "intents": self.intents,
            "flags": self.flags,
            "team": self.team,
            "owner_id": self.owner_id,
            "message_sids": message_sids,
            "opened_at": self.opened_at.isoformat(),
            "look_by": self.look_by.isoformat() if self.look_by else None,
        }
