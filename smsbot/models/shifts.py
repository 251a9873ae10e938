"""Who is on call when: the weekly rota, and what overrides it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from smsbot.models.base import ID_LENGTH, Base, primary_key


class Duty(StrEnum):
    """What someone does in a shift."""

    ON_CALL = "on_call"  # told first
    BACKUP = "backup"  # told when the one on call does not answer


class Rota(Base):
    """A shift that comes back every week, in the clinic's wall time.

    `ends` at or before `starts` is on the next day; equal ones are a whole day.
    """

    __tablename__ = "rota"

    id: Mapped[str] = primary_key()
    staff_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("staff.id"))
    duty: Mapped[str] = mapped_column(String(16))
    weekday: Mapped[int] = mapped_column(Integer)  # of its start: Monday is 0
    starts: Mapped[str] = mapped_column(String(5))  # HH:MM
    ends: Mapped[str] = mapped_column(String(5))


class Shift(Base):
    """One shift from when to when: a swap or an import. For its duty and time it replaces the rota."""

    __tablename__ = "shifts"

    id: Mapped[str] = primary_key()
    staff_id: Mapped[str] = mapped_column(String(ID_LENGTH), ForeignKey("staff.id"))
    duty: Mapped[str] = mapped_column(String(16))
    starts_at: Mapped[datetime] = mapped_column(index=True)
    ends_at: Mapped[datetime] = mapped_column(index=True)
    source: Mapped[str] = mapped_column(String(16))  # swap, calendar
    created_at: Mapped[datetime]
