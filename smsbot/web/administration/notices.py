"""What all staff must know while it lasts: the office is closed, automatic replies are paused."""

from __future__ import annotations

from flask import g

from smsbot import clock
from smsbot.web.administration.hours_words import spoken_moment
from smsbot.web.parts import wiring


def office_notices() -> list[str]:
    """A sentence for each, to signed-in staff. Asks no database of its own: what is held in memory."""
    if getattr(g, "staff", None) is None:
        return []
    return [notice for notice in (_closed(), _paused()) if notice]


def _closed() -> str:
    parts, now = wiring(), clock.now()
    clinic, closing = parts.clinic, parts.clinic.closing
    if closing is None or closing.until <= now:
        return ""
    if now < closing.begins:
        begins, until = (spoken_moment(clinic, at, now) for at in (closing.begins, closing.until))
        return f"The office closes {begins}, until {until}."
    until = spoken_moment(clinic, clinic.office_at(now).opens_at or closing.until, now)
    is_told = clinic.replies == "all" and clinic.say_when_read
    return f"The office is closed until {until}{': patients are told so.' if is_told else '.'}"


def _paused() -> str:
    parts = wiring()
    since = parts.living.since("replies")
    if since is None or parts.clinic.replies != "crisis" or parts.living.files.clinic.replies != "all":
        return ""
    when = spoken_moment(parts.clinic, since, clock.now())
    return f"Automatic replies are paused since {when}; crisis replies still go out."
