"""Texts that staff send often, with placeholders that are filled in before anybody reads them over."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from smsbot import audit, clock
from smsbot.clinic import Clinic
from smsbot.models import SavedReply, new_id
from smsbot.patients import Behind
from smsbot.replies import Wording, segments, to_gsm
from smsbot.replies.facts import Facts, spoken_phone

# What stands between braces, and what stands in its place while it is not known.
PLACEHOLDERS = {
    "clinic": "clinic name",
    "office_phone": "office phone",
    "first_name": "first name",
    "staff": "your name",
    "next_opening": "next opening",
}
_SAMPLE = {
    "clinic": "Example Psychiatry of Delray",
    "office_phone": "(561) 555-0100",
    "first_name": "Yolanda",
    "staff": "Nadia (nurse)",
    "next_opening": "Wednesday at 10:30 AM",
}
MOST_SEGMENTS = 3
LONGEST_NAME = 80

_BRACES = re.compile(r"\{([^{}]*)\}")
_OPENING = {  # today, within a week, later
    "en": ("today at {time}", "{weekday} at {time}", "{month} {day} at {time}"),
    "es": ("hoy a {time}", "el {weekday} a {time}", "el {day} de {month} a {time}"),
    "ht": ("jodi a, {time}", "{weekday} a {time}", "{day} {month} a {time}"),
}


class BadSavedReply(ValueError):
    """It cannot be kept; `problems` say why and what to do, one sentence each."""

    def __init__(self, problems: Sequence[str]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(problems))


@dataclass(frozen=True, slots=True)
class Filled:
    """A saved reply with its placeholders filled in; `missing` are the blanks left for a person."""

    words: str
    missing: tuple[str, ...] = ()


def fill(body: str, values: Mapping[str, str | None]) -> Filled:
    """Fill in what is known. What is not stands as `[first name]`, and keeps the text from being sent."""
    missing: list[str] = []

    def put(found: re.Match[str]) -> str:
        value = values.get(found[1])
        if value:
            return value
        missing.append(_blank(found[1]))
        return missing[-1]

    return Filled(_BRACES.sub(put, body), tuple(dict.fromkeys(missing)))


def blanks_left(words: str) -> tuple[str, ...]:
    """The blanks of a saved reply that nobody has filled in."""
    return tuple(blank for blank in map(_blank, PLACEHOLDERS) if blank in words)


def _blank(placeholder: str) -> str:
    return f"[{PLACEHOLDERS.get(placeholder, placeholder)}]"


def values_at(
    now: datetime, clinic: Clinic, wording: Wording, language: str, people: Sequence[Behind], staff_name: str
) -> dict[str, str | None]:
    """What each placeholder stands for now (aware), in this language. None: nobody can know."""
    return {
        "clinic": clinic.name,
        "office_phone": spoken_phone(clinic.office_phone),
        "first_name": first_name(people),
        "staff": staff_name,
        "next_opening": _next_opening(now, clinic, wording, language),
    }


def first_name(people: Sequence[Behind]) -> str | None:
    """How to greet whoever holds the phone: the one patient behind it, if the phone is their own."""
    if len(people) != 1 or people[0].relation != "self":
        return None
    family, comma, given = people[0].patient.name.partition(",")
    names = (given if comma else family).split()
    return names[0] if names else None


def _next_opening(now: datetime, clinic: Clinic, wording: Wording, language: str) -> str | None:
    office = clinic.office_at(now)
    if office.is_open and office.closes_at is not None:
        office = clinic.office_at(office.closes_at + timedelta(minutes=1))
    if office.opens_at is None or language not in wording.texts:
        return None
    opens = clinic.local(office.opens_at)
    facts = Facts(clinic.office_phone, is_open=False, covered=False, when=opens)
    days = (opens.date() - clinic.local(now).date()).days
    forms = _OPENING.get(language, _OPENING["en"])
    return forms[0 if days == 0 else 1 if days < 7 else 2].format_map(facts.fill(wording, language))


def list_saved(session: Session, languages: Sequence[str] = ()) -> list[SavedReply]:
    """All that are kept, by position and name; those of these languages first, in this order."""
    query = select(SavedReply).where(SavedReply.removed_at.is_(None))
    found = session.scalars(query.order_by(SavedReply.position, SavedReply.name, SavedReply.id))
    order = {language: at for at, language in enumerate(languages)}
    return sorted(found, key=lambda one: order.get(one.language, len(order)))


def find_saved(session: Session, saved_id: str) -> SavedReply | None:
    """One that is kept, by its id."""
    found = session.get(SavedReply, saved_id)
    return found if found is not None and found.removed_at is None else None


def add(
    session: Session, *, name: str, language: str, body: str, offered: Sequence[str], staff_id: str | None
) -> SavedReply:
    """Keep a new one, after the others. `offered`: the clinic's languages. Raises BadSavedReply."""
    name, body = _checked(name, language, body, offered)
    last = session.scalar(select(func.max(SavedReply.position)))
    saved = SavedReply(
        id=new_id(),
        name=name,
        language=language,
        body=body,
        position=(last or 0) + 1,
        updated_at=clock.now(),
        updated_by=staff_id,
    )
    session.add(saved)
    audit.record(session, "saved_reply_added", staff_id=staff_id, saved_reply_id=saved.id, language=language)
    return saved


def change(
    session: Session, saved: SavedReply, *, name: str, body: str, offered: Sequence[str], staff_id: str
) -> None:
    """Change its name and words. Raises BadSavedReply; then nothing is changed."""
    saved.name, saved.body = _checked(name, saved.language, body, offered)
    saved.updated_at, saved.updated_by = clock.now(), staff_id
    audit.record(session, "saved_reply_changed", staff_id=staff_id, saved_reply_id=saved.id)


def remove(session: Session, saved: SavedReply, staff_id: str) -> None:
    """Offer it no more."""
    saved.removed_at, saved.updated_by = clock.now(), staff_id
    audit.record(session, "saved_reply_removed", staff_id=staff_id, saved_reply_id=saved.id)


def _checked(name: str, language: str, body: str, offered: Sequence[str]) -> tuple[str, str]:
    name, body = " ".join(name.split()), to_gsm(body).strip()
    if problems := problems_of(name, language, body, offered):
        raise BadSavedReply(problems)
    return name, body


def problems_of(name: str, language: str, body: str, offered: Sequence[str]) -> list[str]:
    """What keeps these words from being a saved reply."""
    problems = []
    if not name or len(name) > LONGEST_NAME:
        problems.append(f"Give it a name of at most {LONGEST_NAME} characters.")
    if language not in offered:
        problems.append("Choose one of the clinic's languages.")
    if not body:
        problems.append("Write the words.")
    unknown = [found for found in _BRACES.findall(body) if found not in PLACEHOLDERS]
    if unknown or re.search(r"[{}]", _BRACES.sub("", body)):
        known = ", ".join(f"{{{one}}}" for one in PLACEHOLDERS)
        wrong = ", ".join(f"{{{one}}}" for one in unknown) or "a single brace"
        problems.append(f"{wrong} is no placeholder. There are {known}.")
    elif (count := segments(to_gsm(fill(body, _SAMPLE).words))) > MOST_SEGMENTS:
        problems.append(f"Too long: {count} segments once it is filled in, {MOST_SEGMENTS} at most.")
    return problems
