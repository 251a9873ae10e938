"""The rows of attachments: written with their text, read for the screens."""

from __future__ import annotations

import base64
from collections.abc import Iterable

from sqlalchemy import func, select
from sqlalchemy.orm import Session, defer

from smsbot import clock
from smsbot.attachments.file_types import kept_type
from smsbot.domain import Media
from smsbot.models import Attachment, AttachmentState, Message, new_id
from smsbot.upsert import insert_if_new

_MOST_OF_A_TEXT = 20  # carriers allow ten


def note(session: Session, message: Message, media: Iterable[Media]) -> None:
    """Write down, in the transaction that keeps the text, that these are to be fetched now."""
    for one in media:
        _note_one(session, message.id, one.index, one.content_type)


def note_further(session: Session, message_id: str, listed: int) -> bool:
    """Note those that the provider lists beyond the announced ones; whether there were any."""
    further = range(count_of(session, message_id), min(listed, _MOST_OF_A_TEXT))
    for position in further:
        _note_one(session, message_id, position, "")
    return bool(further)


def of_messages(session: Session, message_ids: Iterable[str]) -> dict[str, list[Attachment]]:
    """For each of these messages its attachments in order, without their content."""
    found: dict[str, list[Attachment]] = {message_id: [] for message_id in message_ids}
    query = select(Attachment).options(defer(Attachment.content_sealed))
    query = query.where(Attachment.message_id.in_(found))
    for one in session.scalars(query.order_by(Attachment.message_id, Attachment.position)):
        found[one.message_id].append(one)
    return found


def read_content(attachment: Attachment) -> bytes:
    """The bytes of one that is kept."""
    return base64.b64decode(attachment.content)


def count_of(session: Session, message_id: str) -> int:
    """How many attachments of a text are noted."""
    query = select(func.count()).select_from(Attachment).where(Attachment.message_id == message_id)
    return session.scalar(query) or 0


def _note_one(session: Session, message_id: str, position: int, content_type: str) -> bool:
    values = {
        "id": new_id(),
        "message_id": message_id,
        "position": position,
        "content_type": kept_type(content_type),
        "state": AttachmentState.WAITING,
        "attempts": 0,
        "due_at": clock.now(),
    }
    return insert_if_new(session, Attachment, values)
