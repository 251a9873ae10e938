"""The earlier cases of a contact, and how a case ended."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot.desk.resolving import OUTCOMES, REASONS
from smsbot.models import Case, CaseState

_MOST = 8

_ENDINGS = {str(name): words for table in (REASONS, OUTCOMES) for name, words in table.items()}


@dataclass(frozen=True)
class Before:
    """An earlier, or another open, case of the same contact."""

    case: Case
    ending: str


def cases_before(
    session: Session, case: Case, names: dict[str, str], teams: Collection[str] | None
) -> tuple[Before, ...]:
    """The newest other cases of this contact, of these teams (None: of all)."""
    query = select(Case).where(Case.contact_id == case.contact_id, Case.id != case.id)
    if teams is not None:
        query = query.where(Case.team.in_(teams))
    found = session.scalars(query.order_by(Case.opened_at.desc()).limit(_MOST))
    return tuple(Before(one, ending(one, names)) for one in found)


def ending(case: Case, names: dict[str, str]) -> str:
    """How a case ended, and by whom: "resolved by Ana: reached"."""
    if case.state != CaseState.RESOLVED:
        return "still open"
    who = names.get(case.resolved_by or "")
    words = f"resolved by {who}" if who else "resolved"
    return f"{words}: {how.lower()}" if (how := how_ended(case)) else words


def how_ended(case: Case) -> str:
    """The reason or outcome in words; "" where none was given."""
    chosen = case.resolution or ""
    return _ENDINGS.get(chosen, chosen.replace("_", " "))
