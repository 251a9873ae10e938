"""What a staff member writes to a patient: kept with the case, owed like everything that must leave.

A reply of a person leaves UNDO after it was sent off, so that it can be taken back until then.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import func, or_, select, update
from sqlalchemy.orm import Session

from smsbot import audit, clock, escalation
from smsbot.correspondence.saved import blanks_left
from smsbot.domain import Consent, SenderKind, Silence
from smsbot.escalation.handing import reopen
from smsbot.models import Case, CaseState, Contact, Dispatch, DispatchState, Event, Message
from smsbot.owed_texts import owe_text
from smsbot.replies import to_gsm

Take = Callable[[Session, Case, str], None]

LONGEST = 1000  # characters; the provider takes 1,600 and advises far fewer
UNDO = timedelta(seconds=10)
_ACTS = ("replied", "note", "patient_called")  # what follows from having taken a case
_UNDONE = "reply_undone"


class CannotText(Exception):
    """The contact cannot be texted, or the words cannot be sent; the text says why and what to do."""


def why_not(contact: Contact) -> str | None:
    """Why staff cannot text this contact; None when they can."""
    if contact.kind != SenderKind.PHONE:
        return "This sender is no ordinary phone: it cannot be texted."
    if contact.consent == Consent.OPTED_OUT:
        return "Has opted out of our texts: call. Texts can leave again when they text START."
    return None


_WARNINGS = {
    Silence.PRIVATE: "Others read this phone: think before you write, better call.",
    Silence.WRONG_NUMBER: (
        "Says this is the wrong number: check it before you write anything about a patient."
    ),
    Silence.ROBOT: "This number answers every text by itself: a person may never read yours. Better call.",
}


def warning(contact: Contact) -> str | None:
    """What staff should know before they text this contact."""
    return _WARNINGS.get(Silence(contact.silence)) if contact.silence else None


def write_to_patient(
    session: Session,
    case: Case,
    staff_id: str,
    words: str,
    take: Take | None = None,
    *,
    once: str | None = None,
    delay: timedelta = timedelta(0),
) -> Dispatch:
    """Owe the patient these words, by this staff member. The caller commits, kicks, and has locked the case.

    `take` takes a case that nobody has, once the words are written. `once` names this sending: the same
    again gives the first dispatch and does nothing more, unless that was taken back. Raises CannotText; then
    nothing is owed.
    """
    known = sent_before(session, case, staff_id, once)
    if known is not None:
        return known
    owed = _owed(case, staff_id, once)
    contact = session.get_one(Contact, case.contact_id)
    words = to_gsm(words).strip()
    if problem := why_not(contact) or _why_not_these(words):
        raise CannotText(problem)
    dispatch = owe_text(session, case, contact, words, author=staff_id, owed=owed, delay=delay)
    if take is not None and case.state == CaseState.OPEN:
        session.flush()
        take(session, case, staff_id)
    if case.state != CaseState.RESOLVED:
        escalation.note_acted(session, case, staff_id, "replied")
    return dispatch


def sent_before(session: Session, case: Case, staff_id: str, once: str | None) -> Dispatch | None:
    """The dispatch of this very sending, if it came before: a double click, a page sent again."""
    query = select(Dispatch).where(Dispatch.owed == _owed(case, staff_id, once))
    return session.scalars(query).one_or_none() if once else None


def _owed(case: Case, staff_id: str, once: str | None) -> str | None:
    return f"text:{case.id}:{staff_id}:{once}" if once else None


def _why_not_these(words: str) -> str | None:
    if not words:
        return "There is nothing to send: write something first."
    if len(words) > LONGEST:
        return f"Too long for a text: {len(words)} characters, {LONGEST} at most."
    if blanks := blanks_left(words):
        return f"There is still a blank to fill: {', '.join(blanks)}. Write over it."
    return None


def arrived_since(session: Session, case: Case, staff_id: str, seen: str) -> list[Message]:
    """What this person has not seen: texts of the patient, and replies of others, written after `seen`.

    `seen` is the id of the newest message on their page: ids sort by the time of writing.
    """
    is_news = or_(Message.direction == "in", Message.author.not_in(("bot", staff_id)))
    query = select(Message).where(Message.case_id == case.id, Message.id > seen, is_news)
    return list(session.scalars(query.order_by(Message.id)))


def still_here(session: Session, case_id: str, staff_id: str) -> list[Dispatch]:
    """Replies of this person that have not left yet and can be taken back, oldest first."""
    query = (
        select(Dispatch)
        .join(Message, Message.id == Dispatch.message_id)
        .where(Dispatch.case_id == case_id, Message.author == staff_id, *_IS_STILL_HERE)
    )
    # what is overdue may be leaving at this very moment: nobody is offered what may fail
    return list(session.scalars(query.where(Dispatch.due_at > clock.now()).order_by(Dispatch.id)))


_IS_STILL_HERE = (
    Dispatch.purpose == "reply",
    Dispatch.state == DispatchState.PENDING,
    Dispatch.attempts == 0,
)


def take_back(
    session: Session, case: Case, dispatch_id: str, staff_id: str, ladder: escalation.Ladder
) -> str | None:
    """Cancel a reply that has not left; its words, or None when it is too late. The case is locked.

    The text leaves the thread, for nobody ever got it; the outbox's row and the audit log keep it. Having
    written counted as acting on the case: the person has it again as if just taken, and must act in time. A
    case that was resolved with it is open again.
    """
    author = select(Message.author).where(Message.id == Dispatch.message_id).scalar_subquery()
    cancelled = session.execute(
        update(Dispatch)
        .where(Dispatch.id == dispatch_id, Dispatch.case_id == case.id, author == staff_id, *_IS_STILL_HERE)
        .values(state=DispatchState.CANCELLED)
        .execution_options(synchronize_session=False)
    )
    if cancelled.rowcount != 1:  # type: ignore[attr-defined]
        return None
    dispatch = session.get_one(Dispatch, dispatch_id, populate_existing=True)
    message, dispatch.message_id = session.get_one(Message, dispatch.message_id), None
    dispatch.owed = f"undone:{dispatch.id}"  # so the same sending may come again, and that once
    session.flush()
    session.delete(message)
    if case.state == CaseState.RESOLVED and case.resolved_by == staff_id and _was_since(case, dispatch):
        reopen(ladder, session, case, staff_id)
    elif case.state == CaseState.WAITING and case.waiting_at and case.waiting_at >= dispatch.created_at:
        ladder.take(session, case, staff_id)  # it would wait for somebody who never got our text
    elif case.state == CaseState.TAKEN and case.owner_id == staff_id and _was_all_they_did(session, case):
        ladder.take(session, case, staff_id)
    audit.record(session, _UNDONE, case_id=case.id, staff_id=staff_id, dispatch_id=dispatch.id)
    return str(dispatch.body)


def _was_since(case: Case, dispatch: Dispatch) -> bool:
    return case.resolved_at is not None and case.resolved_at >= dispatch.created_at


def _was_all_they_did(session: Session, case: Case) -> bool:
    """Whether that one reply is all that followed from taking the case, and from the patient's last text."""
    last = select(func.max(Message.id)).where(Message.case_id == case.id, Message.direction == "in")
    query = select(Event.kind).where(
        Event.case_id == case.id,
        Event.staff_id == case.owner_id,
        Event.kind.in_((*_ACTS, _UNDONE)),
        Event.at >= case.taken_at,
        Event.id > (session.scalar(last) or ""),  # ids sort by the time they were made
    )
    kinds = list(session.scalars(query))
    return len(kinds) - 2 * kinds.count(_UNDONE) < 2
