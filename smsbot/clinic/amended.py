"""What screens have changed beside clinic.toml, and how the profile comes to speak of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from opening_hours import OpeningHours

AMENDABLE = ("hours", "holidays", "closed", "calendar", "replies", "examples")
"""The fields of the profile that a screen can change."""


@dataclass(frozen=True, slots=True)
class Closing:
    """The office is closed in this span (aware UTC), whatever the hours say."""

    begins: datetime
    until: datetime

    def holds_at(self, now: datetime) -> bool:
        """Whether the office is closed by this at `now` (aware)."""
        return self.begins <= now < self.until

    def out_of(self, start: datetime, end: datetime | None) -> Iterator[tuple[datetime, datetime | None]]:
        """What is left of one opening: it, a part, two parts, or nothing. `end` None: it never ends."""
        # in UTC: two times of one zone compare by wall clock alone
        start, end = start.astimezone(UTC), None if end is None else end.astimezone(UTC)
        if self.until <= start or (end is not None and end <= self.begins):
            yield start, end
            return
        if start < self.begins:
            yield start, self.begins
        if end is None or self.until < end:
            yield self.until, end


@dataclass(frozen=True, slots=True)
class Amended:
    """Values that hold instead of the file's; None: the file's. `closing` is the newest there was."""

    hours: str | None = None
    holidays: str | None = None
    closed: tuple[date, ...] | None = None
    calendar: OpeningHours | None = None
    replies: str | None = None
    examples: tuple[str, ...] | None = None
    closing: Closing | None = None


AS_WRITTEN = Amended()


class Amendable:
    """A field of a frozen profile that asks `living` first. Setting it sets the file's value."""

    def __init__(self, name: str, slot: Any) -> None:
        self._name = name
        self._slot = slot

    def __get__(self, clinic: Any, owner: type | None = None) -> Any:
        if clinic is None:
            return self
        value = getattr(clinic.living(), self._name)
        return self._slot.__get__(clinic, owner) if value is None else value

    def __set__(self, clinic: Any, value: Any) -> None:
        self._slot.__set__(clinic, value)
