"""What must leave the system, and what became of it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from smsbot.models.base import ID_LENGTH, Base, Sealed, primary_key, sealed_column


class AlertState(StrEnum):
    """Where an alert stands on its ladder."""

    CLIMBING = "climbing"  # the next step is due at next_at
    TAKEN = "taken"  # a person has it; with next_at, only until then
    ENDED = "ended"


class Alert(Base):
    """ "Someone must look at this case now." One case has at most one that is climbing.

    `step` counts the steps done. `reason` is why it began, `to_owner` whether the case's owner is told first.
    """

    __tablename__ = "alerts"

    id: Mapped[str] = primary_key()
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    state: Mapped[str] = mapped_column(String(16), default=AlertState.CLIMBING)
    urgency: Mapped[str] = mapped_column(String(16))
    step: Mapped[int] = mapped_column(Integer, default=0)
    next_at: Mapped[datetime | None] = mapped_column(index=True)
    reason: Mapped[str] = mapped_column(String(40), default="")
    to_owner: Mapped[bool] = mapped_column(default=False)
    passed_by: Mapped[list[str]] = mapped_column(JSON, default=list)  # staff who passed it on
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    def as_json(self) -> dict[str, Any]:
        """The contract of `smsbot alerts --json`."""
        return {
            "id": self.id,
            "case_id": self.case_id,
            "state": self.state,
            "step": self.step,
            "next_at": self.next_at.isoformat() if self.next_at else None,
        }


class DispatchState(StrEnum):
    """The fate of a dispatch. Receipts move it forward, never back."""

    PENDING = "pending"  # to be sent at due_at
    SENDING = "sending"  # claimed: leased until lease_until
    UNKNOWN = "unknown"  # may have left: ask the provider's list before sending again
    SENT = "sent"  # the provider accepted it
    DELIVERED = "delivered"
    FAILED = "failed"  # for good
    CANCELLED = "cancelled"  # no longer wanted before it left


class Dispatch(Base):
    """One thing that must leave the system: the outbox row.

    `owed` says what for whom at which step, and is unique: nothing is owed twice. `token` is that of the
    claim under way; every write after a claim carries it, so that a claim that was overtaken changes nothing.
    """

    __tablename__ = "dispatches"
    __table_args__ = (
        Index("ix_dispatches_state_urgency_rank_due_at", "state", "urgency_rank", "due_at"),
        Index("ix_dispatches_message_id", "message_id"),
        Index("ix_dispatches_created_at", "created_at"),
    )

    id: Mapped[str] = primary_key()
    owed: Mapped[str] = mapped_column(String(160), unique=True)
    purpose: Mapped[str] = mapped_column(String(24))  # reply, alert, notice (to staff, of no case's ladder)
    route: Mapped[str] = mapped_column(String(16))  # twiml, rest (patient); sms, call, email, push (staff)
    case_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"), index=True)
    alert_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("alerts.id"))
    message_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("messages.id"))
    staff_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("staff.id"))
    contact_id: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("contacts.id"))
    recipient_sealed: Mapped[bytes] = sealed_column("recipient")
    recipient = Sealed()
    body_sealed: Mapped[bytes] = sealed_column("body")
    body = Sealed()
    urgency_rank: Mapped[int] = mapped_column(Integer)
    state: Mapped[str] = mapped_column(String(16), default=DispatchState.PENDING)
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    is_doubtful: Mapped[bool] = mapped_column(default=False)  # an earlier claim may have sent it
    look_ups: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime]
    lease_until: Mapped[datetime | None]
    token: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    first_tried_at: Mapped[datetime | None]
    provider_id: Mapped[str | None] = mapped_column(String(64), unique=True)
    provider_status: Mapped[str | None] = mapped_column(String(24))
    error: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    sent_at: Mapped[datetime | None]
    asked_at: Mapped[datetime | None]  # when the provider was last asked what became of it

    def as_json(self) -> dict[str, Any]:
        """The contract of `smsbot dispatches --json`: no recipient, no words."""
        return {
            "id": self.id,
            "case_id": self.case_id,
            "purpose": self.purpose,
            "route": self.route,
            "state": self.state,
            "attempts": self.attempts,
            "due_at": self.due_at.isoformat(),
            "provider_id": self.provider_id,
            "error": self.error,
        }


class Receipt(Base):
    """One status callback, as it came: keyed by provider id and status, for they come doubled."""

    __tablename__ = "receipts"
    __table_args__ = (Index("uq_receipts_provider_id_status", "provider_id", "status", unique=True),)

    id: Mapped[str] = primary_key()
    provider_id: Mapped[str] = mapped_column(String(64))
    dispatch_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    status: Mapped[str] = mapped_column(String(24))
    error_code: Mapped[str | None] = mapped_column(String(16))
    received_at: Mapped[datetime]
