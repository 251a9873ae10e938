"""What was changed, by whom, and what of it holds."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from smsbot.db import Database
from smsbot.models import ClinicChange, Staff

_MOST_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Past:
    """One change as a history shows it."""

    id: str
    at: datetime
    who: str
    name: str
    value: Any
    note: str | None
    holds: bool  # the newest of its name


_MARKER = select(func.count(ClinicChange.id), func.max(ClinicChange.id))


def marker(db: Database) -> tuple[int, str | None]:
    """Changes with every change that is committed: rows are only ever added. One look at an index.

    A bare connection: a session costs more than the query.
    """
    with db.engine.connect() as connection:
        count, last = connection.execute(_MARKER).one()
        return count, last


def newest(session: Session, name: str | None = None) -> dict[str, ClinicChange]:
    """The row that holds for each name, or for this one; also those that went back to the file."""
    query = select(ClinicChange).order_by(ClinicChange.at, ClinicChange.id)
    if name is not None:
        query = query.where(ClinicChange.name == name)
    return {row.name: row for row in session.scalars(query)}


def values_of(rows: dict[str, ClinicChange]) -> dict[str, Any]:
    """The values that hold, without what is as in the file."""
    return {name: row.value for name, row in rows.items() if row.value is not None}


def of_wording(values: dict[str, Any]) -> dict[tuple[str, str], str]:
    """Of those values the sentences, by language and key."""
    found = {}
    for name, value in values.items():
        head, _, rest = name.partition(".")
        language, _, key = rest.partition(".")
        if head == "wording" and key and isinstance(value, str):
            found[language, key] = value
    return found


def history(session: Session, *names: str, prefix: str | None = None) -> list[Past]:
    """The last changes of these names, or of all that begin with `prefix`, newest first."""
    query = select(ClinicChange, Staff).join(Staff, Staff.id == ClinicChange.staff_id)
    wanted = ClinicChange.name.startswith(prefix) if prefix else ClinicChange.name.in_(names)
    query = query.where(wanted).order_by(ClinicChange.at.desc(), ClinicChange.id.desc()).limit(_MOST_SHOWN)
    seen: set[str] = set()
    lines = []
    for row, staff in session.execute(query):
        holds = row.name not in seen
        seen.add(row.name)
        lines.append(Past(row.id, row.at, staff.name, row.name, row.value, row.note, holds))
    return lines
