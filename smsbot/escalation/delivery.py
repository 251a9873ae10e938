"""What did not arrive: the next route at once, and a person for a reply that the patient never got.

Codes: https://www.twilio.com/docs/api/errors
"""

from __future__ import annotations

import structlog
from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import audit, clock, consent
from smsbot.domain import Urgency
from smsbot.escalation import handing
from smsbot.escalation.ladder import Ladder
from smsbot.models import Alert, AlertState, Case, CaseState, Contact, Dispatch, DispatchState, Message, Staff

OPTED_OUT = "21610"
# What a person does about a reply that did not arrive, by the provider's code.
REMEDIES = {
    OPTED_OUT: "they have texted STOP: call",
    consent.OPTED_OUT: "they have asked for no more texts: call",
    consent.PRIVATE: "others read this phone: read before you call",
    "too_old": "it could not be sent for hours: write again, or call",
    "21211": "this is no number that can be texted: call another one",
    "21614": "not a mobile phone: call",
    "30003": "the phone is off or out of reach: call, or text again later",
    "30004": "the phone blocks our texts: call",
    "30005": "the number is not in use: check it",
    "30006": "a landline: call",
    "30007": "the carrier filtered the text: call, and tell the administrator",
    "30034": "our number is not registered for texting: call, and tell the administrator",
}
_FOR_THE_OPERATOR = {"30002", "30007", "30034", "21408", "20003"}
_OVER = (DispatchState.FAILED, DispatchState.CANCELLED)

log = structlog.get_logger()


def remedy(code: str | None) -> str:
    """What to do about a text that did not arrive, in the words of the screen."""
    return REMEDIES.get(code or "", "call")


def not_reached(ladder: Ladder, session: Session, dispatch: Dispatch) -> list[Dispatch]:
    """A dispatch failed for good. Gives what is owed instead, at once."""
    if dispatch.error in _FOR_THE_OPERATOR:
        audit.record(session, "provider_needs_operator", case_id=dispatch.case_id, code=dispatch.error)
        log.error("provider_needs_operator", code=dispatch.error)
        ladder.tell_administrators(
            session,
            f"provider:{dispatch.error}:{clock.now():%Y%m%d}",
            f"The provider does not deliver our texts (code {dispatch.error}). Run smsbot doctor.",
        )
    if dispatch.error == OPTED_OUT and dispatch.contact_id is not None:
        _learn_of_opt_out(session, dispatch)
    if dispatch.purpose == "reply":
        return _reply_lost(ladder, session, dispatch)
    person = session.get(Staff, dispatch.staff_id) if dispatch.staff_id else None
    if person is None:
        return []
    if dispatch.route == "sms" and dispatch.error == OPTED_OUT:
        ladder.note_texts_stopped(session, person)
    return _another_way(ladder, session, dispatch, person) if dispatch.purpose == "alert" else []


def _another_way(ladder: Ladder, session: Session, failed: Dispatch, person: Staff) -> list[Dispatch]:
    alert = session.get(Alert, failed.alert_id, with_for_update=True)
    case = session.get(Case, failed.case_id)
    if alert is None or case is None or alert.state != AlertState.CLIMBING:
        return []
    is_here = person.disabled_at is None
    instead = ladder.dispatching.instead(session, case, alert, person, failed) if is_here else None
    if instead is not None:
        return [instead]
    step = failed.owed.split(":")[2]
    query = select(Dispatch.id).where(
        Dispatch.owed.startswith(f"alert:{alert.id}:{step}:"), Dispatch.state.not_in(_OVER)
    )
    is_hopeless = session.scalars(query.where(Dispatch.id != failed.id).limit(1)).first() is None
    if is_hopeless and int(step) == alert.step - 1 and ladder.has_higher(case, alert):
        alert.next_at = clock.now()  # nobody of this step can be reached: the next one, now
    return []


def _reply_lost(ladder: Ladder, session: Session, dispatch: Dispatch) -> list[Dispatch]:
    case = session.get(Case, dispatch.case_id, with_for_update=True) if dispatch.case_id else None
    if case is None or (
        case.state == CaseState.RESOLVED and not _comes_back(ladder, session, case, dispatch)
    ):
        return []
    case.reply_lost = dispatch.error or "failed"
    case.version += 1
    audit.record(session, "reply_lost", case_id=case.id, code=case.reply_lost)
    if handing.wake(session, ladder.clinic, case, "reply_lost"):
        case.acted_at = None  # it waited for somebody who never got our text
    if case.urgency_rank < Urgency.EMERGENCY.rank:
        if _is_the_providers_word(case.reply_lost):
            return []  # the case shows it, and waits for a person as before
        case.raise_urgency(Urgency.URGENT)  # a row of ours that cannot be sent at all
    return ladder.alert(session, case, "reply_lost", to_owner=case.owner_opened_at is not None)


def _comes_back(ladder: Ladder, session: Session, case: Case, dispatch: Dispatch) -> bool:
    """A case that was resolved with words of a person, which nobody got: whoever resolved it has it again."""
    message = session.get(Message, dispatch.message_id) if dispatch.message_id else None
    if message is None or message.author == "bot" or case.resolved_by is None:
        return False
    handing.reopen(ladder, session, case, case.resolved_by, by="reply_lost")
    return True


def _learn_of_opt_out(session: Session, refused: Dispatch) -> None:
    """The provider knows of a STOP that we do not: from now on we send nothing either.

    Unless a START came after what was refused, for refusals come late.

    Whoever takes a text in locks the contact before the case, which is locked already here: one that is
    locked is left alone, and learned of at the next refusal.
    """
    query = select(Contact).where(Contact.id == refused.contact_id)
    contact = session.scalars(query.with_for_update(skip_locked=True, key_share=True)).one_or_none()
    if contact is None:
        return
    if contact.consent_at is None or contact.consent_at <= refused.created_at:
        consent.change(session, contact, kind="texts", change="stop", source="provider")


def _is_the_providers_word(error: str) -> bool:
    """A code or a status of the provider, not the name of an exception of ours."""
    return error.isdigit() or error in (
        *("failed", "undelivered", "canceled"),
        *(consent.OPTED_OUT, consent.PRIVATE),
    )
