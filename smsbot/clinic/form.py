"""One table of clinic.toml: hands out checked values and gathers everything that is wrong."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, TypeVar

import phonenumbers

from smsbot.clinic.page import TomlPage, nearest

_T = TypeVar("_T")


class Form:
    """One table of the file: hands out checked values and gathers everything that is wrong."""

    def __init__(self, page: TomlPage, table: tuple[str, ...], errors: list[str]) -> None:
        self.page, self.table, self.errors = page, table, errors
        self.data: Any = page.data
        for key in table:
            self.data = self.data.get(key, {}) if isinstance(self.data, dict) else {}
        if not isinstance(self.data, dict):
            self.wrong(
                table[-1], f"is not a table. Write [{'.'.join(table)}] on a line of its own.", at=table
            )
            self.data = {}

    def wrong(
        self, key: str, problem: str, value: str | None = None, at: tuple[str, ...] | None = None
    ) -> None:
        self.errors.append(self.page.complain(at or (*self.table, key), problem, value))

    def only(self, known: Iterable[str]) -> None:
        for key in self.data:
            if key not in known:
                self.wrong(key, f"is not a key of this file.{nearest(key, known)}")

    def take(self, key: str, kind: type[_T], default: _T | None, say: str) -> _T | None:
        """The value, or the default; None, and an error noted, when it is missing or of another kind."""
        value = self.data.get(key, default)
        # TOML's true is an int for Python, and its date-time a date.
        if type(value) is kind:
            return value
        self.wrong(key, "is missing. " * (key not in self.data) + say)
        return None

    def text(self, key: str, default: str | None = None) -> str:
        value = self.take(key, str, default, "Write it as text in quotes.")
        if value is not None and not value.strip():
            self.wrong(key, "is empty. Write it as text in quotes.")
        return value or ""

    def flag(self, key: str, default: bool | None = None) -> bool:
        return bool(self.take(key, bool, default, "Write true or false, without quotes."))

    def choice(self, key: str, options: tuple[str, ...], default: str | None) -> str:
        quoted = ", ".join(f'"{option}"' for option in options)
        value = self.take(key, str, default, f"Write one of {quoted}.")
        if value is not None and value not in options:
            self.wrong(key, f'"{value}" is not known.{nearest(value, options)}')
        return value or ""

    def minutes(self, key: str, default: int) -> int:
        value = self.take(key, int, default, f"Write whole minutes, for instance {default}.")
        if value is not None and not 1 <= value <= 24 * 60:
            self.wrong(key, f"{value} is no sensible number of minutes. Write 1 to 1440.")
        return value or default

    def words(
        self, key: str, known: Iterable[str] | None, default: list[str] | None = None
    ) -> tuple[str, ...]:
        """A list of distinct texts, each one of `known`."""
        listed = self.take(key, list, default, 'Write a list of texts, for instance ["one", "two"].') or []
        if len(good := [word for word in listed if isinstance(word, str)]) < len(listed):
            self.wrong(key, "holds something that is not text. Put each entry in quotes.")
        for place, word in enumerate(good):
            if known is not None and word not in known:
                self.wrong(key, f'"{word}" is not known.{nearest(word, known)}', word)
            elif word in good[:place]:
                self.wrong(key, f'"{word}" stands here twice. Keep one.', word)
        return tuple(good)

    def phone(self, key: str) -> str:
        """A phone number in E.164."""
        if not (written := self.text(key)):
            return ""
        try:
            number = phonenumbers.parse(written, None)
        except phonenumbers.NumberParseException:
            number = None
        if number is None or not phonenumbers.is_possible_number(number):
            self.wrong(key, 'is no phone number. Write it with its country code: "+1 561 555 0100".')
            return ""
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
