"""Has anything changed that a list shows? Answered from indexes, for screens ask every two seconds."""

from __future__ import annotations

import hashlib

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from smsbot.models import Case, Message, Task

# Not the newest alone: of two changes at once, the one written down first may be seen last.
_LATEST = 48


def list_version(session: Session, *also: object) -> str:
    """A word that differs after every change of a case, a text or a task; `also`: what else counts."""
    changes = select(Case.id, Case.changed_at).order_by(Case.changed_at.desc()).limit(_LATEST)
    texts = select(Message.id).order_by(Message.id.desc()).limit(_LATEST)
    tasks = select(func.count(), func.max(Task.created_at)).where(Task.done_at.is_(None))
    digest = hashlib.blake2b(repr(also).encode(), digest_size=9)
    for query in (changes, texts, tasks):
        digest.update(repr([tuple(row) for row in session.execute(query)]).encode())
    return digest.hexdigest()
