"""Pictures, voice memos and other files that came with a text."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from smsbot.models.base import ID_LENGTH, Base, Sealed, primary_key, sealed_column


class AttachmentState(StrEnum):
    """Where an attachment stands."""

    WAITING = "waiting"  # to be fetched at due_at
    KEPT = "kept"
    REFUSED = "refused"  # too large, or gone at the provider: `problem` says why


class Attachment(Base):
    """One attachment of an MMS. `content` is base64, sealed; it is removed at the provider after a while."""

    __tablename__ = "attachments"
    __table_args__ = (
        Index("uq_attachments_message_id_position", "message_id", "position", unique=True),
        Index("ix_attachments_state_due_at", "state", "due_at"),
    )

    id: Mapped[str] = primary_key()
    message_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("messages.id"))
    position: Mapped[int] = mapped_column(Integer)  # the provider's index: 0 is the first
    content_type: Mapped[str] = mapped_column(String(120))  # as announced, then as delivered
    state: Mapped[str] = mapped_column(String(16), default=AttachmentState.WAITING)
    content_sealed: Mapped[bytes | None] = sealed_column("content", nullable=True)
    content = Sealed()
    size: Mapped[int | None] = mapped_column(Integer)  # bytes
    problem: Mapped[str | None] = mapped_column(String(80))
    attempts: Mapped[int] = mapped_column(Integer, default=0)
    due_at: Mapped[datetime]
    fetched_at: Mapped[datetime | None]
    removed_at: Mapped[datetime | None]  # when it was deleted at the provider
