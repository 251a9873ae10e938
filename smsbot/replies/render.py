"""One text out of everything that was decided: the sentences in order, filled in, as short as they come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

from smsbot.clinic import Clinic
from smsbot.domain import Office, Reply
from smsbot.replies.facts import Facts, facts_at
from smsbot.replies.segments import segments, to_gsm
from smsbot.replies.wording import Wording

KEYS = frozenset(
    {
        *("received.neutral", "received.appointment", "received.office", "received.media"),
        *("also.not_booked", "also.call_office", "also.emergency"),
        *("consent.stop", "consent.stop_visit", "consent.start", "consent.help"),
        *("crisis.lifeline", "crisis.medical", "crisis.overdose", "crisis.both", "crisis.all"),
        *("crisis.neutral", "crisis.private"),
    }
)
"""The keys a Reply may have, besides "unread"."""

_CONSENT = ("consent.stop_visit", "consent.stop", "consent.start", "consent.help")


def render(
    wording: Wording,
    replies: tuple[Reply, ...],
    languages: tuple[str, ...],
    office: Office,
    clinic: Clinic,
    *,
    now: datetime,
    team_alerted: bool = False,
) -> str:
    """The one text that answers, ready to send; "" when there is nothing to say.

    One language gives whole sentences. Several, none, or none that the clinic has: the short form in each
    of them (none: in all the clinic's), a line each. `now` is aware; `team_alerted` may be true only when an
    alert to somebody who can be reached is written down together with this reply.
    """
    known = tuple(language for language in languages if language in wording.texts)
    facts = facts_at(now, office, clinic, team_alerted=team_alerted)
    return compose(wording, _known_words(replies), known or clinic.languages, facts)


def _known_words(replies: tuple[Reply, ...]) -> tuple[Reply, ...]:
    """The replies with every key a known one: a text is being written down, and this must not raise.

    "unread" stands for a text that only a person can read: anything may be in it.
    """
    known: list[Reply] = []
    for reply in replies:
        if reply.key == "unread":
            known += [Reply("received.neutral", times=True), Reply("also.emergency")]
        else:
            known.append(reply if reply.key in KEYS else Reply("received.neutral", times=reply.times))
    return tuple(known)


def compose(wording: Wording, replies: tuple[Reply, ...], languages: tuple[str, ...], facts: Facts) -> str:
    """The text from facts. Of several ways to tell the time the cheapest is taken, the first if equal."""
    ways = [
        to_gsm(
            "\n".join(
                _in_one(wording, replies, language, facts, times, len(languages) > 1)
                for language in languages
            )
        )
        for times in facts.times or ("",)
    ]
    return min(ways, key=segments) if replies else ""


def _in_one(
    wording: Wording, replies: tuple[Reply, ...], language: str, facts: Facts, times: str, short: bool
) -> str:
    keys = (_short_keys if short else _keys)(replies, facts, times)
    fill = facts.fill(wording, language)
    return " ".join(wording.say(language, key, fill) for key in keys)


def _keys(replies: tuple[Reply, ...], facts: Facts, times: str) -> Iterator[str]:
    """The sentences of a reply in one language, in order."""
    asked = {reply.key for reply in replies}
    if crisis := _crisis(replies):
        yield crisis
        if crisis != "crisis.private":
            yield _team(facts)
        return
    received = [reply.key for reply in replies if reply.key.startswith("received.")]
    consent = _consent(asked)
    if received:
        yield received[0] if len(set(received)) == 1 else "received.whole"
    if "also.not_booked" in asked:
        yield "also.not_booked"
    if consent:
        yield consent
    elif "also.call_office" in asked and facts.is_open:
        yield "also.call_office"
    yield from _when(replies, facts, times)
    if "also.emergency" in asked or (received and not facts.is_open):
        yield "also.emergency"


def _short_keys(replies: tuple[Reply, ...], facts: Facts, times: str) -> Iterator[str]:
    """The same for a text in several languages: what was received, what to do, when we read."""
    asked = {reply.key for reply in replies}
    if crisis := _crisis(replies):
        if crisis == "crisis.private":
            yield crisis
            return
        yield "received.neutral"
        yield crisis.replace("crisis.", "short.")
        if (team := _team(facts)) != "team.unsure":
            yield team.replace("team.", "short.")
        return
    received = {key for key in asked if key.startswith("received.")}
    if consent := _consent(asked):
        yield consent.replace("consent.", "short.")
    elif received == {"received.media"}:  # too long to say when we read as well
        yield "short.media"
    elif received:
        yield "received.neutral"
        yield from (key.replace("also.", "short.") for key in _when(replies, facts, times))
    if "also.emergency" in asked or (received and not facts.is_open):
        yield "short.emergency"


def _crisis(replies: tuple[Reply, ...]) -> str | None:
    """Emergency words stand alone."""
    return next((reply.key for reply in replies if reply.key.startswith("crisis.")), None)


def _consent(asked: set[str]) -> str | None:
    return next((key for key in _CONSENT if key in asked), None)


def _when(replies: tuple[Reply, ...], facts: Facts, times: str) -> Iterator[str]:
    """When texts are read, if it is asked for and known; a consent reply is long enough without it."""
    if not any(reply.times for reply in replies) or _consent({reply.key for reply in replies}):
        return
    if times:
        yield times
    elif not facts.covered:
        yield "also.nobody"


def _team(facts: Facts) -> str:
    """What may be said of our side in an emergency. Without night cover nothing is claimed at night."""
    if not facts.covered:
        return "team.nobody"
    return "team.alerted" if facts.team_alerted else "team.unsure"
