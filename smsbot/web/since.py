"""What has changed in a case since a screen showed it."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot.models import Case, CaseState, Message, Staff


@dataclass(frozen=True, slots=True)
class Shown:
    """What the screen shows: the id of the newest message, the owner's id ("" for none), the state."""

    seen: str
    owner_id: str
    state: str


@dataclass(frozen=True, slots=True)
class Since:
    """What the person in front of it should know before they write."""

    texts: int  # of the patient, not shown yet
    replied: tuple[str, ...]  # names of others who wrote to the patient
    is_answered: bool  # an automatic reply left
    took: str | None  # the name of whoever has it now
    is_free: bool  # it was somebody's and is nobody's any more
    resolved: bool
    reopened: bool

    @property
    def is_anything(self) -> bool:
        """Whether the screen is behind."""
        return bool(
            self.texts
            or self.replied
            or self.is_answered
            or self.took
            or self.is_free
            or self.resolved
            or self.reopened
        )


def read_since(session: Session, case: Case, shown: Shown, staff_id: str) -> Since:
    """What is new for this person, who does not have to be told what they did themselves."""
    query = select(Message.author).where(Message.case_id == case.id, Message.id > shown.seen)
    authors = list(session.scalars(query))
    people = dict.fromkeys(one for one in authors if one not in ("patient", "bot", staff_id))
    has_moved = (case.owner_id or "") != shown.owner_id and case.owner_id != staff_id
    is_over = case.state == CaseState.RESOLVED
    return Since(
        texts=authors.count("patient"),
        replied=tuple(name for one in people if (name := _name(session, one))),
        is_answered="bot" in authors,
        took=_name(session, case.owner_id) if has_moved and case.owner_id and not is_over else None,
        is_free=has_moved and not case.owner_id and not is_over,
        resolved=is_over and shown.state != CaseState.RESOLVED,
        reopened=not is_over and shown.state == CaseState.RESOLVED,
    )


def _name(session: Session, staff_id: str) -> str | None:
    person = session.get(Staff, staff_id)
    return person.name if person else None
