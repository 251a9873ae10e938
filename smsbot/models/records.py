"""What the system writes down about itself."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from smsbot.models.base import ID_LENGTH, Base, Sealed, primary_key, sealed_column


class Event(Base):
    """A line of the append-only audit log. `details` holds ids and states; a note of staff is sealed."""

    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_case_id_at", "case_id", "at"),
        Index("ix_events_kind_at", "kind", "at"),
        Index("ix_events_at", "at"),
    )

    id: Mapped[str] = primary_key()
    at: Mapped[datetime]
    kind: Mapped[str] = mapped_column(String(40))
    case_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    staff_id: Mapped[str | None] = mapped_column(String(ID_LENGTH))
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    note_sealed: Mapped[bytes | None] = sealed_column("note", nullable=True)
    note = Sealed()


class Refusal(Base):
    """A webhook we refused: when, why, how large. Nothing of its content."""

    __tablename__ = "refusals"

    id: Mapped[str] = primary_key()
    at: Mapped[datetime] = mapped_column(index=True)
    status: Mapped[int] = mapped_column(Integer)
    reason: Mapped[str] = mapped_column(String(40))
    size: Mapped[int] = mapped_column(Integer)


class KeyInUse(Base):
    """The id of an encryption key under which rows were sealed."""

    __tablename__ = "keys_in_use"

    key_id: Mapped[str] = mapped_column(String(16), primary_key=True)
    first_used_at: Mapped[datetime]


class Stamp(Base):
    """A fact fixed for this home, such as its mode."""

    __tablename__ = "stamps"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(String(200))


class Beat(Base):
    """When a part last finished a round. The web process reads here that the sweep is alive."""

    __tablename__ = "beats"

    part: Mapped[str] = mapped_column(String(40), primary_key=True)
    at: Mapped[datetime]


class Protocol(Base):
    """A protocol that triage has used: what its rule files say, and who signed it off, and when."""

    __tablename__ = "protocols"

    checksum: Mapped[str] = mapped_column(String(64), primary_key=True)
    content: Mapped[str] = mapped_column(Text)  # the rule files as JSON: [[name, table], ...]
    is_edited: Mapped[bool]  # holds rules of the clinic's own
    first_used_at: Mapped[datetime]
    signed_by: Mapped[str | None] = mapped_column(String(120))
    signed_at: Mapped[datetime | None]
