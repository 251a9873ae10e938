"""Reads clinic.toml and checks it as a whole: every error is named at once, with its line."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from opening_hours import OpeningHours

from smsbot.clinic.form import Form
from smsbot.clinic.ladder import Ladder
from smsbot.clinic.ladder_form import read_ladder
from smsbot.clinic.opening import read_hours
from smsbot.clinic.page import TomlPage, read_toml
from smsbot.clinic.profile import Clinic, Drill, GoLive
from smsbot.domain import Intent

SAMPLE = Path(__file__).parent.parent / "defaults" / "clinic.toml"
TEAMS = ("front_desk", "nurse", "prescriber")


class ClinicError(Exception):
    """The clinic profile cannot be used. `errors` holds one line for each thing to mend."""

    def __init__(self, errors: Iterable[str]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(self.errors))


_KEYS = (
    *("format", "name", "place", "text_line", "office_phone", "examples", "time_zone", "hours", "holidays"),
    *(
        "closed",
        "night_cover",
        "languages",
        "replies",
        "opt_out_replies",
        "say_topic",
        "say_when_read",
        "look_by",
        "teams",
        "forward_calls_at_night",
        "ladder",
        "go_live",
        "drill",
        "everybody_sees_everything",
        "interpreter_line",
    ),
)
_WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_GO_LIVE = ("baa_signed", "medical_director_signed", "night_cover_declined")


def load_clinic(path: Path | None) -> Clinic:
    """The clinic profile at `path` (None: the shipped sample). Raises ClinicError with every error in it."""
    try:
        page = read_toml(path or SAMPLE)
    except ValueError as error:
        raise ClinicError([str(error)]) from error
    errors: list[str] = []
    form = Form(page, (), errors)
    form.only(_KEYS)
    if form.take("format", int, None, "Write format = 1.") not in (1, None):
        form.wrong("format", "is not known to this version. Write format = 1, or update the software.")
    hours, holidays, closed = form.text("hours"), form.text("holidays", "none"), _closed(form)
    look_by = Form(page, ("look_by",), errors)
    look_by.only(("emergency_minutes", "urgent_minutes"))
    teams = Form(page, ("teams",), errors)
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
        "say_topic": form.choice("say_topic", ("appointments", "never"), "appointments"),
        "say_when_read": form.flag("say_when_read", True),
        "forward_calls_at_night": form.flag("forward_calls_at_night", False),
        "everybody_sees_everything": form.flag("everybody_sees_everything", True),
        "interpreter_line": form.phone("interpreter_line") if "interpreter_line" in page.data else None,
        "ladder": _ladder(page, teams, errors),
        "emergency_minutes": look_by.minutes("emergency_minutes", 5),
        "urgent_minutes": look_by.minutes("urgent_minutes", 60),
        "examples": form.words("examples", _KEYS, []),
        "drill": _drill(Form(page, ("drill",), errors)) if "drill" in page.data else None,
        "go_live": _go_live(Form(page, ("go_live",), errors)),
        **_teams(teams),
    }
    if errors:
        raise ClinicError(errors)
    return Clinic(**fields)


def _ladder(page: TomlPage, teams: Form, errors: list[str]) -> Ladder:
    """The clinic's own ladder, or that of the sample for a file that has none."""
    named = tuple(name for name in TEAMS if name in teams.data)
    if "ladder" not in page.data:
        page, named = read_toml(SAMPLE), TEAMS
    return read_ladder(Form(page, ("ladder",), errors), named)


def _drill(form: Form) -> Drill | None:
    form.only(("day", "at"))
    day = form.choice("day", _WEEKDAYS, None)
    at = form.take("at", time, None, "Write a time without quotes, for instance 10:00:00.")
    return Drill(_WEEKDAYS.index(day), at) if day in _WEEKDAYS and at else None


def _zone(form: Form) -> ZoneInfo | None:
    name = form.text("time_zone")
    try:
        return ZoneInfo(name) if name else None
    except (OSError, ValueError, KeyError):  # ZoneInfoNotFoundError is a KeyError
        form.wrong("time_zone", f'"{name}" is no time zone. Write an IANA name: "America/New_York".')
        return None


def _languages(form: Form) -> tuple[str, ...]:
    codes = form.words("languages", None)
    for code in codes:
        if not re.fullmatch(r"[a-z]{2,3}", code):
            form.wrong("languages", f'"{code}" is no language code. Write two small letters: "en".', code)
    if "languages" in form.data and not codes:
        form.wrong("languages", 'is empty. Name one language at least: ["en"].')
    return codes


def _go_live(form: Form) -> GoLive:
    form.only(_GO_LIVE)
    days = {key: form.data[key] for key in _GO_LIVE if key in form.data}
    for key, day in days.items():
        if type(day) is not date:
            form.wrong(key, "is no date. Write the day without quotes: 2026-11-01.")
    return GoLive(**{key: day for key, day in days.items() if type(day) is date})


def _closed(form: Form) -> tuple[date, ...]:
    days = form.take("closed", list, [], "Write a list of dates, for instance [2026-11-27].") or []
    if any(type(day) is not date for day in days):
        form.wrong("closed", "holds something that is no date. Write dates without quotes: [2026-11-27].")
        return ()
    return tuple(sorted(days))


def _calendar(form: Form, hours: str, holidays: str, closed: tuple[date, ...]) -> OpeningHours | None:
    """The hours as the library reads them, or None with the errors noted."""
    if not hours or not holidays:
        return None
    calendar, errors = read_hours(hours, holidays, closed)
    for key, problem in errors:
        form.wrong(key, problem)
    return calendar


def _teams(form: Form) -> dict[str, Any]:
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
        team = Form(form.page, ("teams", name), form.errors)
        team.only(("intents",))
        for intent in dict.fromkeys(team.words("intents", [known.value for known in Intent])):
            if intent not in set(Intent):
                continue
            if (other := team_of.setdefault(Intent(intent), name)) != name:
                team.wrong("intents", f'"{intent}" belongs to {other} already. Keep it in one team.', intent)
    if homeless := [intent.value for intent in Intent if intent not in team_of]:
        form.wrong("intents", f"no team has {', '.join(homeless)}. Add each to one team.")
    return {"order": order, "emergencies": emergencies, "team_of": team_of}
