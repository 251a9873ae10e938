"""What a reply may truthfully say at one moment, and how a time of day is put into words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import phonenumbers

from smsbot.clinic import Clinic
from smsbot.domain import Office
from smsbot.replies.wording import Wording

_DAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_MONTHS = ("january", "february", "march", "april", "may", "june") + (
    *("july", "august", "september", "october", "november", "december"),
)

_SLACK = timedelta(minutes=5)  # the case was written a moment before the words are chosen


@dataclass(frozen=True, slots=True)
class Facts:
    """What is true at one moment.

    `when`: the time to be told (clinic time); `times`: the keys that can tell it, best first.
    `covered`: the office is open, or somebody is reachable for emergencies while it is closed.
    """

    office_phone: str
    is_open: bool
    covered: bool
    team_alerted: bool = False
    when: datetime | None = None
    times: tuple[str, ...] = field(default=())

    def fill(self, wording: Wording, language: str) -> Mapping[str, str]:
        """Values for every placeholder that can be filled now, in that language."""
        values = {"office_phone": self.office_phone}
        if self.when is not None:
            values |= {
                "time": _clock(wording, language, self.when),
                "weekday": wording.say(language, f"days.{_DAYS[self.when.weekday()]}", {}),
                "month": wording.say(language, f"months.{_MONTHS[self.when.month - 1]}", {}),
                "day": str(self.when.day),
            }
        return values


def facts_at(
    now: datetime,
    office: Office,
    clinic: Clinic,
    *,
    team_alerted: bool = False,
    look_by: datetime | None = None,
) -> Facts:
    """The facts at `now` (aware). `team_alerted`: an alert to somebody who can be reached was written.

    `look_by`: by when a person must have looked at the case. It is told unless it has passed, or comes as
    soon as an urgent matter's: then, and without one, it is the hours that are told
    (docs/decisions/0013-what-time-a-reply-says.md).
    """
    when, times = _told(now, office, clinic, look_by) if clinic.say_when_read else (None, ())
    covered = office.is_open or clinic.night_cover
    return Facts(spoken_phone(clinic.office_phone), office.is_open, covered, team_alerted, when, times)


def spoken_phone(number: str) -> str:
    """An E.164 number as people write it: (561) 555-0100, and with +country outside North America."""
    parsed = phonenumbers.parse(number, None)
    american = parsed.country_code == 1
    style = phonenumbers.PhoneNumberFormat
    return phonenumbers.format_number(parsed, style.NATIONAL if american else style.INTERNATIONAL)


def _told(
    now: datetime, office: Office, clinic: Clinic, look_by: datetime | None
) -> tuple[datetime | None, tuple[str, ...]]:
    soon = timedelta(minutes=clinic.urgent_minutes) + _SLACK
    if look_by is not None and look_by - now > soon:
        return _deadline(now, clinic, look_by)
    return _edge(now, office, clinic)


def _deadline(now: datetime, clinic: Clinic, look_by: datetime) -> tuple[datetime, tuple[str, ...]]:
    """By when a person must have looked. Midnight is the end of the day before, not 12 AM of the next."""
    when = clinic.local(look_by)
    if (when.hour, when.minute) == (0, 0):
        when -= timedelta(minutes=1)
    ahead = (when.date() - clinic.local(now).date()).days
    if ahead == 0:
        return when, ("times.by_today",)
    return when, ("times.by_weekday", "times.by_date") if ahead < 7 else ("times.by_date",)


def _edge(now: datetime, office: Office, clinic: Clinic) -> tuple[datetime | None, tuple[str, ...]]:
    """The edge of the office's hours."""
    today = clinic.local(now).date()
    when = office.closes_at if office.is_open else office.opens_at
    if when is None:
        return None, ()
    when = clinic.local(when)
    ahead = (when.date() - today).days
    if office.is_open:  # an opening that ends another day: the hour alone would mislead
        return (when, ("times.until",)) if ahead == 0 else (None, ())
    if ahead == 0:
        return when, ("times.today",)
    return when, ("times.weekday", "times.date") if ahead < 7 else ("times.date",)


def _clock(wording: Wording, language: str, when: datetime) -> str:
    hour = when.hour % 12 or 12
    minutes = f":{when:%M}" if when.minute else ""
    clock = f"{hour}{minutes} {'AM' if when.hour < 12 else 'PM'}"
    return wording.say(language, "clock.one" if hour == 1 else "clock.other", {"clock": clock})
