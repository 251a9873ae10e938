"""`smsbot triage --compare`: what another protocol would change on the texts of the last days."""

from __future__ import annotations

import bisect
import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import click
from sqlalchemy import select
from sqlalchemy.orm import load_only

from smsbot import audit, clock, protocols, wiring
from smsbot.clinic import Clinic
from smsbot.domain import EarlierText, Situation, Triage, Urgency
from smsbot.intake.decision import UNREAD
from smsbot.intake.situation import EARLIER_MINUTES
from smsbot.models import Message, TriageRecord
from smsbot.protocols import ProtocolError
from smsbot.triage import Engine, RuleError
from smsbot.triage.rulebook import Rulebook, load_rulebook, rule_file_names
from smsbot.wiring import Wiring, clinic_folder, engine_of

_MESSAGES_SEEN = 10  # in and out together, as many as intake looks at
_NEAR = timedelta(minutes=EARLIER_MINUTES)
_TIME_DIGITS = 12  # of an id: the millisecond in which it was made
_SHOWN_DIGITS = 12


@dataclass(frozen=True, slots=True)
class PastText:
    """A text of the last days and what was known when it arrived, as far as that is kept."""

    message_id: str
    body: str = field(repr=False)
    received_at: datetime
    situation: Situation = field(repr=False)


@dataclass(frozen=True, slots=True)
class Change:
    """A text that the other protocol reads otherwise."""

    text: PastText
    old: Triage = field(repr=False)
    new: Triage = field(repr=False)

    @property
    def rise(self) -> int:
        """By how many steps the urgency rises; negative: falls."""
        return self.new.urgency.rank - self.old.urgency.rank

    @property
    def is_lost_emergency(self) -> bool:
        """An emergency that would be one no more."""
        return self.old.urgency is Urgency.EMERGENCY and self.rise < 0

    def as_json(self, with_text: bool) -> dict[str, Any]:
        """Ids and labels; the words of the text only when they are asked for."""
        row = {
            "id": self.text.message_id,
            "received_at": self.text.received_at.isoformat(),
            "from": self.old.urgency,
            "to": self.new.urgency,
            "flags_added": _beyond(self.new.flags, self.old.flags),
            "flags_removed": _beyond(self.old.flags, self.new.flags),
            "intents_added": _beyond(self.new.intents, self.old.intents),
            "intents_removed": _beyond(self.old.intents, self.new.intents),
        }
        return {**row, "text": self.text.body} if with_text else row


def compare(checksum_or_file: str, days: int, as_json: bool, with_text: bool) -> None:
    """Read the texts of the last days by the protocol in force and by the other one; print what differs."""
    parts = wiring.build()
    book = _other_book(parts, checksum_or_file)  # a slip of the hand is told before the weights are read
    engine = engine_of(parts.settings)
    other = replace(engine, book=book)
    _announce(engine.book, other.book)
    count, changes = _changes(parts, clock.now() - timedelta(days=days), engine, other)
    if with_text:
        _note_reading(parts, other.book, changes)
    for change in changes:
        row = change.as_json(with_text)
        click.echo(json.dumps(row, ensure_ascii=False) if as_json else _line(row))
    summary = {
        "emergencies_lost": [change.text.message_id for change in changes if change.is_lost_emergency],
        "texts": count,
        "changed": len(changes),
        "raised": sum(change.rise > 0 for change in changes),
        "lowered": sum(change.rise < 0 for change in changes),
        "days": days,
        "from": engine.book.checksum,
        "to": other.book.checksum,
    }
    click.echo(json.dumps({"summary": summary}) if as_json else _told(summary))


def _other_book(parts: Wiring, checksum_or_file: str) -> Rulebook:
    """The rulebook to compare with: of a file over the rules in force, or of a stored protocol."""
    if os.path.isfile(checksum_or_file):
        return _book_with(parts, Path(checksum_or_file))
    if protocols.checksum_prefix(checksum_or_file) is None:
        raise click.ClickException(
            f"{checksum_or_file!r} is neither a file nor a checksum: name a rule file (.toml), or at least "
            f"{protocols.SHORTEST_PREFIX} digits of a checksum that `smsbot protocol list` shows."
        )
    try:
        with parts.db.reading() as session:
            return protocols.rulebook_of(protocols.find_protocol(session, checksum_or_file))
    except ProtocolError as error:
        raise click.ClickException(str(error)) from error


def _book_with(parts: Wiring, file: Path) -> Rulebook:
    try:
        book = load_rulebook(clinic_folder(parts.settings, "rules"), extra=file)
    except RuleError as error:
        raise click.ClickException(f"These rules cannot be used: {error}") from error
    if file.name not in rule_file_names():
        click.echo(
            f"Note: in the clinic's rules folder a file named {file.name} would not be read. "
            f"Give it one of these names: {', '.join(rule_file_names())}.",
            err=True,
        )
    return book


def _announce(old: Rulebook, new: Rulebook) -> None:
    if old.checksum == new.checksum:
        click.echo("Both are the same protocol: the rule files as they are now say just this.", err=True)
    words = f"From {old.checksum[:_SHOWN_DIGITS]} (the rule files as they are now)"
    click.echo(f"{words} to {new.checksum[:_SHOWN_DIGITS]}:", err=True)


def _changes(parts: Wiring, since: datetime, old: Engine, new: Engine) -> tuple[int, list[Change]]:
    """How many texts there are, and those that are read otherwise: lost emergencies, then by what falls."""
    count, changes = 0, []
    for text in past_texts(parts, since):
        count += 1
        change = Change(text, _read(old, text), _read(new, text))
        if _labels(change.old) != _labels(change.new):
            changes.append(change)
    changes.sort(key=lambda one: (not one.is_lost_emergency, one.rise, one.text.received_at))
    return count, changes


def past_texts(parts: Wiring, since: datetime) -> Iterator[PastText]:
    """The texts since then that triage has read, contact by contact, each with its situation.

    Texts of staff and missed calls are not among them: triage does not read those.
    No transaction stays open while they are read: triage of a month takes minutes.
    """
    came_in = (Message.direction == "in", Message.created_at >= since)
    with parts.db.reading() as session:
        contacts = list(session.scalars(select(Message.contact_id).where(*came_in).distinct()))
    for contact_id in contacts:
        yield from _texts_of(parts, contact_id, since)


def _texts_of(parts: Wiring, contact_id: str, since: datetime) -> Iterator[PastText]:
    """A contact's texts in the order in which they were taken in, which is not always that of arriving."""
    columns = load_only(Message.direction, Message.body_sealed, Message.created_at)
    query = select(Message, TriageRecord.created_at).outerjoin(TriageRecord).options(columns)
    query = query.where(Message.contact_id == contact_id, Message.created_at >= since - _NEAR)
    with parts.db.reading() as session:
        rows = [(message, read_at) for message, read_at in session.execute(query)]
    before: list[Message] = []  # by when they arrived
    for message, read_at in sorted(rows, key=_taken_in):
        if read_at is not None and message.created_at >= since:
            yield _past_text(parts.clinic, message, read_at, before[-_MESSAGES_SEEN:])
        bisect.insort(before, message, key=lambda one: one.created_at)


def _taken_in(row: tuple[Message, datetime | None]) -> tuple[str, bool, str]:
    """By the time in the id; a text before the reply that was made within the same millisecond."""
    message = row[0]
    return message.id[:_TIME_DIGITS], message.direction == "out", message.id


def _past_text(clinic: Clinic, message: Message, read_at: datetime, recent: Sequence[Message]) -> PastText:
    at = message.created_at
    earlier = tuple(
        EarlierText(one.body, one.created_at)
        for one in recent
        if one.direction == "in" and abs(one.created_at - at) <= _NEAR
    )
    situation = Situation(read_at, clinic.zone.key, earlier, office=clinic.office_at(read_at))
    return PastText(message.id, message.body, at, situation)


def _read(engine: Engine, text: PastText) -> Triage:
    """As intake reads it: what cannot be read is put before a person."""
    try:
        return engine.triage(text.body, text.received_at, text.situation)
    except Exception:
        return UNREAD


def _labels(read: Triage) -> tuple[Urgency, frozenset[str], frozenset[str]]:
    return read.urgency, frozenset(read.flags), frozenset(read.intents)


def _beyond(these: Sequence[str], those: Sequence[str]) -> list[str]:
    return [str(one) for one in these if one not in those]


def _note_reading(parts: Wiring, book: Rulebook, changes: Sequence[Change]) -> None:
    """Before anything is shown: whose texts were read here."""
    ids = [change.text.message_id for change in changes]
    with parts.db.writing() as session:
        audit.record(session, "texts_read", command="compare", checksum=book.checksum, message_ids=ids)


def _line(row: dict[str, Any]) -> str:
    signs = (("+", "flags_added"), ("-", "flags_removed"), ("+", "intents_added"), ("-", "intents_removed"))
    labels = " ".join(f"{sign}{label}" for sign, key in signs for label in row[key])
    urgency = row["from"] if row["from"] == row["to"] else f"{row['from']} → {row['to']}"
    line = f"{row['id']}  {urgency}  {labels}".rstrip()
    # repr: a text cannot command the terminal, nor turn the line
    return f"{line}\n    {row['text']!r}" if "text" in row else line


def _told(summary: dict[str, Any]) -> str:
    lost = summary["emergencies_lost"]
    lines = [f"EMERGENCIES THAT WOULD BE LOST: {len(lost)}", *(f"  {one}" for one in lost)]
    return "\n".join(
        [
            *(lines if lost else ["No emergency would be lost."]),
            f"{summary['changed']} of {summary['texts']} texts of the last {summary['days']} days would "
            f"change: {summary['raised']} raised, {summary['lowered']} lowered, the rest in flags, intents.",
        ]
    )
