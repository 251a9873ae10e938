"""Deletes the provider's copies of attachments once they have had their time."""

from __future__ import annotations

from datetime import timedelta

import structlog
from sqlalchemy import case, func, select, update

from smsbot import audit, clock
from smsbot.attachments.rows import note_further
from smsbot.db import Database
from smsbot.models import Attachment, AttachmentState, Message
from smsbot.twilio.client import ProviderError
from smsbot.twilio.media import MediaClient, MediaGone

_AGAIN = timedelta(hours=1)
_MOST_AT_ONCE = 20

log = structlog.get_logger()


def remove_old(db: Database, client: MediaClient) -> int:
    """Delete at the provider what every attachment of a text has been due for; how many texts."""
    return sum(_remove(db, client, message_id, sid) for message_id, sid in _old(db))


def _old(db: Database) -> list[tuple[str, str]]:
    """Texts of which nothing waits to be fetched any more, and every copy has had its time."""
    waiting = func.sum(case((Attachment.state == AttachmentState.WAITING, 1), else_=0))
    query = (
        select(Message.id, Message.provider_sid)
        .join(Attachment, Attachment.message_id == Message.id)
        .where(Attachment.removed_at.is_(None))
        .group_by(Message.id, Message.provider_sid)
        .having(func.max(Attachment.due_at) <= clock.now(), waiting == 0)
        .limit(_MOST_AT_ONCE)
    )
    with db.reading() as session:
        return [(message_id, sid or "") for message_id, sid in session.execute(query)]


def _remove(db: Database, client: MediaClient, message_id: str, message_sid: str) -> bool:
    """All of one text: once one is gone, the provider's list no longer tells which is which."""
    now = clock.now()
    rows = update(Attachment).where(Attachment.message_id == message_id, Attachment.removed_at.is_(None))
    rows = rows.execution_options(synchronize_session=False)
    try:
        is_done = _delete_listed(db, client, message_id, message_sid)
    except ProviderError as error:
        log.warning("attachments_not_removed", message_id=message_id, code=error.code)
        with db.writing() as session:
            session.execute(rows.values(due_at=now + _AGAIN))
        return False
    if not is_done:
        return False
    with db.writing() as session:
        removed = session.execute(rows.values(removed_at=now).returning(Attachment.id)).all()
        if removed:
            case_id = session.get_one(Message, message_id).case_id
            audit.record(session, "attachments_removed_at_provider", case_id=case_id, count=len(removed))
    return bool(removed)


def _delete_listed(db: Database, client: MediaClient, message_id: str, message_sid: str) -> bool:
    """False, and nothing deleted, when the provider has more than was fetched: that is fetched first."""
    try:
        sids = client.list_sids(message_sid)
    except MediaGone:
        return True
    with db.writing() as session:
        if note_further(session, message_id, len(sids)):
            return False
    for sid in sids:
        client.remove(message_sid, sid)
    return True
