"""Finds the staff that a calendar names, by e-mail address or exact name. One unknown stops it all."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot.models import Staff
from smsbot.shifts.calendar import Listed
from smsbot.shifts.changes import Planned
from smsbot.shifts.errors import ShiftError


def plan(session: Session, listed: Iterable[Listed]) -> list[Planned]:
    """The shifts to write, each once. Raises ShiftError with a line for everybody who is not found."""
    everybody = list(session.scalars(select(Staff).order_by(Staff.id)))
    listed = list(listed)
    found, errors = {}, []
    for written in sorted({written for event in listed for written in event.people}):
        people = [person for person in everybody if _is_named(person, written)]
        enabled = [person for person in people if person.disabled_at is None]
        if len(enabled) == 1:
            found[written] = enabled[0].id
        else:
            errors.append(_error(written, people, enabled))
    if errors:
        raise ShiftError("\n".join([*errors, "Nothing was imported."]))
    return sorted(
        {(found[written], event.starts_at, event.ends_at) for event in listed for written in event.people}
    )


def _is_named(person: Staff, written: str) -> bool:
    return bool(person.email.casefold() == written.casefold() or person.name == written)


def _error(written: str, people: Sequence[Staff], enabled: Sequence[Staff]) -> str:
    shown = repr(written[:80])  # a title may hold what a terminal would obey
    if enabled:
        return f"{shown} is the name of several people: write their e-mail addresses."
    if people:
        return f"{shown} is disabled and would not be told."
    return f"{shown} is nobody here: write an address or a name as in `smsbot staff list`."
