"""Whether and how we may text a number: one place changes it, keeps the ledger, and is asked before a send.

Every line of the ledger says what was agreed or withdrawn, when, how, and in which words. Lines are added,
never changed.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import audit, clock
from smsbot.domain import Consent, ConsentChange, Inbound, Outcome, Silence
from smsbot.handlers.words import START_WORDS, STOP_WORDS, whole_word
from smsbot.models import ConsentEntry, Contact, Dispatch, Message, new_id

Kind = Literal["texts", "reminders", "automatic", "privacy"]
Change = Literal["start", "stop", "told", "agreed"]
Source = Literal["keyword", "words", "provider", "staff", "notice", "import"]

CHANGES: dict[Kind, tuple[Change, ...]] = {
    "texts": ("start", "stop"),
    "reminders": ("start", "stop"),
    "automatic": ("start", "stop"),
    "privacy": ("told", "agreed"),  # told that texts are not private; agreed to be texted all the same
}
# The one text that may follow a STOP is the answer to it.
CONFIRMATIONS = frozenset({"consent.stop", "consent.stop_visit"})
OPTED_OUT = "opted_out"
PRIVATE = "private"
# The graver silence stays: a robot's number that is also watched is a watched number.
_GRAVITY = (Silence.ROBOT, Silence.COMPLAINT, Silence.WRONG_NUMBER, Silence.PRIVATE)


def change(
    session: Session,
    contact: Contact,
    *,
    kind: Kind,
    change: Change,
    source: Source,
    message_id: str | None = None,
    staff_id: str | None = None,
    words: str | None = None,
    silence: Silence = Silence.COMPLAINT,
) -> bool:
    """Change what the contact agreed to; True if it was different before. The caller holds its lock.

    A line of the ledger is written when something changed, and whenever the patient or a staff member said
    it. `silence`: for `automatic` `stop`, the reason. Raises ValueError for a change that the kind has not.
    """
    if change not in CHANGES[kind]:
        raise ValueError(f"{kind} cannot {change}: it can {' or '.join(CHANGES[kind])}")
    has_changed = _apply(session, contact, kind, change, silence)
    is_said = source in ("keyword", "words", "staff") or (source == "provider" and message_id is not None)
    if not (has_changed or is_said):
        return False
    entry = ConsentEntry(
        id=new_id(),
        contact_id=contact.id,
        at=clock.now(),
        kind=kind,
        change=change,
        source=source,
        message_id=message_id,
        staff_id=staff_id,
    )
    entry.words = words
    session.add(entry)
    if has_changed:
        contact.version += 1  # a decision that was made before is made anew
        audit.record(
            session,
            "consent_changed",
            staff_id=staff_id,
            contact_id=contact.id,
            consent=contact.consent,
            of=kind,
            change=change,
            source=source,
        )
    return has_changed


def note_text(
    session: Session, contact: Contact, message: Message, inbound: Inbound, outcome: Outcome
) -> None:
    """Write down what a text that came in says about being texted, as the handlers decided."""
    said, silence = _SAID.get(outcome.consent), outcome.silence
    if said:
        _note(session, contact, message, inbound, *said, _source(inbound))
    if silence is Silence.ROBOT:  # nobody wished for it: no line of the ledger
        _silence(contact, silence)
    elif silence is not None:
        _note(session, contact, message, inbound, "automatic", "stop", "words", silence)


_SAID: dict[ConsentChange | None, tuple[Kind, Change]] = {
    ConsentChange.STOP: ("texts", "stop"),
    ConsentChange.START: ("texts", "start"),
    ConsentChange.NO_REMINDERS: ("reminders", "stop"),
}


def _note(
    session: Session,
    contact: Contact,
    message: Message,
    inbound: Inbound,
    kind: Kind,
    changed: Change,
    source: Source,
    silence: Silence = Silence.COMPLAINT,
) -> None:
    change(
        session,
        contact,
        kind=kind,
        change=changed,
        source=source,
        message_id=message.id,
        words=inbound.body,
        silence=silence,
    )


def may_text(contact: Contact) -> bool:
    """Whether anything at all may be texted to the contact, by us or by staff."""
    return contact.consent != Consent.OPTED_OUT


def blocks(contact: Contact, purpose: str, keys: Collection[str]) -> str | None:
    """Why a dispatch must not leave: `opted_out`, `private`, or None when it may.

    `keys` are those of its wording, none for a text of a person. After an opt-out its one confirmation may
    leave; on a phone that others read nothing automatic may, whatever it says.
    """
    is_confirmation = bool(CONFIRMATIONS.intersection(keys))
    if not may_text(contact) and not is_confirmation:
        return OPTED_OUT
    is_automatic = purpose == "reply" or bool(keys)
    return PRIVATE if contact.silence == Silence.PRIVATE and is_automatic else None


def why_not(session: Session, dispatch_id: str) -> str | None:
    """Why this dispatch must not leave, read now; None for one that may, or that goes to no contact."""
    dispatch = session.get(Dispatch, dispatch_id)
    contact = session.get(Contact, dispatch.contact_id) if dispatch and dispatch.contact_id else None
    if dispatch is None or contact is None:
        return None
    message = session.get(Message, dispatch.message_id) if dispatch.message_id else None
    is_of_staff = message is not None and message.author != "bot"
    reason = blocks(contact, "staff" if is_of_staff else dispatch.purpose, _keys(message))
    return None if reason == OPTED_OUT and _answers_a_stop(session, contact, dispatch) else reason


def _keys(message: Message | None) -> Collection[str]:
    return message.reply_keys or () if message else ()


def _answers_a_stop(session: Session, contact: Contact, dispatch: Dispatch) -> bool:
    """The one answer to an opt-out may be other words than its confirmation: those of a crisis."""
    query = select(ConsentEntry.id).where(
        ConsentEntry.contact_id == contact.id,
        ConsentEntry.kind == "texts",
        ConsentEntry.change == "stop",
        ConsentEntry.message_id == dispatch.owed.removeprefix("reply:"),
    )
    return session.scalars(query.limit(1)).first() is not None


def has_agreed(session: Session, contact: Contact) -> bool:
    """Whether the patient's agreement to unencrypted texting is on file."""
    query = select(ConsentEntry.id).where(
        ConsentEntry.contact_id == contact.id,
        ConsentEntry.kind == "privacy",
        ConsentEntry.change == "agreed",
    )
    return session.scalars(query.limit(1)).first() is not None


def _apply(session: Session, contact: Contact, kind: Kind, change: Change, silence: Silence) -> bool:
    now = clock.now()
    if kind == "texts":
        return _set_texts(contact, is_stopped=change == "stop", now=now)
    if kind == "reminders":
        was_off = contact.reminders_off_at is not None
        if was_off != (change == "stop"):
            contact.reminders_off_at = now if change == "stop" else None
            return True
        return False
    if kind == "automatic":
        return _silence(contact, silence) if change == "stop" else _unsilence(contact)
    if change == "agreed":
        return not has_agreed(session, contact)
    if contact.notice_at is not None:
        return False
    contact.notice_at = now
    return True


def _set_texts(contact: Contact, *, is_stopped: bool, now: datetime) -> bool:
    """START brings back all that was stopped by word, but not texts to a phone that others read."""
    consent = Consent.OPTED_OUT if is_stopped else Consent.OPTED_IN
    has_changed = contact.consent != consent
    if has_changed:
        contact.consent, contact.consent_at = consent, now
    if not is_stopped and contact.reminders_off_at is not None:
        contact.reminders_off_at, has_changed = None, True
    if not is_stopped and contact.silence == Silence.COMPLAINT:
        has_changed = _unsilence(contact)
    return has_changed


def _silence(contact: Contact, silence: Silence) -> bool:
    if contact.silence and _GRAVITY.index(Silence(contact.silence)) >= _GRAVITY.index(silence):
        return False
    contact.silence, contact.silence_at = silence, clock.now()
    return True


def _unsilence(contact: Contact) -> bool:
    if contact.silence is None:
        return False
    contact.silence = contact.silence_at = None
    return True


def _source(inbound: Inbound) -> Source:
    if inbound.opt_out_type is not None:
        return "provider"
    return "keyword" if whole_word(inbound.body) in STOP_WORDS | START_WORDS else "words"
