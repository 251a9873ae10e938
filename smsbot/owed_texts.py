"""A text that is owed to a patient by REST: the message in the thread, and the row that makes it leave."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from smsbot import clock
from smsbot.models import Case, Contact, Dispatch, DispatchState, Message, new_id

_AT_ONCE = timedelta(0)


def owe_text(
    session: Session,
    case: Case,
    contact: Contact,
    words: str,
    *,
    author: str,
    key: str | None = None,
    owed: str | None = None,
    delay: timedelta = _AT_ONCE,
) -> Dispatch:
    """Owe these words to the contact of a case; flushed, in the caller's transaction.

    `author` is `bot` or a staff id, `key` that of an automatic text's wording. `owed` makes it unique; left
    out, the message's own id does, and whoever may say something once alone sets another. With a `delay` the
    text leaves no sooner: the sweep sends it, for a kick would come too early.
    """
    now = clock.now()
    message = Message(
        id=new_id(),
        contact_id=contact.id,
        case_id=case.id,
        direction="out",
        author=author,
        reply_keys=[key] if key else [],
        created_at=now,
    )
    message.body = words
    session.add(message)
    session.flush()
    dispatch = Dispatch(
        id=new_id(),
        owed=owed or f"text:{message.id}",
        purpose="reply",
        route="rest",
        case_id=case.id,
        message_id=message.id,
        contact_id=contact.id,
        urgency_rank=case.urgency_rank,
        state=DispatchState.PENDING,
        due_at=now + delay,
        created_at=now,
    )
    dispatch.recipient, dispatch.body = contact.number, words
    session.add(dispatch)
    return dispatch
