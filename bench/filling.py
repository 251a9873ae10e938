"""A home as it looks after a year: cases, texts, what was read, who looked, what left. Invented words.

Rows are written by Core in batches, sealed as the system seals them, with ids of the time they tell of.
Nothing in them is due: the system that runs on such a home is quiet until something is posted.
"""

from __future__ import annotations

import itertools
import json
import random
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import insert, select

from bench.invented import ENGINE, KINDS, LETTERS, LOST, SUBURBS
from smsbot.crypto import Vault
from smsbot.models import (
    Alert,
    Base,
    Case,
    Contact,
    Correction,
    Dispatch,
    Event,
    Message,
    Staff,
    TriageRecord,
)
from smsbot.wiring import Wiring

DAYS = 90  # over which the cases are spread
_BATCH = 500  # cases of one transaction
_PER_CONTACT = 4
_ORDER = (Contact, Case, Message, TriageRecord, Alert, Dispatch, Event, Correction)


@dataclass
class Filled:
    """What was put there. `words` are three that stand together in one text alone."""

    cases: int
    messages: int
    codes: list[str] = field(default_factory=list)  # of all cases
    open_codes: list[str] = field(default_factory=list)
    numbers: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)


@dataclass
class _Story:
    """One case under way: its rows, in the order of their tables."""

    vault: Vault
    chance: random.Random
    rows: dict[type[Base], list[dict[str, Any]]] = field(
        default_factory=lambda: {table: [] for table in _ORDER}
    )

    def add(self, table: type[Base], moment: datetime, /, **values: Any) -> str:
        """A row of this time; what is called `…_sealed` is sealed. Gives its id."""
        row_id = made_id(moment, self.chance)
        row: dict[str, Any] = {"id": row_id}
        for name, value in values.items():
            column = name.removesuffix("_sealed")
            if column != name and value is not None:
                value = self.vault.seal(table.__tablename__, row_id, column, value)
            row[name] = value
        self.rows[table].append(row)
        return row_id


def fill(
    parts: Wiring,
    cases: int,
    messages: int,
    *,
    open_cases: int = 300,
    now: datetime | None = None,
    seed: int = 7,
) -> Filled:
    """Write so many cases with so many texts into a migrated home with staff, the newest of them open."""
    now = now or datetime.now(UTC)
    chance, filled = random.Random(seed), Filled(cases, messages)
    with parts.db.reading() as session:
        staff = list(session.scalars(select(Staff.id).order_by(Staff.created_at)))
    codes, contacts = _codes(chance), []
    for first in range(0, cases, _BATCH):
        story = _Story(parts.vault, chance)
        for number in range(first, min(first + _BATCH, cases)):
            opened_at = now - timedelta(days=DAYS) * ((cases - number) / (cases + 1))
            if number % _PER_CONTACT == 0:
                contacts.append(_contact(story, opened_at, number // _PER_CONTACT, filled))
            contact = contacts[-1] if number % _PER_CONTACT == 0 else chance.choice(contacts)
            count = messages * (number + 1) // cases - messages * number // cases
            is_open = number >= cases - open_cases
            _write_case(story, filled, contact, next(codes), opened_at, count, is_open, staff, number, now)
        _store(parts, story)
    return filled


def made_id(at: datetime, chance: random.Random) -> str:
    """An id as the system would have made it then."""
    return f"{int(at.timestamp() * 1000):012x}{chance.getrandbits(80):020x}"


def _store(parts: Wiring, story: _Story) -> None:
    with parts.db.writing() as session:
        for table in _ORDER:
            if story.rows[table]:
                session.execute(
                    insert(table.__table__), [_by_column(table, row) for row in story.rows[table]]
                )  # type: ignore[arg-type]


def _by_column(table: type[Base], row: dict[str, Any]) -> dict[str, Any]:
    return {name.removesuffix("_sealed"): value for name, value in row.items()}


def _codes(chance: random.Random) -> Iterator[str]:
    """Every code there is, once, in no order."""
    every = ["".join(letters) for letters in itertools.product(LETTERS, repeat=4)]
    chance.shuffle(every)
    return iter(every)


def _contact(story: _Story, at: datetime, number: int, filled: Filled) -> tuple[str, str]:
    area, line = divmod(number, 100)
    phone = f"+1{320 + area % 600}55501{line:02d}"
    filled.numbers.append(phone)
    row_id = story.add(
        Contact,
        at,
        number_sealed=phone,
        number_index=story.vault.blind_index("number", phone),
        kind="phone",
        language="en",
        consent="unknown",
        version=1,
        created_at=at,
    )
    return row_id, phone


def _write_case(
    story: _Story,
    filled: Filled,
    contact: tuple[str, str],
    code: str,
    at: datetime,
    count: int,
    is_open: bool,
    staff: list[str],
    number: int,
    now: datetime,
) -> None:
    chance = story.chance
    urgency, _, intents, flags, team, words = chance.choices(KINDS, [kind[1] for kind in KINDS])[0]
    who = chance.choice(staff)
    minutes = chance.lognormvariate({"emergency": 1.3, "urgent": 3.2, "routine": 4.8}[urgency], 0.8)
    looked_at = min(at + timedelta(minutes=minutes), now)
    done_at = looked_at + timedelta(minutes=chance.uniform(5, 200))
    # half of what is open somebody has
    state = ("taken" if number % 2 else "open") if is_open else "resolved"
    is_looked = state != "open"
    case_id = story.add(
        Case,
        at,
        code=code,
        contact_id=contact[0],
        state=state,
        urgency=urgency,
        urgency_rank={"emergency": 3, "urgent": 2, "routine": 1}[urgency],
        intents=intents,
        flags=flags,
        team=team,
        owner_id=who if is_looked else None,
        opened_at=at,
        look_by=at
        + {"emergency": timedelta(minutes=15), "urgent": timedelta(hours=4)}.get(urgency, timedelta(days=1)),
        taken_at=looked_at if is_looked else None,
        owner_opened_at=looked_at if is_looked else None,
        conditions=[],
        resolved_at=done_at if state == "resolved" else None,
        resolved_by=who if state == "resolved" else None,
        resolution="answered" if state == "resolved" else None,
        version=3,
        changed_at=done_at if state == "resolved" else looked_at if is_looked else at,
    )
    filled.codes.append(code)
    if is_open:
        filled.open_codes.append(code)
    _events(story, case_id, at, looked_at, done_at, state, urgency, team, who)
    alert_id = _alert(story, case_id, at, looked_at, urgency) if urgency != "routine" else None
    if alert_id:
        _alert_text(story, case_id, alert_id, at, who, urgency)
    spots = [chance.choice(SUBURBS) for _ in range(2)] + [f"n{number}"]
    filled.words.append(" ".join(spots))
    for place in range(count):
        moment = at if place == 0 else at + timedelta(minutes=minutes * place / count)
        body = f"{words}, {' '.join(spots)} {place}"
        if place % 2 == 0:
            _text_in(story, case_id, contact, moment, body, urgency, intents, flags, who)
        else:
            _text_out(story, case_id, contact, moment, body, "bot" if place == 1 else who)


def _events(
    story: _Story,
    case_id: str,
    at: datetime,
    looked_at: datetime,
    done_at: datetime,
    state: str,
    urgency: str,
    team: str,
    who: str,
) -> None:
    def event(kind: str, moment: datetime, staff_id: str | None = None, **details: str) -> None:
        story.add(Event, moment, at=moment, kind=kind, case_id=case_id, staff_id=staff_id, details=details)

    event("text_received", at, urgency=urgency)
    event("case_opened", at, urgency=urgency, team=team)
    if state == "open":
        return
    event("case_opened_by", looked_at, who)
    event("case_taken", looked_at + timedelta(seconds=20), who, by="inbox")
    event("case_opened_by", looked_at + timedelta(minutes=2), who)
    event("replied", looked_at + timedelta(minutes=3), who)
    if state == "resolved":
        event("case_resolved", done_at, who)


def _alert(story: _Story, case_id: str, at: datetime, looked_at: datetime, urgency: str) -> str:
    return story.add(
        Alert,
        at,
        case_id=case_id,
        state="ended",
        urgency=urgency,
        step=1,
        next_at=None,
        reason="new",
        to_owner=False,
        passed_by=[],
        created_at=at,
        ended_at=looked_at,
    )


def _alert_text(story: _Story, case_id: str, alert_id: str, at: datetime, who: str, urgency: str) -> None:
    _dispatch(
        story,
        at,
        purpose="alert",
        route="sms",
        case_id=case_id,
        alert_id=alert_id,
        staff_id=who,
        recipient_sealed="+15615550150",
        body_sealed=f"{urgency}: a case waits",
        owed=f"alert:{alert_id}:0:{who}:sms",
        urgency_rank=3 if urgency == "emergency" else 2,
    )


def _text_in(
    story: _Story,
    case_id: str,
    contact: tuple[str, str],
    at: datetime,
    body: str,
    urgency: str,
    intents: list[str],
    flags: list[str],
    who: str,
) -> None:
    form = {"MessageSid": "SM" + secrets.token_hex(16), "From": contact[1], "Body": body, "NumMedia": "0"}
    message_id = story.add(
        Message,
        at,
        contact_id=contact[0],
        case_id=case_id,
        direction="in",
        author="patient",
        provider_sid=form["MessageSid"],
        body_sealed=body,
        form_sealed=json.dumps(form),
        answer_sealed="<Response/>",
        marks=[],
        media_count=0,
        reply_keys=[],
        created_at=at,
    )
    evidence = [{"start": 0, "end": 10, "why": "Invented words.", "flag": None, "intent": intents[0]}]
    details = {
        "languages": ["en"],
        "medications": [],
        "windows": [],
        "excluded": [],
        "evidence": evidence,
        "notes": [],
    }
    story.add(
        TriageRecord,
        at,
        message_id=message_id,
        urgency=urgency,
        intents=intents,
        flags=flags,
        language="en",
        confidence=0.9,
        details_sealed=json.dumps(details),
        engine=ENGINE,
        created_at=at,
    )
    if story.chance.random() < 0.005:
        was = {"urgency": urgency, "intents": intents, "flags": flags, "engine": ENGINE}
        urgency = story.chance.choice(("routine", "urgent", "emergency"))
        story.add(
            Correction,
            at,
            message_id=message_id,
            case_id=case_id,
            staff_id=who,
            at=at,
            urgency=urgency,
            intents=intents,
            flags=[],
            was=was,
        )


def _text_out(
    story: _Story, case_id: str, contact: tuple[str, str], at: datetime, body: str, author: str
) -> None:
    message_id = story.add(
        Message,
        at,
        contact_id=contact[0],
        case_id=case_id,
        direction="out",
        author=author,
        provider_sid=None,
        body_sealed=body,
        form_sealed=None,
        answer_sealed=None,
        marks=[],
        media_count=0,
        reply_keys=[],
        created_at=at,
    )
    _dispatch(
        story,
        at,
        purpose="reply",
        route="twiml" if author == "bot" else "rest",
        case_id=case_id,
        message_id=message_id,
        contact_id=contact[0],
        recipient_sealed=contact[1],
        body_sealed=body,
        owed=f"text:{message_id}",
        urgency_rank=1,
    )


def _dispatch(story: _Story, at: datetime, **values: Any) -> None:
    """Something that left long ago; one in a hundred never arrived."""
    lost = story.chance.choice(LOST) if story.chance.random() < 0.01 else None
    usual = dict.fromkeys(("alert_id", "message_id", "staff_id", "contact_id"))
    story.add(
        Dispatch,
        at,
        **{**usual, **values},
        state="failed" if lost else "delivered",
        attempts=1,
        is_doubtful=False,
        look_ups=0,
        due_at=at,
        provider_id="SM" + secrets.token_hex(16),
        error=lost,
        created_at=at,
        sent_at=at,
    )
