"""Searching the audit log: always by an index, newest first, a page at a time by where the last one ended."""

from __future__ import annotations

import calendar
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.orm import Session

from smsbot import clock
from smsbot.models import Case, Event, Staff
from smsbot.shifts.wall import first_moment, last_moment
from smsbot.shifts.words import describe
from smsbot.web.event_words import WORDS, sentence
from smsbot.wiring import Wiring

PAGE = 100
# Events have no index by person: a search by person alone reads these days, found by their time.
PERSON_LOOKS_BACK = timedelta(days=90)
_OURS = {
    "patients_import_part": "A part of a list of patients was written.",
    "audit_exported": "{who} exported a part of this log.",
}
_ID = re.compile(r"[0-9a-f]{32}")


@dataclass(frozen=True, slots=True)
class Search:
    """What is looked for. `start` and `end` aware; empty text is anything."""

    staff_id: str = ""
    kind: str = ""
    code: str = ""
    start: datetime | None = None
    end: datetime | None = None
    is_cut: bool = False  # by person alone: the last 90 days


@dataclass(frozen=True, slots=True)
class AuditLine:
    """One event. `details` are states, never words; `key` is where the next page begins."""

    id: str
    at: datetime
    kind: str
    words: str
    who: str
    code: str | None
    details: str
    key: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """Up to a hundred lines, and what the form offers."""

    lines: tuple[AuditLine, ...]
    next_key: str | None
    people: tuple[Staff, ...]
    kinds: tuple[tuple[str, str], ...]  # kind, words
    is_unknown_code: bool
    is_cut: bool


def read_search(given: Mapping[str, str], parts: Wiring) -> Search:
    """What the form says. Days are the clinic's; what is no day is left out."""
    zone, now = parts.clinic.zone, clock.now()
    first, last = _day(given.get("from")), _day(given.get("to"))
    start = first_moment(datetime.combine(first, time()), zone) if first else None
    end = last_moment(datetime.combine(last + timedelta(days=1), time()), zone) if last else None
    staff_id, kind, code = (_plain(given.get(name, "")) for name in ("person", "kind", "code"))
    is_cut = bool(staff_id) and not (kind or code or start)
    if is_cut:
        start = (end or now) - PERSON_LOOKS_BACK
    return Search(staff_id, kind, code.upper(), start, end, is_cut)


def read_audit_page(session: Session, search: Search, after: str | None, zone: ZoneInfo) -> AuditPage:
    """The page after this key."""
    case_id = case_id_of(session, search.code)
    is_unknown = bool(search.code) and case_id is None
    people = tuple(sorted(session.scalars(select(Staff)), key=lambda one: str(one.name).casefold()))
    query = audit_query(search, case_id, _key(after)).limit(PAGE + 1)
    events = [] if is_unknown else list(session.scalars(query))
    lines = tuple(told(session, events[:PAGE], {one.id: one.name for one in people}, zone))
    return AuditPage(
        lines=lines,
        next_key=lines[-1].key if len(events) > PAGE else None,
        people=people,
        kinds=tuple(_kinds(session)),
        is_unknown_code=is_unknown,
        is_cut=search.is_cut,
    )


def audit_query(search: Search, case_id: str | None, after: tuple[datetime, str] | None) -> Select[Event]:
    """Newest first. Its time always has an upper bound, so that an index leads to where a page begins."""
    upper = min(bound for bound in (search.end, after and after[0], _far()) if bound is not None)
    wanted = [Event.at <= upper if after else Event.at < upper]
    if after is not None:
        wanted.append(or_(Event.at < after[0], and_(Event.at == after[0], Event.id < after[1])))
    if search.start is not None:
        wanted.append(Event.at >= search.start)
    if case_id is not None:
        wanted.append(Event.case_id == case_id)
    if search.kind:
        wanted.append(Event.kind == search.kind)
    if search.staff_id:
        wanted.append(Event.staff_id == search.staff_id)
    return select(Event).where(*wanted).order_by(Event.at.desc(), Event.id.desc())


def case_id_of(session: Session, code: str) -> str | None:
    """The case with this code."""
    return session.scalar(select(Case.id).where(Case.code == code)) if code else None


def told(
    session: Session, events: list[Event], names: dict[str, str], zone: ZoneInfo | None = None
) -> Iterator[AuditLine]:
    """Events in words, with the codes of their cases; times in details on this zone's clock, else as kept."""
    ids = {event.case_id for event in events if event.case_id}
    codes = {row[0]: row[1] for row in session.execute(select(Case.id, Case.code).where(Case.id.in_(ids)))}
    for event in events:
        who = names.get(event.staff_id or "", "")
        words = _sentence(event, who)
        yield AuditLine(
            id=event.id,
            at=event.at,
            kind=event.kind,
            words=words,
            who=who,
            code=codes.get(event.case_id or ""),
            details=_details(event, names, words, zone),
            key=f"{event.at.isoformat()}|{event.id}",
        )


def _sentence(event: Event, who: str) -> str:
    if event.kind in WORDS or event.kind not in _OURS:
        return sentence(event, who)
    return _OURS[event.kind].format(who=who or "Somebody")


def _details(event: Event, names: dict[str, str], words: str, zone: ZoneInfo | None) -> str:
    """What an event holds besides its sentence, without ids that say nothing to a reader."""
    found = []
    for key, value in sorted((event.details or {}).items()):
        values = value if isinstance(value, list) else [value]
        shown = [told for one in values if (told := _detail(key, names.get(str(one), str(one)), zone))]
        if shown and not (zone and ", ".join(shown) in words):
            found.append(f"{key.replace('_', ' ')}: {', '.join(shown)}")
    return "; ".join(found)


def _detail(key: str, written: str, zone: ZoneInfo | None) -> str:
    if _ID.fullmatch(written) or written == "None":
        return ""
    if zone is None:
        return written
    if key == "weekday" and written in set("0123456"):
        return calendar.day_name[int(written)]
    if key.endswith("_at"):
        try:
            return describe(datetime.fromisoformat(written), zone)
        except ValueError:
            return written
    return written.replace("_", " ")


def _kinds(session: Session) -> Iterator[tuple[str, str]]:
    """The kinds there are, each found by a step along the index instead of reading the whole log."""
    last, found = "", []
    while (kind := session.scalar(_next_kind(last))) is not None:
        found.append(kind)
        last = kind
    yield from sorted(((kind, _kind_words(kind)) for kind in found), key=lambda pair: pair[1])


def _next_kind(last: str) -> Select[str]:
    return select(Event.kind).where(Event.kind > last).order_by(Event.kind).limit(1)


def _kind_words(kind: str) -> str:
    """A heading for a kind: its sentence without what differs from line to line."""
    words = re.sub(r"\{who\}", "Somebody", WORDS.get(kind, _OURS.get(kind, kind.replace("_", " "))))
    words = re.sub(r"[:,]?\s*\{\w+\}( \w+(?=\.))?", "", words).strip(" .:")
    return (words[:1].upper() + words[1:]) or kind.replace("_", " ")


def _key(written: str | None) -> tuple[datetime, str] | None:
    try:
        at, _, event_id = _plain(written or "").partition("|")
        moment = datetime.fromisoformat(at)
    except ValueError:
        return None
    return (moment, event_id) if moment.tzinfo is not None else None


def _plain(written: str) -> str:
    """PostgreSQL takes no NUL, not even to look for."""
    return written.replace("\0", "").strip()


def _day(written: str | None) -> date | None:
    try:
        day = date.fromisoformat(written or "")
    except ValueError:
        return None
    return day if 2000 <= day.year <= 2100 else None


def _far() -> datetime:
    return clock.now() + timedelta(days=1)
