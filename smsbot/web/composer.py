"""What the reply composer shows: queries in, plain view objects out."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from smsbot import clock, patients
from smsbot.correspondence import saved as saved_replies
from smsbot.correspondence import writing
from smsbot.correspondence.cautions import (
    ADVISED_SEGMENTS,
    Length,
    measure,
    medications_named,
    other_language,
)
from smsbot.correspondence.drafts import draft_of
from smsbot.correspondence.saved import Filled
from smsbot.correspondence.writing import UNDO
from smsbot.desk.resolving import OUTCOMES
from smsbot.domain import Urgency
from smsbot.models import Case, CaseState, Contact, Dispatch, Message, SavedReply, Staff, new_id
from smsbot.roles import may_resolve_emergency
from smsbot.web.case_people import language_name
from smsbot.wiring import Wiring

_NOTHING = "0" * 32  # sorts before every id


@dataclass(frozen=True)
class Counted:
    """The length of a draft, and what its writer should know about it."""

    length: Length
    cautions: tuple[str, ...]


@dataclass(frozen=True)
class SavedWords:
    """A saved reply, filled in for this case."""

    saved: SavedReply
    filled: Filled
    language: str  # its name in English


@dataclass(frozen=True)
class Leaving:
    """A reply of this person that can still be taken back."""

    dispatch_id: str
    words: str
    leaves_at: datetime
    seconds: int


@dataclass(frozen=True)
class Composer:
    """Everything that the reply form shows."""

    code: str
    number: str
    barred: str | None
    care: str | None
    words: str
    once: str
    seen: str
    counted: Counted
    saved: tuple[SavedWords, ...]
    leaving: tuple[Leaving, ...]
    is_open: bool
    is_emergency: bool
    outcomes: tuple[tuple[str, str], ...]  # with which this person may resolve the emergency
    undo_seconds: int = int(UNDO.total_seconds())
    longest: int = writing.LONGEST


def read_composer(
    session: Session,
    parts: Wiring,
    case: Case,
    staff: Staff,
    words: str | None = None,
    seen: str | None = None,
) -> Composer:
    """The form for this case and person. `words`: what they have written; else the draft they had begun.

    `seen`: the id of the newest text that their page shows, where that was read before.
    """
    is_emergency = case.urgency == Urgency.EMERGENCY
    contact = session.get_one(Contact, case.contact_id)
    behind = patients.behind(session, contact.number_index)
    language = language_of(session, contact)
    draft = words if words is not None else draft_of(session, case.id, staff.id) or ""
    return Composer(
        code=case.code,
        number=contact.number,
        barred=writing.why_not(contact),
        care=writing.warning(contact),
        words=draft,
        once=new_id(),
        seen=seen or _newest(session, case) or _NOTHING,
        counted=count(draft, language),
        saved=_saved(session, parts, language, behind, staff.name),
        leaving=tuple(_leaving(one) for one in writing.still_here(session, case.id, staff.id)),
        is_open=case.state != CaseState.RESOLVED,
        is_emergency=is_emergency,
        outcomes=tuple(OUTCOMES.items()) if is_emergency and may_resolve_emergency(staff.role) else (),
    )


def _newest(session: Session, case: Case) -> str | None:
    return session.scalar(select(func.max(Message.id)).where(Message.case_id == case.id))


def language_of(session: Session, contact: Contact) -> str | None:
    """The contact's language: as staff set it, as their texts show, as the list of patients says."""
    on_file = patients.language_of(patients.behind(session, contact.number_index))
    return contact.set_language or contact.language or on_file


def count(words: str, language: str | None) -> Counted:
    """The length of these words and what to mind, for a contact of this language."""
    length, cautions = measure(words), []
    if written := other_language(words, language):
        is_in = "in another language" if written == "other" else f"in {language_name(written)}"
        cautions.append(f"This reads as written {is_in}. The patient writes {language_name(language or '')}.")
    if named := medications_named(words):
        cautions.append(
            f"Names a medication ({', '.join(named)}). Texts are not private: say “your medication” or call."
        )
    if blanks := saved_replies.blanks_left(words):
        cautions.append(f"Still to fill in: {', '.join(blanks)}.")
    if length.segments > ADVISED_SEGMENTS:
        cautions.append(f"Long for a text: {length.segments} segments. Shorter ones are read and arrive.")
    return Counted(length, tuple(cautions))


def fill_saved(session: Session, parts: Wiring, case: Case, staff: Staff, saved: SavedReply) -> Filled:
    """One saved reply, filled in for this case and person."""
    contact = session.get_one(Contact, case.contact_id)
    behind = patients.behind(session, contact.number_index)
    values = saved_replies.values_at(
        clock.now(), parts.clinic, parts.wording, saved.language, behind, staff.name
    )
    return saved_replies.fill(saved.body, values)


def _saved(
    session: Session, parts: Wiring, language: str | None, behind: list[patients.Behind], staff_name: str
) -> tuple[SavedWords, ...]:
    order = tuple(dict.fromkeys((*((language,) if language else ()), *parts.clinic.languages)))
    found = saved_replies.list_saved(session, order)
    values = {
        name: saved_replies.values_at(clock.now(), parts.clinic, parts.wording, name, behind, staff_name)
        for name in {one.language for one in found}
    }
    return tuple(
        SavedWords(one, saved_replies.fill(one.body, values[one.language]), language_name(one.language))
        for one in found
    )


def _leaving(dispatch: Dispatch) -> Leaving:
    seconds = (dispatch.due_at - clock.now()).total_seconds()
    return Leaving(dispatch.id, dispatch.body, dispatch.due_at, max(1, round(seconds)))
