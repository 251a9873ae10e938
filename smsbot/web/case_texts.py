"""The thread of a case: its texts, what was read out of them, and what became of ours."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import attachments
from smsbot.escalation import remedy
from smsbot.models import Attachment, Case, Dispatch, DispatchState, Message, TriageRecord
from smsbot.web.case_people import language_name
from smsbot.web.pages import plain
from smsbot.web.spoken_times import spoken_window

LONGEST_THREAD = 200  # texts; older ones on demand

_URGENCY = {
    "emergency": "Read as an emergency: somebody may be in danger",
    "urgent": "Read as urgent: a person should look today",
    "routine": "Read as routine: it can wait for office hours",
    "none": "Read as needing no answer",
}
_MARKS = {
    **{"late": "reached us late", "missed_call": "a call to our line", "no_body": "came without words"},
    **{"nul_stripped": "unreadable characters removed", "broken_bytes": "partly unreadable"},
}
_STATES = {
    DispatchState.PENDING: "waiting to leave",
    DispatchState.SENDING: "being sent",
    DispatchState.UNKNOWN: "not known yet whether it left: we are asking",
    DispatchState.SENT: "sent, not confirmed by the phone yet",
    DispatchState.DELIVERED: "arrived",
    DispatchState.CANCELLED: "taken back, not sent",
}


@dataclass(frozen=True)
class Piece:
    """A stretch of a text; with `why`, what was read out of it."""

    text: str
    why: str = ""
    label: str = ""
    is_flag: bool = False  # a danger or a pressing matter, not only what is wanted

    @property
    def reason(self) -> str:
        """What was read out of it, and why, in plain English."""
        what = ", ".join(plain(label) for label in self.label.split(", ") if label)
        return f"{what}: {self.why}" if what else self.why


@dataclass(frozen=True)
class Text:
    """A message in the thread."""

    message: Message
    pieces: tuple[Piece, ...]
    triage: TriageRecord | None
    details: dict[str, Any]
    dispatch: Dispatch | None
    author: str
    attachments: tuple[Attachment, ...] = ()

    @property
    def read_as(self) -> str:
        """How urgent the text was read, in plain words."""
        return _URGENCY.get(self.triage.urgency, self.triage.urgency) if self.triage else ""

    @property
    def delivery(self) -> str:
        """What became of a text of ours, in plain words; what to do if it did not arrive."""
        if self.dispatch is None:
            return ""
        if self.is_lost:
            return f"DID NOT ARRIVE: {remedy(self.dispatch.error)}"
        return _STATES.get(DispatchState(self.dispatch.state), self.dispatch.state)

    @property
    def is_lost(self) -> bool:
        """Whether it is known that it did not arrive."""
        return self.dispatch is not None and self.dispatch.state == DispatchState.FAILED

    @property
    def marks(self) -> tuple[str, ...]:
        """What was unusual about how it came."""
        return tuple(_MARKS.get(mark, mark.replace("_", " ")) for mark in self.message.marks)

    @property
    def wished(self) -> tuple[str, ...]:
        """The times asked for, as people say them."""
        return tuple(spoken_window(window) for window in self.details.get("windows", ()))

    @property
    def excluded(self) -> tuple[str, ...]:
        """The times that do not suit."""
        return tuple(spoken_window(window) for window in self.details.get("excluded", ()))

    @property
    def languages(self) -> str:
        """The languages of the text, in English."""
        return ", ".join(language_name(code) for code in self.details.get("languages", ()))


def read_texts(
    session: Session,
    case: Case,
    dispatches: list[Dispatch],
    names: dict[str, str],
    longest: int | None = LONGEST_THREAD,
) -> tuple[Text, ...]:
    """The texts of a case in their order; of more than `longest` the newest."""
    query = select(Message).where(Message.case_id == case.id)
    query = query.order_by(Message.created_at.desc(), Message.id.desc()).limit(longest)
    messages = list(reversed(session.scalars(query).all()))
    ids = [message.id for message in messages]
    records = session.scalars(select(TriageRecord).where(TriageRecord.message_id.in_(ids)))
    triages = {record.message_id: record for record in records}
    sent = {one.message_id: one for one in dispatches if one.purpose == "reply"}
    files = attachments.of_messages(session, ids)
    return tuple(
        _text(message, triages.get(message.id), sent.get(message.id), names, files[message.id])
        for message in messages
    )


def _text(
    message: Message,
    triage: TriageRecord | None,
    dispatch: Dispatch | None,
    names: dict[str, str],
    files: list[Attachment],
) -> Text:
    details: dict[str, Any] = json.loads(triage.details) if triage else {}
    return Text(
        message=message,
        pieces=highlight(message.body, details.get("evidence", [])),
        triage=triage,
        details=details,
        dispatch=dispatch,
        attachments=tuple(files),
        author={"patient": "Patient", "bot": "Automatic reply"}.get(
            message.author, names.get(message.author, "")
        ),
    )


def highlight(body: str, evidence: list[dict[str, Any]]) -> tuple[Piece, ...]:
    """Cut a body where evidence begins and ends; overlapping evidence is told together."""
    spans = [
        (max(0, one["start"]), min(len(body), one["end"]), one)
        for one in evidence
        if one["start"] < one["end"] and one["start"] < len(body)
    ]
    edges = sorted({0, len(body), *(edge for start, end, _ in spans for edge in (start, end))})
    pieces = []
    for start, end in zip(edges, edges[1:], strict=False):
        over = [one for first, last, one in spans if first <= start and end <= last]
        why = " ".join(dict.fromkeys(one["why"] for one in over))
        labels = dict.fromkeys(one["flag"] or one["intent"] or "" for one in over)
        is_flag = any(one["flag"] for one in over)
        pieces.append(Piece(body[start:end], why, ", ".join(label for label in labels if label), is_flag))
    return tuple(pieces)
