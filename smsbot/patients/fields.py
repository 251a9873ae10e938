"""What a cell says. Each function gives the value to keep, or raises a CellProblem that says what to do.

A problem never repeats the cell: it is printed, and cells are about patients.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime

from smsbot.twilio.form import normal_number

RELATIONS = ("self", "parent", "guardian", "partner", "other")
MAY_BE_TOLD = ("everything", "appointments", "nothing")
_LONGEST = 500  # characters; what is longer is most likely a quotation mark that was not closed
_OLDEST = 130  # years
_NOTHING = frozenset({"", "-", "--", "n/a", "na", "none", "null", "unknown"})
_QUOTED_FORMULA = re.compile(r'="((?:[^"]|"")*)"')  # how exports keep Excel from eating leading zeros
_DATE_FORMS = ("%Y-%m-%d", "%Y/%m/%d", "%Y%m%d", "%m/%d/%Y", "%m-%d-%Y", "%d-%b-%Y", "%b %d, %Y", "%B %d, %Y")
_NORTH_AMERICAN = re.compile(r"\+1[2-9]\d\d[2-9]\d{6}")
_LANGUAGES = {
    "english": "en",
    "ingles": "en",
    "spanish": "es",
    "espanol": "es",
    "haitian creole": "ht",
    "haitian": "ht",
    "creole": "ht",
    "kreyol": "ht",
    "kreyol ayisyen": "ht",
}
# the three-letter codes of ISO 639-2 that health records use
_SHORTER = {"eng": "en", "spa": "es", "hat": "ht"}
_RELATION_WORDS = {
    "": "self",
    "patient": "self",
    "own": "self",
    "mother": "parent",
    "father": "parent",
    "mom": "parent",
    "dad": "parent",
    "spouse": "partner",
    "husband": "partner",
    "wife": "partner",
}


class CellProblem(Exception):
    """What is wrong with a cell and what to do about it."""


def clean(cell: str) -> str:
    """A cell as one line: no control or direction characters, a quoted formula as its text.

    Raises CellProblem for any other formula: what it would show is not in the file.
    """
    text = " ".join("".join(map(_seen, cell)).split())
    quoted = _QUOTED_FORMULA.fullmatch(text)
    if quoted:
        text = quoted[1].replace('""', '"').strip()
    elif text.startswith("="):
        raise CellProblem("is a formula: put its value in its place")
    if len(text) > _LONGEST:
        raise CellProblem(f"is longer than {_LONGEST} characters: look for a quotation mark not closed")
    return text


def needed(text: str) -> str:
    """A cell that has to hold something."""
    if text.casefold() in _NOTHING:
        raise CellProblem("is empty: every patient needs one")
    return text


def clinic_id(text: str) -> str:
    """The clinic's own number for a patient."""
    text = needed(text.lstrip("'"))
    if re.fullmatch(r"\d(?:\.\d+)?E\+?\d+", text, re.I):
        raise CellProblem("was rounded by Excel: format the column as text and export again")
    return text


def plain(text: str) -> str | None:
    """Words, or None for an empty cell and the ways of saying nothing."""
    return None if text.casefold() in _NOTHING else text


def birth_date(text: str, today: date) -> str | None:
    """YYYY-MM-DD. Of 01/02/1980 the month comes first, as in the US."""
    text = re.sub(
        r"[ T]0?0:00(?::00(?:\.0+)?)?(?: ?[AP]M)?$|[ T]12:00(?::00)? AM$", "", text.lstrip("'"), flags=re.I
    )
    if text.casefold() in _NOTHING:
        return None
    if re.fullmatch(r"\d{1,2}[/-]\d{1,2}[/-]\d\d", text):
        raise CellProblem("has a year of two digits: write four")
    if re.fullmatch(r"\d{1,5}(?:\.\d+)?", text):
        raise CellProblem("is Excel's number for a date: format the column as a date and export again")
    found = _date(text)
    if found is None:
        raise CellProblem("is no date: write 1980-01-31, or the month first as in 01/31/1980")
    if found > today:
        raise CellProblem("lies in the future: correct the year")
    if found.year < today.year - _OLDEST:
        raise CellProblem(f"is more than {_OLDEST} years ago: correct the year")
    return found.isoformat()


def number(text: str) -> str | None:
    """A phone number as +15615550123; numbers without a country are of the US."""
    text = re.sub(
        r"(?<=\d)\.0$", "", text.lstrip("'")
    )  # a column of numbers with gaps, as spreadsheets have it
    if text.casefold() in _NOTHING:
        return None
    if re.fullmatch(r"\d(?:\.\d+)?E\+?\d+", text, re.I):
        raise CellProblem("was rounded by Excel: format the column as text and export again")
    found = normal_number(text)
    if found is None or (found.startswith("+1") and not _NORTH_AMERICAN.fullmatch(found)):
        raise CellProblem("is no number that exists: write ten digits, or + and the country for others")
    return found


def language(text: str) -> str | None:
    """A language's code: its name in English or its own, or two letters, with or without a country."""
    key = unicodedata.normalize("NFKD", text.casefold())
    key = "".join(char for char in key if not unicodedata.combining(char))
    if key in _NOTHING:
        return None
    if key in _LANGUAGES:
        return _LANGUAGES[key]
    code = re.fullmatch(r"([a-z]{2,3})(?:[-_][a-z]{2,4})?", key)
    if code is None or len(code[1]) == 3 and code[1] not in _SHORTER:
        raise CellProblem(
            "is no language we know: write English, Spanish, Haitian Creole, or its two-letter code"
        )
    return _SHORTER.get(code[1], code[1])


def relation(text: str) -> str:
    """Whose phone it is, seen from the patient. Empty: the patient's own."""
    word = "" if text.casefold() in _NOTHING else text.casefold()
    word = _RELATION_WORDS.get(word, word)
    if word not in RELATIONS:
        raise CellProblem(f"is none of {', '.join(RELATIONS)}")
    return word


def may_be_told(text: str) -> str | None:
    """Who may be told what; None for an empty cell."""
    word = {"all": "everything", "none": "nothing"}.get(text.casefold(), text.casefold())
    if word == "":
        return None
    if word not in MAY_BE_TOLD:
        raise CellProblem(f"is none of {', '.join(MAY_BE_TOLD)}")
    return word


def told_by_default(relation: str) -> str:
    """Without a word about it: patients are told about themselves, and nobody else is told anything."""
    return "everything" if relation == "self" else "nothing"


def _date(text: str) -> date | None:
    for form in _DATE_FORMS:
        try:
            return datetime.strptime(text, form).date()  # noqa: DTZ007  (a day has no zone)
        except ValueError:
            continue
    return None


def _seen(char: str) -> str:
    """Marks of direction and width are taken out; other control characters, as new lines, are blanks."""
    if char.isprintable():
        return char
    return "" if unicodedata.category(char) == "Cf" else " "
