"""What a search finds: by number, code and whole name through blind indexes, by words through a scan."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from datetime import datetime

import phonenumbers
from sqlalchemy import ColumnElement, and_, select, true
from sqlalchemy.orm import Session

from smsbot import search
from smsbot.crypto import Vault
from smsbot.models import Case, Contact, Patient, PatientNumber
from smsbot.patients.names import find_by_name
from smsbot.web.case_list import CaseRow, rows_of

_MOST_CASES = 50
_AROUND = 60  # characters of a text before and after what matched
_NUMBER_LIKE = re.compile(r"[\d\s().+/-]{3,30}")
_CODE_LIKE = re.compile(r"#?([2-9A-Za-z]{4,8})")


@dataclass(frozen=True, slots=True)
class Person:
    """A patient of the list whose whole name was given."""

    id: str
    name: str
    born: str | None
    has_left: bool
    numbers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FoundText:
    """A text that holds the words, cut to what stands around them."""

    code: str
    number: str
    urgency: str
    at: datetime
    is_ours: bool
    before: str
    match: str
    after: str


@dataclass(frozen=True, slots=True)
class Found:
    """The results. `kind` is number, code, name or text: what the words were taken for, or led to."""

    kind: str
    rows: tuple[CaseRow, ...] = ()
    people: tuple[Person, ...] = ()
    texts: tuple[FoundText, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def hits(self) -> int:
        """How much was found."""
        return len(self.rows) + len(self.people) + len(self.texts)

    @property
    def is_empty(self) -> bool:
        """Nothing at all."""
        return self.hits == 0

    @property
    def rows_title(self) -> str:
        """What the cases are."""
        return {"code": "The case", "number": "Cases of this number"}.get(
            self.kind, "Cases of these patients"
        )

    @property
    def said(self) -> str:
        """One line for everybody, and for those who listen."""
        parts = [
            _counted(len(self.rows), "case"),
            _counted(len(self.people), "patient"),
            _counted(len(self.texts), "text"),
        ]
        return "Found " + (", ".join(part for part in parts if part) or "nothing")


@dataclass(frozen=True, slots=True)
class Looking:
    """Who looks, and what they may see: `teams` None is everything."""

    session: Session
    vault: Vault
    staff_id: str
    teams: frozenset[str] | None

    def find(self, words: str) -> Found:
        """Look for a number if it looks like one; else for a case code, a whole name, words of texts."""
        words = " ".join(words.split())
        if _NUMBER_LIKE.fullmatch(words):
            by_number = self._by_number(words)
            by_code = self._by_code(words)  # "2479" may be one
            return by_code if by_code.rows else by_number
        by_code = self._by_code(words)
        if by_code.rows:
            return by_code
        return self._by_name_and_text(words)

    def _by_number(self, words: str) -> Found:
        digits = re.sub(r"\D", "", words)
        indexes = [self.vault.blind_index("number", number) for number in _numbers(words, digits)]
        contacts = select(Contact.id).where(Contact.number_index.in_(indexes))
        rows = self._rows(Case.contact_id.in_(contacts))
        notes: tuple[str, ...] = ()
        if len(digits) < 7 and not rows:
            notes = ("A part of a number, such as its last 4 digits, finds nothing. Write the whole number.",)
        return Found("number", rows=rows, notes=notes)

    def _by_code(self, words: str) -> Found:
        match = _CODE_LIKE.fullmatch(words)
        return Found("code", rows=self._rows(Case.code == match[1].upper()) if match else ())

    def _by_name_and_text(self, words: str) -> Found:
        people = find_by_name(self.session, self.vault, words)
        numbers = self._numbers_of(people)
        rows = self._rows(Case.contact_id.in_(self._contacts_of(people))) if people else ()
        shown = tuple(_person(one, numbers.get(one.id, ())) for one in people)
        found = Found("name" if people else "text", rows=rows, people=shown)
        scan = search.scan_texts(self.session, self.vault, words, self.teams)
        return replace(found, texts=self._texts(scan.hits), notes=_notes(words, scan, bool(people)))

    def _rows(self, condition: ColumnElement[bool]) -> tuple[CaseRow, ...]:
        seen = true() if self.teams is None else Case.team.in_(sorted(self.teams))
        return tuple(rows_of(self.session, self.staff_id, and_(condition, seen), _MOST_CASES))

    def _contacts_of(self, people: list[Patient]) -> list[str]:
        ids = [one.id for one in people]
        query = select(Contact.id).join(PatientNumber, PatientNumber.number_index == Contact.number_index)
        return list(self.session.scalars(query.where(PatientNumber.patient_id.in_(ids)).distinct()))

    def _numbers_of(self, people: list[Patient]) -> dict[str, tuple[str, ...]]:
        ids = [one.id for one in people]
        numbers: dict[str, tuple[str, ...]] = {}
        for row in self.session.scalars(select(PatientNumber).where(PatientNumber.patient_id.in_(ids))):
            numbers[row.patient_id] = (*numbers.get(row.patient_id, ()), row.number)
        return numbers

    def _texts(self, hits: tuple[search.Hit, ...]) -> tuple[FoundText, ...]:
        query = (
            select(Case.id, Case.code, Case.urgency, Contact.id, Contact.number_sealed)
            .join(Contact, Contact.id == Case.contact_id)
            .where(Case.id.in_({hit.case_id for hit in hits}))
        )
        cases = {
            case_id: (code, self.vault.open("contacts", contact_id, "number", bytes(sealed)), urgency)
            for case_id, code, urgency, contact_id, sealed in self.session.execute(query).all()
        }
        return tuple(_text(hit, *cases[hit.case_id]) for hit in hits)


def _numbers(words: str, digits: str) -> list[str]:
    """The numbers that the words may mean: an American one, or a short code as it is."""
    numbers = [digits] if len(digits) < 7 else []
    try:
        parsed = phonenumbers.parse(words, "US")
    except phonenumbers.NumberParseException:
        return numbers
    return [*numbers, phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)]


def _person(one: Patient, numbers: tuple[str, ...]) -> Person:
    return Person(one.id, one.name, one.birth_date, one.left_at is not None, numbers)


def _text(hit: search.Hit, code: str, number: str, urgency: str) -> FoundText:
    body, start, end = hit.body, hit.start, hit.end
    before = ("…" if start > _AROUND else "") + body[max(0, start - _AROUND) : start]
    after = body[end : end + _AROUND] + ("…" if len(body) > end + _AROUND else "")
    is_ours = hit.direction == "out"
    return FoundText(code, number, urgency, hit.at, is_ours, before, body[start:end], after)


def _notes(words: str, scan: search.Scan, has_people: bool) -> tuple[str, ...]:
    notes = []
    if scan.is_full:
        notes.append(f"These are the newest {search.MOST_HITS} texts. Add a word to find older ones.")
    if scan.reached is not None:
        notes.append(f"There are so many texts that only those since {scan.reached:%b %-d} were read.")
    if scan.unreadable:
        notes.append(f"{_counted(scan.unreadable, 'text')} could not be opened. Tell your operator.")
    if search.pattern_of(words) is None and not has_people:
        notes.append(f"Words of a text need {search.LEAST_CHARACTERS} characters at least.")
    return tuple(notes)


def _counted(count: int, noun: str) -> str:
    return f"{count} {noun}{'' if count == 1 else 's'}" if count else ""
