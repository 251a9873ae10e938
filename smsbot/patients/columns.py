"""Which column of a clinic's file is which of ours."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Sequence
from dataclasses import dataclass

TEXTS = (
    "clinic_id",
    "name",
    "birth_date",
    "address",
    "emergency_contact",
    "guardian",
    "prescriber",
    "language",
)
NEEDED = ("clinic_id", "name")
# Several of a clinic's columns may make up one of these: "First name" and "Last name", street and city.
JOINED = {"name": " ", "address": ", ", "emergency_contact": ", ", "guardian": ", "}
MOST_PHONES = 9
_PHONE = re.compile(r"phone[2-9]?(?:_relation|_may_be_told)?")

Mapping = Sequence[tuple[str, str]]  # their column, ours; the order in which joined ones are put together


class ColumnsProblem(Exception):
    """The columns do not fit. The text says what to do, and holds nothing but names of columns."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Where each of our columns is in a row, how the clinic calls it, and what is not read."""

    places: dict[str, tuple[int, ...]]
    theirs: dict[str, str]
    unread: tuple[str, ...]
    width: int

    @property
    def phones(self) -> tuple[str, ...]:
        """The columns of numbers that the file has: phone, phone2 …"""
        names = ("phone", *(f"phone{count}" for count in range(2, MOST_PHONES + 1)))
        return tuple(name for name in names if name in self.places)


def read_mapping_file(raw: bytes) -> Mapping:
    """The `[columns]` of a mapping file: `"Their column" = "ours"`. Raises ColumnsProblem."""
    try:
        found = tomllib.loads(raw.decode()).get("columns")
    except ValueError as error:
        raise ColumnsProblem(f"The mapping file is not valid TOML: {error}.") from error
    if not isinstance(found, dict) or not all(isinstance(ours, str) for ours in found.values()):
        raise ColumnsProblem(
            'The mapping file needs a table [columns] with lines like "Their column" = "name".'
        )
    return list(found.items())


def arrange(headers: Sequence[str], mapping: Mapping = ()) -> Columns:
    """Find our columns among these headers; what is mapped comes before what is called like ours.

    Raises ColumnsProblem.
    """
    places: dict[str, tuple[int, ...]] = {}
    for theirs, ours in mapping:
        if not _is_ours(ours):
            raise ColumnsProblem(
                f"{ours!r} is no column of ours. Ours are: {', '.join(TEXTS)}; {_PHONES_SAID}."
            )
        places[ours] = (*places.get(ours, ()), _place(headers, theirs))
    mapped = {place for found in places.values() for place in found}
    called: dict[str, tuple[int, ...]] = {}
    for place, header in enumerate(headers):
        ours = _called(header)
        if place not in mapped and _is_ours(ours) and ours not in places:
            called[ours] = (*called.get(ours, ()), place)
    _check(places, called)
    places |= called
    read = {place for found in places.values() for place in found}
    return Columns(
        places=places,
        theirs={ours: " + ".join(headers[place] for place in found) for ours, found in places.items()},
        unread=tuple(name for place, name in enumerate(headers) if place not in read and name),
        width=len(headers),
    )


_PHONES_SAID = "phone, phone_relation, phone_may_be_told, phone2, phone2_relation … up to phone9"


def _is_ours(name: str) -> bool:
    return name in TEXTS or _PHONE.fullmatch(name) is not None


def _called(header: str) -> str:
    """`Birth Date` is our birth_date, `Phone 2 relation` our phone2_relation, `phone1` our phone."""
    name = re.sub(r"[\s\-_]+", "_", header.strip().casefold())
    name = re.sub(r"^phone_?(\d)", r"phone\1", name)
    return re.sub(r"^phone1(?=$|_)", "phone", name)


def _place(headers: Sequence[str], theirs: str) -> int:
    wanted = " ".join(theirs.split()).casefold()
    found = [place for place, header in enumerate(headers) if header.casefold() == wanted]
    if not found:
        # Not what the file has instead: without a line of names that would be a patient.
        raise ColumnsProblem(f"The file has no column {theirs!r}: its first line has to name the columns.")
    if len(found) > 1:
        raise ColumnsProblem(
            f"The file has {len(found)} columns called {theirs!r}: give them names that differ."
        )
    return found[0]


def _check(mapped: dict[str, tuple[int, ...]], called: dict[str, tuple[int, ...]]) -> None:
    for ours, places in mapped.items():
        if len(places) > 1 and ours not in JOINED:
            raise ColumnsProblem(f"{len(places)} columns are mapped to {ours}: map one.")
    for ours, places in called.items():
        if len(places) > 1:
            raise ColumnsProblem(f"The file has {len(places)} columns called {ours}: rename all but one.")
    missing = [name for name in NEEDED if name not in mapped and name not in called]
    if missing:
        raise ColumnsProblem(
            f"The first line names no column for {' and '.join(missing)}. If the clinic calls it otherwise: "
            f'--map "Their column={missing[0]}".'
        )
    for ours in (*mapped, *called):
        phone = ours.partition("_")[0]
        if ours.startswith("phone") and phone not in mapped and phone not in called:
            raise ColumnsProblem(f"The file has {ours} and no {phone}: add the number's own column.")
