"""Replies that somebody has begun and not sent: kept, sealed, until they are sent or emptied."""

from __future__ import annotations

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from smsbot import clock
from smsbot.correspondence.writing import LONGEST
from smsbot.models import Dispatch, DispatchState, Draft, Message, new_id
from smsbot.replies import to_gsm
from smsbot.upsert import insert_if_new


def draft_of(session: Session, case_id: str, staff_id: str) -> str | None:
    """The words this person has begun in this case."""
    row = _row(session, case_id, staff_id)
    return row.body if row else None


def keep_draft(session: Session, case_id: str, staff_id: str, words: str) -> bool:
    """Keep these words; without any, what was kept goes. False if nothing is kept now.

    Words that this person has just sent are no draft: the screen's last note may arrive after the sending.
    """
    words = words[: LONGEST * 2]
    if not words.strip() or _is_sent(session, case_id, staff_id, words):
        drop_draft(session, case_id, staff_id)
        return False
    new = Draft(id=new_id(), case_id=case_id, staff_id=staff_id, updated_at=clock.now())
    new.body = words
    values: dict[str, object] = {"id": new.id, "case_id": case_id, "staff_id": staff_id}
    values |= {"body": new.body_sealed, "updated_at": new.updated_at}
    if not insert_if_new(session, Draft, values):  # two tabs of one person may be the first at once
        row = _row(session, case_id, staff_id)
        if row is not None:
            row.body, row.updated_at = words, clock.now()
    return True


def drop_draft(session: Session, case_id: str, staff_id: str) -> None:
    """The words were sent, or are not wanted any more."""
    session.execute(delete(Draft).where(Draft.case_id == case_id, Draft.staff_id == staff_id))


def _row(session: Session, case_id: str, staff_id: str) -> Draft | None:
    query = select(Draft).where(Draft.case_id == case_id, Draft.staff_id == staff_id)
    return session.scalars(query).one_or_none()


def _is_sent(session: Session, case_id: str, staff_id: str, words: str) -> bool:
    query = (
        select(Message)
        .join(Dispatch, Dispatch.message_id == Message.id)
        .where(Message.case_id == case_id, Message.author == staff_id)
        .where(Dispatch.state != DispatchState.CANCELLED)  # one taken back is a draft again
    )
    last = session.scalars(query.order_by(Message.created_at.desc(), Message.id.desc()).limit(1)).first()
    return last is not None and last.body == to_gsm(words).strip()
