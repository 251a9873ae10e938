"""Looking for words in sealed texts: nothing is indexed, so the newest are opened one by one.

Reading columns and matching each text as it stands keeps 100,000 of them under a second of one core. A scan
that lasts longer than `LONGEST` stops and says how far back it came.
"""

from __future__ import annotations

import re
import time
import unicodedata
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, Select, select
from sqlalchemy.orm import Session

from smsbot import clock
from smsbot.crypto import SealError, Vault
from smsbot.models import Case, Message

SPAN = timedelta(days=90)
MOST_HITS = 50
LEAST_CHARACTERS = 3
LONGEST = 5.0  # seconds: a screen must not hang, whatever the size of the clinic
_BATCH = 500
_BREATH = 0.0002  # seconds between batches, in which webhooks of the same process get their turn


@dataclass(frozen=True, slots=True)
class Hit:
    """A text that holds the words: `body[start:end]`. `case_id` is never None: others are not looked at."""

    message_id: str
    case_id: str
    at: datetime
    direction: str  # in, out
    body: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Scan:
    """What a scan found, the newest first, and whether there may be more."""

    hits: tuple[Hit, ...]
    is_full: bool = False  # stopped at MOST_HITS
    reached: datetime | None = None  # stopped for lack of time here; older texts were not looked at
    unreadable: int = 0  # texts that do not open: moved, altered, or sealed with a key that is gone


def scan_texts(session: Session, vault: Vault, words: str, teams: Collection[str] | None = None) -> Scan:
    """Look for words in the texts of the last 90 days, without regard to case, accents and blanks.

    `teams`: in cases of these teams alone. Nothing is looked for below LEAST_CHARACTERS.
    """
    pattern = pattern_of(words)
    if pattern is None:
        return Scan(())
    hits: list[Hit] = []
    unreadable = 0
    ends = time.monotonic() + LONGEST
    for batch in _batches(session, teams):
        for message_id, sealed, case_id, at, direction in batch:
            try:
                body = vault.open("messages", message_id, "body", bytes(sealed))
            except SealError:
                unreadable += 1
                continue
            found = pattern.search(body)
            if found is None:
                continue
            hits.append(Hit(message_id, case_id, at, direction, body, *found.span()))
            if len(hits) == MOST_HITS:
                return Scan(tuple(hits), is_full=True, unreadable=unreadable)
        if time.monotonic() > ends:
            return Scan(tuple(hits), reached=batch[-1].created_at, unreadable=unreadable)
        time.sleep(_BREATH)
    return Scan(tuple(hits), unreadable=unreadable)


def _batches(session: Session, teams: Collection[str] | None) -> Iterator[Sequence[Row[*tuple[Any, ...]]]]:
    yield from session.execute(_query(teams).execution_options(yield_per=_BATCH)).partitions()


def _query(teams: Collection[str] | None) -> Select[*tuple[Any, ...]]:
    """Columns, not objects, in the order of the index on created_at."""
    query = (
        select(Message.id, Message.body_sealed, Message.case_id, Message.created_at, Message.direction)
        .where(Message.created_at >= clock.now() - SPAN, Message.case_id.is_not(None))
        .order_by(Message.created_at.desc())
    )
    if teams is not None:
        query = query.join(Case, Case.id == Message.case_id).where(Case.team.in_(sorted(teams)))
    return query


def pattern_of(words: str) -> re.Pattern[str] | None:
    """What finds these words as people write them; None when there are too few characters to look for.

    To match the text as it stands is three times faster than to fold every text first, and says where.
    """
    parts = fold(words).split()
    if len("".join(parts)) < LEAST_CHARACTERS:
        return None
    return re.compile(r"\s+".join("".join(_any_form(char) for char in part) for part in parts))


def fold(text: str) -> str:
    """Without case and accents, with plain apostrophes."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return _straight("".join(char for char in apart if not unicodedata.combining(char)))


def _straight(text: str) -> str:
    return re.sub(f"[{_APOSTROPHES}]", "'", text)


_APOSTROPHES = "'’‘‛ʼ´`′＇"
_MARKS = "[\u0300-\u036f]*"  # accents that stand as characters of their own


def _forms() -> dict[str, str]:
    """Every Latin letter by what is left of it when folded: `e` has `eEèÈéÉ…`."""
    forms: dict[str, str] = {}
    for code in (*range(0x30, 0x250), *range(0x1E00, 0x1F00)):
        char = chr(code)
        folded = fold(char)
        if len(folded) == 1 and folded.isalnum():
            forms[folded] = forms.get(folded, "") + char
    return forms


_FORMS = _forms()


def _any_form(char: str) -> str:
    if char == "'":
        return f"[{_APOSTROPHES}]"
    if not char.isalnum():
        return re.escape(char)
    forms = _FORMS.get(char) or "".join(dict.fromkeys(char + char.upper()))
    return f"[{re.escape(forms)}]{_MARKS}"
