"""What every page knows: the clinic, the time in its zone, and whether the system is well."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from flask import Flask, g
from phonenumbers import NumberParseException
from sqlalchemy.exc import SQLAlchemyError

from smsbot import clock, protocols
from smsbot.correspondence import writing
from smsbot.domain import Flag, Intent
from smsbot.escalation import remedy
from smsbot.models.people import Role
from smsbot.replies.facts import spoken_phone
from smsbot.web.health import is_sweep_alive
from smsbot.web.parts import wiring
from smsbot.web.troubles import troubles

# of the vendored static/htmx-2.0.11.min.js
HTMX_INTEGRITY = "sha384-2OatzQy1H+Zd/IIrjr1TcuDGqLXeHhbooAyJY1KdQMKnr4LZ22k31GBLdYKHmVjg"


def describe_pages(app: Flask) -> None:
    """Add our filters and what every template may use."""
    app.jinja_env.filters.update(
        clock_time=clock_time,
        number=spoken_number,
        ago=ago,
        until=until,
        iso=_iso,
        visible=visible,
        plain=plain,
        telling=telling,
    )
    app.context_processor(_context)


def _context() -> dict[str, Any]:
    parts = wiring()
    return {
        "clinic": parts.clinic,
        "cannot_text": writing.why_not,
        "text_with_care": writing.warning,
        "staff": getattr(g, "staff", None),
        "is_simulator": parts.settings.is_simulator,
        "htmx_integrity": HTMX_INTEGRITY,
        "is_sweep_dead": not is_sweep_alive(parts.db),
        "unsigned_protocol": unsigned_protocol,
        "troubles": troubles,
        "remedy": remedy,
        "route_name": _ROUTES.get,
    }


def unsigned_protocol() -> str | None:
    """For an administrator: the head of the checksum of edited triage rules that nobody has signed off.

    Called by the frame of the page, so that a list which refreshes itself does not ask again.
    """
    parts, staff = wiring(), getattr(g, "staff", None)
    if staff is None or staff.role != Role.ADMINISTRATOR or parts.engine is None:
        return None
    book = parts.engine.book
    if not book.is_edited:
        return None
    try:
        with parts.db.reading() as session:
            is_signed = protocols.is_signed(session, book.checksum)
    except SQLAlchemyError:
        return None  # a page that only says what broke must not break too
    return None if is_signed else book.checksum[:12]


_ROUTES = {"sms": "by text", "call": "by call", "email": "by e-mail", "push": "by push message"}


def clock_time(moment: datetime) -> str:
    """`3:12 AM`, with the day when it is not today, in the clinic's zone."""
    local, today = wiring().clinic.local(moment), wiring().clinic.local(clock.now())
    text = f"{local:%-I:%M %p}"
    if local.date() == today.date():
        return text
    if abs((local.date() - today.date()).days) < 7:
        return f"{local:%a} {text}"
    return f"{local:%b %-d}, {text}"


def spoken_number(number: str) -> str:
    """A number as people write it; anything that is none, as it is."""
    try:
        return spoken_phone(number)
    except NumberParseException:
        return visible(number)


def ago(moment: datetime) -> str:
    """How long ago: `just now`, `4 min`, `3 h`, `2 d`."""
    return _span(clock.now() - moment) or "just now"


def until(moment: datetime | None) -> str:
    """How long is left until a person must have looked, or how long it is overdue."""
    if moment is None:
        return ""
    left = moment - clock.now()
    if left < timedelta(0):
        return f"{_span(-left) or 'just'} overdue"
    return f"{_span(left) or 'under 1 min'} left"


def _span(span: timedelta) -> str:
    minutes = int(span.total_seconds() // 60)
    if minutes < 1:
        return ""
    if minutes < 60:
        return f"{minutes} min"
    if minutes < 48 * 60:
        return f"{minutes // 60} h"
    return f"{minutes // (24 * 60)} d"


def _iso(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


_SYMBOLS = {code: 0x2400 + code for code in range(32) if code not in (9, 10)} | {0x7F: 0x2421}
# direction marks that could turn the text around them
_SYMBOLS |= dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)], 0xFFFD)


def visible(text: str) -> str:
    """Control and direction characters as symbols, so that a text cannot hide or turn anything."""
    return text.translate(_SYMBOLS)


_PLAIN = {
    Flag.HIGH_BP: "high blood pressure",
    Flag.HYPERTENSIVE_CRISIS: "blood pressure crisis",
    Flag.SEROTONIN_OR_NMS: "serotonin syndrome or NMS",
    Flag.SAME_DAY: "a visit today",
    Flag.OUT_OF_MEDICATION: "out of medication",
    Flag.PRIOR_KETAMINE_REACTION: "earlier ketamine reaction",
    Flag.UNRESPONSIVE: "fainted or unresponsive",
    Intent.APPOINTMENT_REQUEST: "wants a visit",
    Intent.APPOINTMENT_RESCHEDULE: "wants to move a visit",
    Intent.APPOINTMENT_CANCEL: "cancels a visit",
    Intent.APPOINTMENT_CONFIRM: "confirms a visit",
    Intent.APPOINTMENT_LATE: "late or arrived",
    Intent.APPOINTMENT_QUESTION: "asks about a visit",
    Intent.MEDICATION_SIDE_EFFECT: "side effect",
    Intent.MEDICATION_MISSED_DOSE: "missed dose",
    Intent.MEDICATION_REFILL: "refill",
    Intent.MEDICATION_QUESTION: "medication question",
    Intent.MEDICATION_INEFFECTIVE: "not working",
    Intent.MEDICATION_STOPPED: "stopped a medication",
    Intent.ADMIN: "office matter",
    Intent.CONSENT_STOP: "wants no texts",
    Intent.CONSENT_START: "wants texts again",
    Intent.CONSENT_HELP: "asks for HELP",
}


def telling(intents: list[str]) -> list[str]:
    """The intents worth a chip: the urgency says crisis already, and "unclear" only counts alone."""
    others = [name for name in intents if name not in (Intent.CRISIS, Intent.UNCLEAR)]
    return others or [name for name in intents if name == Intent.UNCLEAR]


def plain(name: str) -> str:
    """A flag or an intent in plain English."""
    for kind in (Flag, Intent):
        if name in set(kind):
            return _PLAIN.get(kind(name), name.replace("_", " ").replace(".", ": "))
    return name
