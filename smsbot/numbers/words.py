"""What the figures are called on the screen."""

from __future__ import annotations

from smsbot.escalation.delivery import REMEDIES, remedy

URGENCIES = ("emergency", "urgent", "routine", "none")
TOO_FEW = "too few to say"
_OF_CALLS = {
    "busy": "the phone was busy",
    "no-answer": "nobody picked up",
    "voicemail": "voicemail picked up",
    "no-key": "picked up, and no key was pressed",
    "failed": "could not be put through",
    "undelivered": "could not be delivered",
    "canceled": "was called off",
}


def minutes_in_words(minutes: float | None) -> str:
    """`40 s`, `3 min`, `5.2 h`, `2.1 d`."""
    if minutes is None:
        return TOO_FEW
    if minutes < 1:
        return f"{minutes * 60:.0f} s"
    if minutes < 90:
        return f"{minutes:.0f} min"
    if minutes < 48 * 60:
        return f"{minutes / 60:.1f} h"
    return f"{minutes / 1440:.1f} d"


def counted(count: int) -> str:
    """`17,791`."""
    return f"{count:,}"


def percent(part: float | None) -> str:
    """`97%`. What is not whole is never rounded to 100%, what is not nothing never to 0%."""
    if part is None:
        return TOO_FEW
    if 0.995 <= part < 1:
        return "over 99%"
    if 0 < part < 0.005:
        return "under 1%"
    return f"{part:.0%}"


def team_name(team: str) -> str:
    """`front_desk` as people say it."""
    return team.replace("_", " ").capitalize() or "No team"


def capital(words: str) -> str:
    """The first letter a capital, the others as they are."""
    return words[:1].upper() + words[1:]


def hour_name(hour: int) -> str:
    """`3 PM`: the hour that begins then."""
    return f"{hour % 12 or 12} {'AM' if hour < 12 else 'PM'}"


def why_lost(error: str | None) -> tuple[str, str]:
    """Why something did not arrive, and what to do about it. Never what an error said in its own words."""
    if error in REMEDIES:
        why, _, act = remedy(error).rpartition(": ")
        return why, act
    if error in _OF_CALLS:
        return _OF_CALLS[error], remedy(error)
    if error and error.isdigit():
        return f"the provider's reason {error}", remedy(error)
    if not error:
        return "no reason given", remedy(error)
    return "a fault of this system", "tell the administrator: smsbot doctor says more"
