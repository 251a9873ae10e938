"""Corrections as labelled examples, in the format of the corpus: what `smsbot evaluate` and training read."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot.clinic import Clinic
from smsbot.domain import Intent, Urgency
from smsbot.intake.situation import EARLIER_MINUTES
from smsbot.models import Correction, Message, TriageRecord

_WRITER = "clinic"


def corrections_since(session: Session, since: datetime | None) -> list[Correction]:
    """The newest correction of each text that was corrected since then, or ever; the oldest first."""
    query = select(Correction).order_by(Correction.at, Correction.id)
    if since is not None:
        query = query.where(Correction.at >= since)
    return list({one.message_id: one for one in session.scalars(query)}.values())


def as_examples(session: Session, clinic: Clinic, corrections: list[Correction]) -> Iterator[dict[str, Any]]:
    """One line of a corpus file for each: the text in plain, and what a person says it is.

    What nobody corrected (medications, times) is left out, and so is not counted.
    """
    for correction in corrections:
        message = session.get_one(Message, correction.message_id)
        if message.body.strip():
            yield _example(session, clinic, correction, message)


def _example(session: Session, clinic: Clinic, correction: Correction, message: Message) -> dict[str, Any]:
    record = session.scalars(select(TriageRecord).where(TriageRecord.message_id == message.id)).one_or_none()
    intents = list(correction.intents)
    is_crisis = correction.urgency == Urgency.EMERGENCY
    return {
        "id": f"{_WRITER}-{message.id}",
        "writer": _WRITER,
        "body": message.body,
        "lang": _language(record),
        "urgency": correction.urgency,
        "flags": correction.flags,
        "flags_allowed": correction.flags,
        "intents": intents,
        "intents_allowed": [
            *intents,
            *([Intent.SYMPTOM] if is_crisis and Intent.SYMPTOM not in intents else []),
        ],
        "received_at": clinic.local(message.created_at).isoformat(timespec="seconds"),
        **_context(session, message),
    }


def _language(record: TriageRecord | None) -> str:
    if record is None:
        return "?"
    languages = json.loads(record.details).get("languages", ())
    return "mixed" if len(languages) > 1 else record.language


def _context(session: Session, message: Message) -> dict[str, Any]:
    near = timedelta(minutes=EARLIER_MINUTES)
    query = select(Message).where(
        Message.contact_id == message.contact_id,
        Message.direction == "in",
        Message.created_at >= message.created_at - near,
        Message.created_at <= message.created_at,
        Message.id != message.id,
    )
    earlier = [one.body for one in session.scalars(query.order_by(Message.created_at, Message.id))]
    return {"context": {"earlier": earlier}} if earlier else {}
