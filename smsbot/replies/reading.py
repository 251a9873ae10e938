"""Every text a patient can receive, as this clinic's patients would get it: for reading aloud."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import product
from typing import NamedTuple

from smsbot.clinic import Clinic
from smsbot.domain import Office, Reply, Urgency
from smsbot.replies.follow import FOLLOW_KEYS, NOBODY, TAKEN, follow_up
from smsbot.replies.render import render
from smsbot.replies.segments import segments
from smsbot.replies.situations import SITUATIONS, is_soon
from smsbot.replies.unusual import LATE, own_to_lateness, trouble
from smsbot.replies.wording import Wording

ALL = "all"
"""Stands for a contact whose language is not known."""


class Shown(NamedTuple):
    """One text: in which situation, at which moment, in which language ("all": it is not known)."""

    situation: str
    state: str
    language: str
    text: str
    segments: int


def preview(
    clinic: Clinic, wording: Wording, now: datetime = datetime(2026, 12, 4, 15, tzinfo=UTC)
) -> Iterator[Shown]:
    """Every reply of every situation, in every language.

    Each is shown with the office open and closed as the clinic's hours are after `now`, emergencies with and
    without an alert that was written down; a routine matter with the time by which a person must have looked.
    """
    moments = tuple(_moments(clinic, now))
    choices = [*clinic.languages, *([ALL] if len(clinic.languages) > 1 else [])]
    for name, replies in SITUATIONS.items():
        for language in choices:
            yield from _replies(clinic, wording, name, replies, moments, language)
    for (name, key), language in product(_later().items(), choices):
        for state, moment, _ in moments:
            text = follow_up(wording, key, _known(language), clinic, now=moment)
            yield Shown(name, state, language, text, segments(text))
    for language in choices:
        text = trouble(_known(language), clinic)
        yield Shown("our database is away", "at any time", language, text, segments(text))
    for language, (state, moment, office) in product(choices, moments):
        neutral = (Reply("received.neutral", times=True),)
        text = render(wording, neutral, _known(language), office, clinic, now=moment)
        text = own_to_lateness(text, wording, LATE)
        yield Shown("a text that reached us late", state, language, text, segments(text))


def _replies(
    clinic: Clinic,
    wording: Wording,
    name: str,
    replies: tuple[Reply, ...],
    moments: tuple[tuple[str, datetime, Office], ...],
    language: str,
) -> Iterator[Shown]:
    for state, moment, office in moments:
        look_by = None if is_soon(name) else clinic.look_by(Urgency.ROUTINE, moment)
        can_be_alerted = any(reply.key.startswith("crisis.") for reply in replies)
        says_more = can_be_alerted and (office.is_open or clinic.night_cover)
        for alerted in (True, False) if says_more else (False,):
            text = render(
                wording,
                replies,
                _known(language),
                office,
                clinic,
                now=moment,
                team_alerted=alerted,
                look_by=look_by,
            )
            told = f"{state}, team alerted" if alerted else state
            yield Shown(name, told, language, text, segments(text))


def _later() -> dict[str, str]:
    """The texts that follow an emergency, by the name of the situation."""
    names = {TAKEN: "crisis, later: somebody has taken it"}
    return {
        names.get(key, f"crisis, later: nobody has taken it: {key.removeprefix(NOBODY + '_')}"): key
        for key in FOLLOW_KEYS
    }


def _known(language: str) -> tuple[str, ...]:
    return () if language == ALL else (language,)


def _moments(clinic: Clinic, now: datetime) -> Iterator[tuple[str, datetime, Office]]:
    """A moment with the office open and one with it closed, as far as the hours have both."""
    for _ in range(2):
        office = clinic.office_at(now)
        yield ("open" if office.is_open else "closed"), now, office
        edge = office.closes_at if office.is_open else office.opens_at
        if edge is None:
            return
        now = edge
