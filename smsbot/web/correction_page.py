"""What the form for a correction shows: the text, what counts for it now, and all there is to choose."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from smsbot import roles
from smsbot.desk.correcting import WHO_MAY
from smsbot.desk.reading import Reading, readings_of
from smsbot.domain import EMERGENCY_FLAGS, Flag, Intent, Urgency
from smsbot.models import Case, CaseState, Message, Staff
from smsbot.web.pages import plain

_URGENCIES = {
    Urgency.EMERGENCY: "Emergency: a person must look now",
    Urgency.URGENT: "Urgent: a person must look soon",
    Urgency.ROUTINE: "Routine: by the next working day",
    Urgency.NONE: "None: nobody need look",
}


@dataclass(frozen=True, slots=True)
class Chosen:
    """What was chosen in the form."""

    urgency: str
    intents: tuple[str, ...]
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing to choose."""

    value: str
    words: str
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class CorrectionPage:
    """Everything the form shows. `corrector`: who corrected the text last."""

    case: Case
    message: Message
    urgencies: tuple[Choice, ...]
    dangers: tuple[Choice, ...]
    pressing: tuple[Choice, ...]
    intents: tuple[Choice, ...]
    corrector: str | None
    is_resolved: bool
    may_lower: bool
    who_may: str
    can_split: bool


def read_correction(
    session: Session, case: Case, message_id: str, role: str, chosen: Chosen | None = None
) -> CorrectionPage | None:
    """The form for this text; None if it is not among the patient's texts of the case."""
    readings = readings_of(session, case)
    found = next((one for one in readings if one.message.id == message_id), None)
    if found is None:
        return None
    now = chosen or Chosen(found.urgency, found.intents, found.flags)
    author = session.get(Staff, found.correction.staff_id) if found.correction else None
    return CorrectionPage(
        case=case,
        message=found.message,
        urgencies=tuple(Choice(one, words, one == now.urgency) for one, words in _URGENCIES.items()),
        dangers=_flags([flag for flag in Flag if flag in EMERGENCY_FLAGS], now),
        pressing=_flags([flag for flag in Flag if flag not in EMERGENCY_FLAGS], now),
        intents=_intents(now),
        corrector=author.name if author else None,
        is_resolved=case.state == CaseState.RESOLVED,
        may_lower=_may_lower(found, role),
        who_may=WHO_MAY,
        can_split=len(readings) > 1 and case.state != CaseState.RESOLVED,
    )


def _flags(flags: list[Flag], now: Chosen) -> tuple[Choice, ...]:
    return tuple(Choice(one, _sentence(plain(one)), one in now.flags) for one in flags)


def _intents(now: Chosen) -> tuple[Choice, ...]:
    """All but "crisis", which every emergency is and nothing else."""
    wants = (one for one in Intent if one is not Intent.CRISIS)
    return tuple(Choice(one, _sentence(plain(one)), one in now.intents) for one in wants)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def _may_lower(found: Reading, role: str) -> bool:
    return found.urgency is not Urgency.EMERGENCY or roles.may_resolve_emergency(role)
