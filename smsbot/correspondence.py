"""What a staff member writes to a patient: kept with the case, owed like everything that must leave."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy.orm import Session

from smsbot import escalation
from smsbot.domain import Consent, SenderKind, Silence
from smsbot.models import Case, CaseState, Contact, Dispatch
from smsbot.owed_texts import owe_text
from smsbot.replies import to_gsm

Take = Callable[[Session, Case, str], None]

LONGEST = 1000  # characters; the provider takes 1,600 and advises far fewer


class CannotText(Exception):
    """The contact cannot be texted, or the words cannot be sent; the text says why and what to do."""


def why_not(contact: Contact) -> str | None:
    """Why staff cannot text this contact; None when they can."""
    if contact.kind != SenderKind.PHONE:
        return "This sender is no ordinary phone: it cannot be texted."
    if contact.consent == Consent.OPTED_OUT:
        return "Has opted out of our texts: call. Texts can leave again when they text START."
    return None


def warning(contact: Contact) -> str | None:
    """What staff should know before they text this contact."""
    if contact.silence == Silence.PRIVATE:
        return "Others read this phone: think before you write, better call."
    if contact.silence == Silence.WRONG_NUMBER:
        return "Says this is the wrong number: check it before you write anything about a patient."
    return None


def write_to_patient(
    session: Session, case: Case, staff_id: str, words: str, take: Take | None = None
) -> Dispatch:
    """Owe the patient these words, by this staff member. The caller commits, kicks, and has locked the case.

    `take` takes a case that nobody has, once the words are written. Raises CannotText; then nothing is.
    """
    contact = session.get_one(Contact, case.contact_id)
    words = to_gsm(words).strip()
    if problem := why_not(contact):
        raise CannotText(problem)
    if not words:
        raise CannotText("There is nothing to send: write something first.")
    if len(words) > LONGEST:
        raise CannotText(f"Too long for a text: {len(words)} characters, {LONGEST} at most.")
    dispatch = owe_text(session, case, contact, words, author=staff_id)
    if take is not None and case.state == CaseState.OPEN:
        session.flush()
        take(session, case, staff_id)
    if case.state != CaseState.RESOLVED:
        escalation.note_acted(session, case, staff_id, "replied")
    return dispatch
