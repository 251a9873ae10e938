"""Every kind of reply there is: for the check of lengths at start, and for reading them all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from itertools import product
from types import MappingProxyType

from smsbot.domain import Reply
from smsbot.replies.facts import Facts
from smsbot.replies.follow import FOLLOW_KEYS, say_later
from smsbot.replies.render import AT_ONCE, compose, most_segments, speak
from smsbot.replies.segments import is_gsm, segments
from smsbot.replies.sentences import CRISIS_KINDS, may_carry_notice
from smsbot.replies.wording import Wording

__all__ = ["SITUATIONS", "is_soon", "most_segments", "too_long"]

_NEUTRAL = Reply("received.neutral", times=True)
_APPOINTMENT = Reply("received.appointment", times=True)
_OFFICE = Reply("received.office", times=True)
_UNKNOWN = Reply("received.unknown")
_NOT_BOOKED = Reply("also.not_booked")
_EMERGENCY = Reply("also.emergency")
_TODAY = (_APPOINTMENT, _NOT_BOOKED, Reply("also.call_office"))
_WISH = (_APPOINTMENT, _NOT_BOOKED)
_TIMES, _MEDICATION, _PHARMACY = Reply("ask.times"), Reply("ask.medication"), Reply("ask.pharmacy")
_NOTICE = Reply("notice.privacy")
_CONSENT = MappingProxyType(
    {
        "STOP": "consent.stop",
        "CANCEL alone": "consent.stop_visit",
        "START": "consent.start",
        "what is this line?": "consent.help",
        "no more reminders": "consent.no_reminders",
        "no more automatic replies": "consent.muted",
    }
)

_MATTERS: Mapping[str, tuple[Reply, ...]] = {
    "an appointment asked for, moved or dropped": _WISH,
    "an appointment asked for, no time named": (*_WISH, _TIMES),
    "a question about an appointment": (_APPOINTMENT,),
    "a visit that is today": _TODAY,
    "a visit that is today, urgent": (*_TODAY, _EMERGENCY),
    "medication, a symptom, anything unclear": (_NEUTRAL,),
    "a refill, no name": (_NEUTRAL, _MEDICATION),
    "a refill, no pharmacy": (_NEUTRAL, _PHARMACY),
    "the same, urgent": (_NEUTRAL, _EMERGENCY),
    "office matters": (_OFFICE,),
    "office matters, urgent": (_OFFICE, _EMERGENCY),
    "several matters": (_NEUTRAL, *_WISH),
    "several matters, no time named": (_NEUTRAL, *_WISH, _TIMES),
    "several matters, no name": (_NEUTRAL, *_WISH, _MEDICATION),
    "several matters, no pharmacy": (_NEUTRAL, *_WISH, _PHARMACY),
    "several matters, urgent": (_NEUTRAL, *_TODAY, _EMERGENCY),
    "a picture or a voice memo alone, urgent": (Reply("received.media", times=True), _EMERGENCY),
    "a number not on the list": (_UNKNOWN,),
    "a number not on the list, urgent": (_UNKNOWN, _EMERGENCY),
    "a number not on the list, an appointment": (_UNKNOWN, *_WISH),
}

SITUATIONS: Mapping[str, tuple[Reply, ...]] = MappingProxyType(
    {
        **_MATTERS,
        **{
            f"{name}, first text": (*replies, _NOTICE)
            for name, replies in _MATTERS.items()
            if may_carry_notice(replies)
        },
        **{name: (Reply(key),) for name, key in _CONSENT.items()},
        "HELP, urgent": (Reply("consent.help"), _EMERGENCY),
        **{
            f"{name}, and other matters, urgent": (Reply(key), _NEUTRAL, *_TODAY, _EMERGENCY)
            for name, key in _CONSENT.items()
            if "stop" not in key
        },
        "what is this line, and a wish": (Reply("consent.help"), *_WISH, _TIMES),
        **{f"crisis: {kind}": (Reply(f"crisis.{kind}"),) for kind in (*CRISIS_KINDS, "private")},
        **{f"crisis again: {kind}": (Reply(f"crisis_short.{kind}"),) for kind in CRISIS_KINDS},
        "is this a person?": (Reply("answer.bot"),),
        **{
            f"crisis, is this a person? {kind}": (Reply("answer.bot"), Reply(f"crisis.{kind}"))
            for kind in CRISIS_KINDS
        },
        **{
            f"crisis again, is this a person? {kind}": (Reply("answer.bot"), Reply(f"crisis_short.{kind}"))
            for kind in CRISIS_KINDS
        },
    }
)
"""The replies of each situation, by its name. A name with "urgent" or "today" is no routine matter."""


def is_soon(situation: str) -> bool:
    """Whether a person must look within minutes or the hour, so that no day is told."""
    return "urgent" in situation or "today" in situation


def too_long(wording: Wording) -> list[str]:
    """One line for each situation and language whose longest text takes too many segments."""
    errors = []
    for languages in {*((language,) for language in wording.texts), tuple(wording.texts)[:AT_ONCE]}:
        timeless, timed = _worst(wording, languages)
        for name, replies in SITUATIONS.items():
            facts = (*timeless, *timed) if any(reply.times for reply in replies) else timeless
            texts = [compose(wording, replies, languages, one) for one in facts]
            errors += _complaint(name, languages, max(texts, key=segments), most_segments(replies))
        for key in FOLLOW_KEYS:
            texts = [say_later(wording, key, languages, one) for one in timeless]
            errors += _complaint(key, languages, max(texts, key=segments), most_segments((Reply("crisis."),)))
    return errors


def _complaint(name: str, languages: tuple[str, ...], text: str, most: int) -> list[str]:
    count = segments(text)
    if count <= most:
        return []
    files = ", ".join(f"{language}.toml" for language in languages)
    return [
        f'{files}: "{name}" can take {count} segments, {most} at most. '
        f"Shorten its sentences, or leave out letters that make a text dear: {text!r}"
    ]


def _worst(wording: Wording, languages: tuple[str, ...]) -> tuple[list[Facts], list[Facts]]:
    """The facts that can make a text longest: those without a time, and those whose time takes most room.

    Of facts that tell the time by the same sentences, one counts unless another is at least as long, and as
    dear, in each of those sentences.
    """
    timeless = [
        Facts(_PHONE, is_open, covered, alerted)
        for is_open, covered, alerted in product((True, False), repeat=3)
        if covered or not is_open
    ]
    groups: dict[tuple[bool, tuple[str, ...]], dict[tuple[tuple[bool, int], ...], Facts]] = {}
    for facts in _times():
        said = [speak(wording, [times], languages, facts) for times in facts.times]
        size = tuple((not is_gsm(text), len(text)) for text in said)
        groups.setdefault((facts.is_open, facts.times), {})[size] = facts
    timed = [
        facts
        for group in groups.values()
        for size, facts in group.items()
        if not any(other != size and _covers(other, size) for other in group)
    ]
    return timeless, timed


def _covers(one: tuple[tuple[bool, int], ...], other: tuple[tuple[bool, int], ...]) -> bool:
    return all(a[0] >= b[0] and a[1] >= b[1] for a, b in zip(one, other, strict=True))


_PHONE = "+000 0000 000 0000"  # as long as they come


def _times() -> Iterator[Facts]:
    """Every day and month there is."""
    first = datetime(2027, 9, 19, 12, 30, tzinfo=UTC)

    def told(is_open: bool, when: datetime, *times: str) -> Facts:
        return Facts(_PHONE, is_open, True, False, when, times)

    yield told(True, first, "times.until")
    yield told(False, first, "times.today")
    yield told(True, first, "times.by_today")
    yield told(False, first, "times.by_today")
    for ahead in range(7):
        day = first + timedelta(days=ahead)
        yield told(False, day, "times.weekday", "times.date")
        yield told(True, day, "times.by_weekday", "times.by_date")
        yield told(False, day, "times.by_weekday", "times.by_date")
    for months in range(1, 13):
        day = first + timedelta(days=30 * months)
        yield told(False, day, "times.date")
        yield told(True, day, "times.by_date")
        yield told(False, day, "times.by_date")
