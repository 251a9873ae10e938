"""The clinic profile: hours, teams, languages and manners, read from clinic.toml and checked as a whole."""

from __future__ import annotations

import difflib
import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import phonenumbers
from opening_hours import OpeningHours, State

from smsbot.domain import Intent, Office, Urgency

SAMPLE = Path(__file__).parent / "defaults" / "clinic.toml"
TEAMS = ("front_desk", "nurse", "prescriber")
HORIZON = timedelta(days=400)  # no sane opening is further away; hours that are over end the search here

_T = TypeVar("_T")


class ClinicError(Exception):
    """The clinic profile cannot be used. `errors` holds one line for each thing to mend."""

    def __init__(self, errors: Iterable[str]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(self.errors))


@dataclass(frozen=True, slots=True)
class Clinic:
    """What the clinic has said about itself. Phone numbers are E.164; `examples` are keys not yet its own."""

    name: str
    place: str
    text_line: str
    office_phone: str
    zone: ZoneInfo
    calendar: OpeningHours = field(repr=False, compare=False)
    hours: str
    holidays: str
    closed: tuple[date, ...]
    night_cover: bool
    languages: tuple[str, ...]
    replies: str  # "off" | "crisis" | "all"
    opt_out_replies: str  # "provider" | "ours"
    say_when_read: bool
    emergency_minutes: int
    urgent_minutes: int
    order: tuple[str, ...]  # teams, the most clinical first
    emergencies: str
    team_of: Mapping[Intent, str]
    examples: tuple[str, ...] = ()

    def local(self, now: datetime) -> datetime:
        """An aware moment as the clinic's wall clock shows it, aware. Raises ValueError for a naive one."""
        if now.tzinfo is None:
            raise ValueError("a naive datetime: give an aware one")
        return now.astimezone(self.zone)

    def office_at(self, now: datetime) -> Office:
        """The clinic's hours seen from `now` (aware). What lies more than 400 days away is not known."""
        now = self.local(now).astimezone(UTC)  # two times of one zone compare by wall clock alone
        start, end = next(self._openings(now), (None, None))
        if start is None or start > now:
            return Office(is_open=False, closes_at=None, opens_at=start)
        return Office(is_open=True, closes_at=end, opens_at=None)

    def team_for(self, intents: Iterable[Intent], urgency: Urgency) -> str:
        """The team a text goes to: emergencies to theirs, else the most clinical one concerned."""
        if urgency is Urgency.EMERGENCY:
            return self.emergencies
        teams = {self.team_of[intent] for intent in intents} or {self.team_of[Intent.UNCLEAR]}
        return min(teams, key=self.order.index)

    def look_by(self, urgency: Urgency, now: datetime) -> datetime | None:
        """When a person must have looked (aware UTC), or None when nobody need.

        Routine: the end of the day of the next opening; hours that never begin anew (24/7) give a day.
        """
        if urgency is Urgency.NONE:
            return None
        if urgency is Urgency.ROUTINE:
            return self._end_of_next_working_day(now).astimezone(UTC)
        minutes = self.emergency_minutes if urgency is Urgency.EMERGENCY else self.urgent_minutes
        return now.astimezone(UTC) + timedelta(minutes=minutes)

    def _end_of_next_working_day(self, now: datetime) -> datetime:
        now = self.local(now).astimezone(UTC)
        day, last = None, now + timedelta(days=1)
        for start, end in self._openings(now):
            if start <= now:
                continue
            if day is not None and start.date() != day:
                break
            day, last = start.date(), end or last
        return last

    def _openings(self, now: datetime) -> Iterator[tuple[datetime, datetime | None]]:
        """Openings that end after `now`, in order; an end beyond the horizon is None.

        Hours are read on the naive wall clock and put back into the zone here: the library, given aware
        times, takes the wrong one of the two 1:30s of an autumn night.
        """
        wall = self.local(now).replace(tzinfo=None)
        for start, end, state, _ in self.calendar.intervals(wall, wall + HORIZON):
            if state is State.OPEN:
                begins = now.astimezone(self.zone) if start <= wall else self._aware(start, now)
                yield begins, self._aware(end, now) if end < wall + HORIZON else None

    def _aware(self, wall: datetime, after: datetime) -> datetime:
        """A wall time to come. What happens twice is the first not past; what never happens, an hour on."""
        first = wall.replace(tzinfo=self.zone)
        chosen = first if first.astimezone(UTC) > after else first.replace(fold=1)
        return chosen.astimezone(UTC).astimezone(self.zone)


# --- A TOML file that can say where a key stands ---------------------------------------------------


@dataclass(frozen=True, slots=True)
class TomlPage:
    """A file that a clinic edits: its data, and its text to find lines in."""

    name: str
    lines: tuple[str, ...]
    data: dict[str, Any]

    def complain(self, keys: tuple[str, ...], problem: str, value: str | None = None) -> str:
        """`file:line: key: problem`; with `value`, the line in a list on which that value stands."""
        return f"{self.name}:{self._line(keys, value)}: {'.'.join(keys)}: {problem}"

    def _line(self, keys: tuple[str, ...], value: str | None) -> int:
        """The line of the key, else of the innermost table around it, else 1."""
        table: tuple[str, ...] = ()
        best, depth = 1, 0
        for number, line in enumerate(self.lines, start=1):
            if header := re.match(r"\s*\[([^\[\]]+)\]\s*(#.*)?$", line):
                here = table = _dotted(header[1])
            elif assigned := re.match(r"\s*([\w.\"'-]+)\s*=", line):
                here = table + _dotted(assigned[1])
            else:
                continue
            if depth < len(here) <= len(keys) and here == keys[: len(here)]:
                best, depth = number, len(here)
        rest = range(best, len(self.lines) + 1) if value else ()
        return next((at for at in rest if f'"{value}"' in self.lines[at - 1].partition("#")[0]), best)


def _dotted(key: str) -> tuple[str, ...]:
    return tuple(part.strip(" \"'") for part in key.split("."))


def read_toml(path: Path) -> TomlPage:
    """A clinic's TOML file, a byte order mark allowed. Raises ValueError with one line to show."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ValueError(
            f"{path.name}:1: cannot be read ({error.strerror}). Check the path and its rights."
        ) from error
    except UnicodeDecodeError as error:
        raise ValueError(f"{path.name}:1: is not UTF-8 text. Save it as UTF-8.") from error
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        at = re.search(r"at line (\d+)", str(error))
        line = at[1] if at else str(text.count("\n") + 1)
        raise ValueError(f"{path.name}:{line}: is not TOML: {error}. Mend that line.") from error
    return TomlPage(path.name, tuple(text.splitlines()), data)


def nearest(word: str, known: Iterable[str]) -> str:
    """The words to add to an error about an unknown word: the known one meant, if one is near."""
    close = difflib.get_close_matches(word, list(known), n=1, cutoff=0.5)
    return f" Did you mean {close[0]}?" if close else f" Known are: {', '.join(sorted(known))}."


# --- clinic.toml ------------------------------------------------------------------------------------


class _Form:
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


_KEYS = (
    *("format", "name", "place", "text_line", "office_phone", "examples", "time_zone", "hours", "holidays"),
    *(
        "closed",
        "night_cover",
        "languages",
        "replies",
        "opt_out_replies",
        "say_when_read",
        "look_by",
        "teams",
    ),
)


def load_clinic(path: Path | None) -> Clinic:
    """The clinic profile at `path` (None: the shipped sample). Raises ClinicError with every error in it."""
    try:
        page = read_toml(path or SAMPLE)
    except ValueError as error:
        raise ClinicError([str(error)]) from error
    errors: list[str] = []
    form = _Form(page, (), errors)
    form.only(_KEYS)
    if form.take("format", int, None, "Write format = 1.") not in (1, None):
        form.wrong("format", "is not known to this version. Write format = 1, or update the software.")
    hours, holidays, closed = form.text("hours"), form.text("holidays", "none"), _closed(form)
    look_by = _Form(page, ("look_by",), errors)
    look_by.only(("emergency_minutes", "urgent_minutes"))
    teams = _Form(page, ("teams",), errors)
    zone, calendar = _zone(form), _calendar(form, hours, holidays, closed)
    fields: dict[str, Any] = {
        "name": form.text("name"),
        "place": form.text("place"),
        "text_line": form.phone("text_line"),
        "office_phone": form.phone("office_phone"),
        "zone": zone,
        "calendar": calendar,
        "hours": hours,
        "holidays": holidays,
        "closed": closed,
        "night_cover": form.flag("night_cover"),
        "languages": _languages(form),
        "replies": form.choice("replies", ("off", "crisis", "all"), "all"),
        "opt_out_replies": form.choice("opt_out_replies", ("provider", "ours"), "provider"),
        "say_when_read": form.flag("say_when_read", True),
        "emergency_minutes": look_by.minutes("emergency_minutes", 5),
        "urgent_minutes": look_by.minutes("urgent_minutes", 60),
        "examples": form.words("examples", _KEYS, []),
        **_teams(teams),
    }
    if errors:
        raise ClinicError(errors)
    return Clinic(**fields)


def _zone(form: _Form) -> ZoneInfo | None:
    name = form.text("time_zone")
    try:
        return ZoneInfo(name) if name else None
    except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        form.wrong("time_zone", f'"{name}" is no time zone. Write an IANA name: "America/New_York".')
        return None


def _languages(form: _Form) -> tuple[str, ...]:
    codes = form.words("languages", None)
    for code in codes:
        if not re.fullmatch(r"[a-z]{2,3}", code):
            form.wrong("languages", f'"{code}" is no language code. Write two small letters: "en".', code)
    if "languages" in form.data and not codes:
        form.wrong("languages", 'is empty. Name one language at least: ["en"].')
    return codes


def _closed(form: _Form) -> tuple[date, ...]:
    days = form.take("closed", list, [], "Write a list of dates, for instance [2026-11-27].") or []
    if any(type(day) is not date for day in days):
        form.wrong("closed", "holds something that is no date. Write dates without quotes: [2026-11-27].")
        return ()
    return tuple(sorted(days))


def _calendar(form: _Form, hours: str, holidays: str, closed: tuple[date, ...]) -> OpeningHours | None:
    """The hours as the library reads them, or None with the errors noted."""
    if not hours or not holidays:
        return None
    if bool(re.search(r"\bPH\b", hours)) != (holidays != "none"):
        remedy = 'Write both "; PH off" here and holidays = "US", or no PH and holidays = "none".'
        form.wrong("hours", f'do not go with holidays = "{holidays}". {remedy}')
    country = None if holidays == "none" else holidays
    expression = hours + "".join(f"; {day:%Y %b %d} off" for day in closed)
    try:
        calendar = OpeningHours(expression, country=country, auto_country=False, auto_timezone=False)
    except Exception as error:  # the library's own exceptions are not in its type stubs
        if type(error).__name__ == "UnknownCountryError":
            form.wrong("holidays", f'"{holidays}" is no country. Write two capital letters, "US", or "none".')
            return None
        at = re.search(r"--> 1:(\d+)", str(error))
        where = f" from character {at[1]} on" if at else ""
        form.wrong("hours", f'cannot be read{where}. Write them like "Mo-Fr 09:00-17:00; PH off".')
        return None
    first = datetime(2026, 1, 1)  # noqa: DTZ001 (wall clock; before the first release, and no clock here)
    if all(state is not State.OPEN for _, _, state, _ in calendar.intervals(first, first + 10 * HORIZON)):
        form.wrong("hours", 'never open. Write them like "Mo-Fr 09:00-17:00; PH off".')
    return calendar


def _teams(form: _Form) -> dict[str, Any]:
    """The fields that the tables of the teams fill: every intent has exactly one team."""
    form.only(("order", "emergencies", *TEAMS))
    named = [name for name in TEAMS if name in form.data]
    order = form.words("order", named)
    if missing := [name for name in named if name not in order]:
        form.wrong(
            "order", f"leaves out {', '.join(missing)}. Name every team once, the most clinical first."
        )
    emergencies = form.choice("emergencies", tuple(named), None)
    team_of: dict[Intent, str] = {}
    for name in named:
        team = _Form(form.page, ("teams", name), form.errors)
        team.only(("intents",))
        for intent in dict.fromkeys(team.words("intents", [known.value for known in Intent])):
            if intent not in set(Intent):
                continue
            if (other := team_of.setdefault(Intent(intent), name)) != name:
                team.wrong("intents", f'"{intent}" belongs to {other} already. Keep it in one team.', intent)
    if homeless := [intent.value for intent in Intent if intent not in team_of]:
        form.wrong("intents", f"no team has {', '.join(homeless)}. Add each to one team.")
    return {"order": order, "emergencies": emergencies, "team_of": team_of}
