"""The protocols that triage has used, kept by their checksum, and who signed them off."""

from __future__ import annotations

import re
from typing import Any

import structlog
from sqlalchemy import select, update
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from smsbot import audit, clock
from smsbot.db import Database
from smsbot.models import Protocol
from smsbot.triage.rulebook import Rulebook, RuleError, checksum_of, rulebook_from_content, sources_of
from smsbot.upsert import insert_if_new

SHORTEST_PREFIX = 8
LONGEST_NAME = 120
_CHECKSUM = re.compile(rf"(?:sha256:)?([0-9a-f]{{{SHORTEST_PREFIX},64}})", re.IGNORECASE)

log = structlog.get_logger()


class ProtocolError(Exception):
    """No such protocol, or it cannot be used. The text says what to do. Not retryable."""


def keep_protocol(db: Database, book: Rulebook) -> None:
    """Store the protocol that is now in use. A database that refuses stops nobody from reading texts."""
    try:
        store_protocol(db, book)
    except (SQLAlchemyError, TimeoutError) as error:
        log.error("protocol_not_stored", checksum=book.checksum, error=type(error).__name__)


def store_protocol(db: Database, book: Rulebook) -> bool:
    """Store what the rule files say, once for each checksum, however many processes start. True if new."""
    with db.reading() as session:  # nearly always there: a start need not wait for its turn to write
        if session.scalar(select(Protocol.checksum).where(Protocol.checksum == book.checksum)):
            return False
    values = {
        "checksum": book.checksum,
        "content": book.content,
        "is_edited": book.is_edited,
        "first_used_at": clock.now(),
    }
    with db.writing() as session:
        return insert_if_new(session, Protocol, values)


def checksum_prefix(text: str) -> str | None:
    """The hexadecimal digits of a checksum or of its beginning, with or without `sha256:`; else None."""
    match = _CHECKSUM.fullmatch(text.strip())
    return match.group(1).lower() if match else None


def find_protocol(session: Session, text: str) -> Protocol:
    """The protocol with this checksum, or with one that begins like this. Raises ProtocolError."""
    prefix = checksum_prefix(text)
    if prefix is None:
        raise ProtocolError(
            f"{text!r} is no checksum: give at least {SHORTEST_PREFIX} of its hexadecimal digits. "
            "`smsbot protocol list` shows those that are stored."
        )
    found = list(session.scalars(select(Protocol).where(Protocol.checksum.startswith(prefix)).limit(2)))
    if not found:
        raise ProtocolError(
            f"No protocol with the checksum {prefix} is stored. `smsbot protocol list` shows those that are."
        )
    if len(found) > 1:
        raise ProtocolError(f"Several protocols begin with {prefix}: give more digits of the checksum.")
    return found[0]


def files_of(protocol: Protocol) -> list[tuple[str, dict[str, Any]]]:
    """What the files of a stored protocol say: name and table. Raises ProtocolError if it was altered."""
    try:
        sources = sources_of(protocol.content)
    except RuleError:
        sources = []
    if checksum_of(sources) != protocol.checksum:
        raise ProtocolError(
            f"The protocol {protocol.checksum[:12]} does not match its checksum: it was altered in the "
            "database. Take it from a backup."
        )
    return sources


def rulebook_of(protocol: Protocol) -> Rulebook:
    """The rulebook of a stored protocol. Raises ProtocolError if it was altered or another version's."""
    files_of(protocol)
    try:
        return rulebook_from_content(protocol.content)
    except RuleError as error:
        name = protocol.checksum[:12]
        raise ProtocolError(f"This version of smsbot cannot use the protocol {name}: {error}") from error


def sign(session: Session, checksum: str, by: str) -> None:
    """Write down who signed this stored protocol off, now; an earlier sign-off stays in the audit log."""
    signed = update(Protocol).where(Protocol.checksum == checksum)
    session.execute(signed.values(signed_by=by, signed_at=clock.now()))
    audit.record(session, "protocol_signed", note=by, checksum=checksum)


def is_signed(session: Session, checksum: str) -> bool:
    """Whether somebody has signed this protocol off. One query by the primary key."""
    query = select(Protocol.signed_at).where(Protocol.checksum == checksum)
    return session.scalar(query) is not None
