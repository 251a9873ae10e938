"""What staff are sent: a code, an urgency, since when, a link. Never a patient's name, number or words."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from smsbot.domain import Urgency

_WHY = {
    "not_opened": "Taken, but never opened. ",
    "lapsed": "Taken, but nothing followed. ",
    "reply_lost": "Our text did not reach them: call. ",
    "overdue": "Nobody has looked yet. ",
    "assigned": "Assigned to you. ",
    "unanswered": "A further text waits. ",
}


def alert_words(
    code: str,
    urgency: Urgency,
    reason: str,
    since: datetime,
    now: datetime,
    zone: ZoneInfo,
    link: str,
    route: str = "sms",
) -> str:
    """The alert text: one segment. The time is that of the clinic, with the date when it is another day's."""
    at, today = since.astimezone(zone), now.astimezone(zone)
    when = f"{at:%-I:%M %p}" if at.date() == today.date() else f"{at:%b %-d, %-I:%M %p}"
    why = _WHY.get(reason, "")
    how = "Reply 1 to take it, 2 to pass it on." if route == "sms" else "Sign in to take it:"
    head = "TEST of the alerts" if reason == "drill" else urgency.upper()
    return f"{head} - case {code}, since {when}. {why}{how} {link}"


def taken_words(code: str, name: str) -> str:
    """To the others who were alerted, who know each other: the first name is enough on a locked screen."""
    return f"Case {code}: {name.split()[0] if name.split() else 'Somebody'} has taken it."


def digest_words(link: str) -> str:
    """Instead of more texts about what is no emergency."""
    return f"More cases are waiting for you. {link}"
