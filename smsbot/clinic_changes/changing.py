"""Writes a change down, once it is known to be one that can hold."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.orm import Session

from smsbot import audit, clock
from smsbot.clinic import ChangeError, Clinic
from smsbot.clinic.amending import amend, check_value
from smsbot.clinic_changes.reading import newest, of_wording, values_of
from smsbot.clinic_changes.wording import check_sentence, is_crisis, tidy
from smsbot.models import ClinicChange, new_id
from smsbot.replies import Wording

_NAMES = ("hours", "closed_days", "closed_until", "replies")
_LONGEST_NOTE = 500
_SHORTEST_NAME = 3


@dataclass(frozen=True, slots=True)
class Files:
    """The profile and the wording as their files have them: what a change goes over."""

    clinic: Clinic
    wording: Wording


def change(
    session: Session,
    files: Files,
    staff_id: str,
    name: str,
    value: Any,
    note: str = "",
    *,
    director: str = "",
) -> ClinicChange | None:
    """Write down that `name` is `value` from now on (None: as in the file again); None if it is already.

    In the caller's writing transaction; call Living.refresh() once it is committed. `director`: the medical
    director, named by whoever changes crisis words. Raises ChangeError, with what to do.
    """
    rows = newest(session)
    held = rows.get(name)
    if name.startswith("wording."):
        value = None if value is None else tidy(str(value))
    if (held.value if held else None) == value:
        return None
    if len(note) > _LONGEST_NOTE:
        raise ChangeError(f"The note is longer than {_LONGEST_NOTE} characters. Shorten it.")
    _check(files, values_of(rows), name, value, director.strip())
    # never at the time of the one before, nor earlier: the newest is the one that holds
    at = clock.now() if held is None else max(clock.now(), held.at + timedelta(microseconds=1))
    row = ClinicChange(id=new_id(), at=at, staff_id=staff_id, name=name, value=value, note=note or None)
    session.add(row)
    audit.record(
        session,
        "clinic_changed",
        staff_id=staff_id,
        note=f"Medical director: {director.strip()}" if director.strip() else None,
        name=name,
        change_id=row.id,
        to="file" if value is None else "screen",
    )
    return row


def _check(files: Files, values: dict[str, Any], name: str, value: Any, director: str) -> None:
    if name.startswith("wording."):
        language, _, key = name.removeprefix("wording.").partition(".")
        if is_crisis(key) and len(director) < _SHORTEST_NAME:
            raise ChangeError("These are words for somebody in danger. Type the medical director's name.")
        check_sentence(files.wording, of_wording(values), language, key, value)
        return
    if name not in _NAMES:
        raise ChangeError("There is nothing of that name to change.")
    if value is not None:
        check_value(files.clinic, name, value, clock.now())
    amend(files.clinic, {**values, name: value})
