"""Every kind of reply there is: for the check of lengths at start, and for reading them all."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import product
from types import MappingProxyType

from smsbot.clinic import Clinic
from smsbot.domain import Office, Reply
from smsbot.replies.facts import Facts
from smsbot.replies.render import compose, render
from smsbot.replies.segments import segments
from smsbot.replies.wording import Wording

CRISES = ("lifeline", "medical", "overdose", "both", "all", "neutral", "private")

_NEUTRAL = Reply("received.neutral", times=True)
_APPOINTMENT = Reply("received.appointment", times=True)
_NOT_BOOKED = Reply("also.not_booked")
_EMERGENCY = Reply("also.emergency")
_TODAY = (_APPOINTMENT, _NOT_BOOKED, Reply("also.call_office"))

SITUATIONS = MappingProxyType(
    {
        "an appointment asked for, moved or dropped": (_APPOINTMENT, _NOT_BOOKED),
        "a question about an appointment": (_APPOINTMENT,),
        "a visit that is today": _TODAY,
        "medication, a symptom, anything unclear": (_NEUTRAL,),
        "the same, urgent": (_NEUTRAL, _EMERGENCY),
        "office matters": (Reply("received.office", times=True),),
        "several matters": (_NEUTRAL, _APPOINTMENT, _NOT_BOOKED),
        "several matters, urgent": (_NEUTRAL, *_TODAY, _EMERGENCY),
        "a picture or a voice memo alone": (Reply("received.media", times=True), _EMERGENCY),
        "STOP": (Reply("consent.stop"),),
        "CANCEL alone": (Reply("consent.stop_visit"),),
        "START": (Reply("consent.start"),),
        "START and other matters": (Reply("consent.start"), _NEUTRAL, *_TODAY, _EMERGENCY),
        "what is this line?": (Reply("consent.help"),),
        "HELP": (Reply("consent.help"), _EMERGENCY),
        "what is this line, and other matters": (Reply("consent.help"), _NEUTRAL, *_TODAY, _EMERGENCY),
        **{f"crisis: {kind}": (Reply(f"crisis.{kind}"),) for kind in CRISES},
    }
)


def most_segments(replies: tuple[Reply, ...]) -> int:
    """How many segments a reply may take: three in a crisis, else two."""
    return 3 if any(reply.key.startswith("crisis.") for reply in replies) else 2


def preview(
    clinic: Clinic, wording: Wording, now: datetime = datetime(2026, 12, 4, 15, tzinfo=UTC)
) -> Iterator[tuple[str, str, str, int]]:
    """Every reply of every situation: (situation, language or "all", text, segments).

    Each is shown with the office open and closed as the clinic's hours are after `now`, emergencies with and
    without an alert that was written down.
    """
    choices = [*clinic.languages, *(["all"] if len(clinic.languages) > 1 else [])]
    for (name, replies), (state, moment, office) in product(SITUATIONS.items(), tuple(_moments(clinic, now))):
        says_more = name.startswith("crisis") and (office.is_open or clinic.night_cover)
        for alerted, language in product((True, False) if says_more else (False,), choices):
            languages = () if language == "all" else (language,)
            text = render(wording, replies, languages, office, clinic, now=moment, team_alerted=alerted)
            told = ", team alerted" if alerted else ""
            yield f"{name} ({state}{told})", language, text, segments(text)


def _moments(clinic: Clinic, now: datetime) -> Iterator[tuple[str, datetime, Office]]:
    """A moment with the office open and one with it closed, as far as the hours have both."""
    for _ in range(2):
        office = clinic.office_at(now)
        yield ("open" if office.is_open else "closed"), now, office
        edge = office.closes_at if office.is_open else office.opens_at
        if edge is None:
            return
        now = edge


def too_long(wording: Wording) -> list[str]:
    """One line for each situation and language whose longest reply takes too many segments."""
    choices = {*((language,) for language in wording.texts), tuple(wording.texts)}
    errors = []
    for (name, replies), languages in product(SITUATIONS.items(), choices):
        worst = max((compose(wording, replies, languages, facts) for facts in _extremes()), key=segments)
        if segments(worst) > most_segments(replies):
            files = ", ".join(f"{language}.toml" for language in languages)
            errors.append(
                f'{files}: "{name}" can take {segments(worst)} segments, {most_segments(replies)} at most. '
                f"Shorten its sentences, or leave out letters that make a text dear: {worst!r}"
            )
    return errors


def _extremes() -> Iterator[Facts]:
    """The facts that make replies longest: long numbers, and every day and month there is."""
    phone, first = "+000 0000 000 0000", datetime(2027, 9, 19, 12, 30, tzinfo=UTC)
    yield Facts(phone, True, True, False, first, ("times.until",))
    yield Facts(phone, False, True, False, first, ("times.today",))
    for ahead in range(7):
        yield Facts(phone, False, True, False, first + timedelta(days=ahead), ("times.weekday", "times.date"))
    for months in range(1, 13):
        yield Facts(phone, False, True, False, first + timedelta(days=30 * months), ("times.date",))
    for covered, alerted in product((True, False), repeat=2):
        yield Facts(phone, False, covered, alerted)
