"""What people at the screens leave behind: drafts, who looks at what, tasks, corrections, saved replies."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from smsbot.models.base import ID_LENGTH, Base, Sealed, primary_key, sealed_column


class Viewing(Base):
    """A person has a case on the screen, seen last at `seen_at`; `is_writing`: and writes a reply."""

    __tablename__ = "viewings"
    __table_args__ = (Index("uq_viewings_case_id_staff_id", "case_id", "staff_id", unique=True),)

    id: Mapped[str] = primary_key()
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"))
    staff_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("staff.id"))
    is_writing: Mapped[bool] = mapped_column(default=False)
    seen_at: Mapped[datetime]


class Draft(Base):
    """A reply that somebody has begun and not sent."""

    __tablename__ = "drafts"
    __table_args__ = (Index("uq_drafts_case_id_staff_id", "case_id", "staff_id", unique=True),)

    id: Mapped[str] = primary_key()
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"))
    staff_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("staff.id"))
    body_sealed: Mapped[bytes] = sealed_column("body")
    body = Sealed()
    updated_at: Mapped[datetime]


class Task(Base):
    """Something for a team that a case of another team also asks for, without the clinical text.

    `kind` is `book_visit`; `wish` the times asked for, as JSON.
    """

    __tablename__ = "tasks"
    __table_args__ = (
        Index("uq_tasks_case_id_kind", "case_id", "kind", unique=True),
        Index("ix_tasks_done_at_team", "done_at", "team"),
    )

    id: Mapped[str] = primary_key()
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"))
    kind: Mapped[str] = mapped_column(String(24))
    team: Mapped[str] = mapped_column(String(40))
    wish_sealed: Mapped[bytes] = sealed_column("wish")
    wish = Sealed()
    created_at: Mapped[datetime]
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("staff.id"))


class Correction(Base):
    """What a person says a text should have been read as; the newest of a message counts."""

    __tablename__ = "corrections"
    __table_args__ = (Index("ix_corrections_message_id_at", "message_id", "at"),)

    id: Mapped[str] = primary_key()
    message_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("messages.id"))
    case_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("cases.id"))
    staff_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("staff.id"))
    at: Mapped[datetime] = mapped_column(index=True)
    urgency: Mapped[str] = mapped_column(String(16))
    intents: Mapped[list[str]] = mapped_column(JSON)
    flags: Mapped[list[str]] = mapped_column(JSON)
    was: Mapped[dict[str, Any]] = mapped_column(JSON)  # urgency, intents, flags, engine as the system read it


class SavedReply(Base):
    """A text that staff send often, with placeholders; one row for each language. No patient's words."""

    __tablename__ = "saved_replies"

    id: Mapped[str] = primary_key()
    name: Mapped[str] = mapped_column(String(80))
    language: Mapped[str] = mapped_column(String(8))
    body: Mapped[str] = mapped_column(Text)
    position: Mapped[int] = mapped_column(Integer, default=0)
    updated_at: Mapped[datetime]
    updated_by: Mapped[str | None] = mapped_column(String(ID_LENGTH), ForeignKey("staff.id"))
    removed_at: Mapped[datetime | None]


class ClinicChange(Base):
    """A change of the clinic profile made on a screen; the newest of each name holds, beside clinic.toml.

    `value` None: back to what clinic.toml says.
    """

    __tablename__ = "clinic_changes"
    __table_args__ = (Index("ix_clinic_changes_name_at", "name", "at"),)

    id: Mapped[str] = primary_key()
    at: Mapped[datetime]
    staff_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("staff.id"))
    name: Mapped[str] = mapped_column(String(80))
    value: Mapped[Any] = mapped_column(JSON, nullable=True)
    note: Mapped[str | None] = mapped_column(String(500))
