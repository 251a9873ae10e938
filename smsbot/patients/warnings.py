"""What staff have to mind before they answer a number. No names in it: alerts may carry it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from smsbot.patients.behind import Behind, is_minor

SEVERAL = "Several patients use this number: ask who is writing before you say anything."
_WHOSE = {
    "parent": "a parent's phone",
    "guardian": "a guardian's phone",
    "partner": "a partner's phone",
    "other": "somebody else's phone",
}


def warnings(behind: Sequence[Behind], now: datetime) -> tuple[str, ...]:
    """Plain English notes on answering this number; give `now` in the clinic's zone. Pure."""
    several = len(behind) > 1
    notes = [SEVERAL] if several else []
    for one in behind:
        notes += [_told_apart(note, several) for note in _of(one, is_minor(one.patient, now))]
    return tuple(dict.fromkeys(notes))


def _of(one: Behind, minor: bool) -> list[str]:
    notes = []
    if one.relation != "self":
        whose = _WHOSE.get(one.relation, _WHOSE["other"])
        patient = "a minor" if minor else "the patient"
        notes.append(f"This is {whose}: do not repeat here what {patient} wrote from another phone.")
    elif minor:
        notes.append("A minor: what they write here never goes to a parent's phone. Ask before you call one.")
    if one.may_be_told == "appointments":
        notes.append("This phone may be told appointments only.")
    elif one.may_be_told != "everything":
        notes.append("This phone may be told nothing about the patient.")
    return notes


def _told_apart(note: str, several: bool) -> str:
    """With several patients on a phone each note holds for one of them alone."""
    return f"For one of them: {note[0].lower()}{note[1:]}" if several else note
