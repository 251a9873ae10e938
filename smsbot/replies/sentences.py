"""Which sentences make up a reply, in which order. What may not stand together is left out here.

Three kinds of text, the first that fits: a receipt that shows nothing, emergency words, everything else.
"""

from __future__ import annotations

from collections.abc import Iterator

from smsbot.domain import Reply
from smsbot.replies.facts import Facts

CRISIS_KINDS = ("lifeline", "medical", "overdose", "both", "all", "neutral", "unsure")
QUESTIONS = ("ask.times", "ask.medication", "ask.pharmacy")
KEYS = frozenset(
    {
        *(
            "received.neutral",
            "received.appointment",
            "received.office",
            "received.media",
            "received.unknown",
        ),
        *("also.not_booked", "also.call_office", "also.emergency"),
        *("consent.stop", "consent.stop_visit", "consent.start", "consent.help"),
        *("consent.no_reminders", "consent.muted", "notice.privacy", "answer.bot", "crisis.private"),
        *QUESTIONS,
        *(f"crisis.{kind}" for kind in CRISIS_KINDS),
        *(f"crisis_short.{kind}" for kind in CRISIS_KINDS),
    }
)
"""The keys a Reply may have, besides "unread"."""

# Where several came together, the first is said.
_CONSENT = (
    *("consent.stop_visit", "consent.stop", "consent.start", "consent.help"),
    *("consent.muted", "consent.no_reminders"),
)
_NO_PLACE_FOR_A_NOTICE = ("crisis.", "crisis_short.", "consent.", "answer.")


def known_words(replies: tuple[Reply, ...]) -> tuple[Reply, ...]:
    """The replies with every key a known one: a text is being written down, and this must not raise.

    "unread" stands for a text that only a person can read: anything may be in it.
    """
    known: list[Reply] = []
    for reply in replies:
        if reply.key == "unread":
            known += [Reply("received.neutral", times=True), Reply("also.emergency")]
        elif reply.key in KEYS:
            known.append(reply)
        elif reply.key.endswith(".private"):
            known.append(Reply("crisis.private"))
        elif reply.key.startswith("crisis"):
            known.append(Reply("crisis.both"))  # too many numbers beat none
        else:
            known.append(Reply("received.neutral", times=reply.times))
    return tuple(known)


def may_carry_notice(replies: tuple[Reply, ...]) -> bool:
    """Whether `notice.privacy` may go out with these: with a receipt, never in an emergency.

    Beside anything else it is not said, and has to wait for the next reply.
    """
    keys = [reply.key for reply in known_words(replies)]
    return any(key.startswith("received.") for key in keys) and not any(
        key.startswith(_NO_PLACE_FOR_A_NOTICE) for key in keys
    )


def in_one_language(replies: tuple[Reply, ...], facts: Facts, times: str | None) -> Iterator[str]:
    """The sentences' keys. `times` tells when texts are read: a key; "": not known; None: leave it out."""
    asked = {reply.key for reply in replies}
    if crisis := _crisis(asked):
        yield from _emergency(crisis, asked, facts)
        return
    if "answer.bot" in asked:
        yield from ("answer.bot", "crisis_short.unsure", *_nobody(facts))
        return
    consent, notice = _consent(asked), "notice.privacy" in asked and may_carry_notice(replies)
    received = _received(asked)
    if received:
        yield received
    yield from _when(replies, facts, times)
    if "also.not_booked" in asked:
        yield "also.not_booked"
    if consent:
        yield consent
    elif "also.call_office" in asked and facts.is_open and received != "received.unknown":
        yield "also.call_office"
    if not notice and ("also.emergency" in asked or (received and not facts.is_open)):
        yield "also.emergency"
    if notice:  # it names 911 as well
        yield "notice.privacy"
    yield from _question(asked)


def in_several_languages(replies: tuple[Reply, ...], facts: Facts, times: str | None) -> Iterator[str]:
    """The same for a text that says it all in each language: what was received, what to do, when we read."""
    asked = {reply.key for reply in replies}
    if crisis := _crisis(asked):
        yield from _short_emergency(crisis, asked, facts)
        return
    if "answer.bot" in asked:
        yield from ("short.bot", "short.unsure", *_short(_nobody(facts)))
        return
    notice = "notice.privacy" in asked and may_carry_notice(replies)
    received = _received(asked)
    if consent := _consent(asked):
        yield consent.replace("consent.", "short.")
    elif received in ("received.media", "received.unknown"):  # too long to say when we read as well
        yield received.replace("received.", "short.")
    elif received:
        yield "received.neutral"
        yield from _short(_when(replies, facts, times))
    if not notice and ("also.emergency" in asked or (received and not facts.is_open)):
        yield "short.emergency"
    if notice:
        yield "short.privacy"
    yield from (key.replace("ask.", "short.ask_") for key in _question(asked) if not consent)


def _crisis(asked: set[str]) -> str | None:
    """Emergency words stand alone. The more silent key wins, then the fuller one."""
    if "crisis.private" in asked:
        return "crisis.private"
    keys = sorted(key for key in asked if key.startswith(("crisis.", "crisis_short.")))
    return keys[0] if keys else None  # "crisis." sorts before "crisis_short."


def _emergency(crisis: str, asked: set[str], facts: Facts) -> Iterator[str]:
    if crisis == "crisis.private":
        yield crisis
        return
    if "answer.bot" in asked:
        yield "answer.bot"
    if crisis.startswith("crisis_short."):
        if "answer.bot" not in asked:
            yield "received.neutral"
        yield crisis
        yield from _nobody(facts)
        return
    yield crisis
    yield _team(facts)


def _short_emergency(crisis: str, asked: set[str], facts: Facts) -> Iterator[str]:
    if crisis == "crisis.private":
        yield crisis
        return
    yield "short.bot" if "answer.bot" in asked else "received.neutral"
    yield f"short.{crisis.split('.')[1]}"
    if facts.covered and facts.team_alerted and crisis.startswith("crisis."):
        yield "short.alerted"
    yield from _short(_nobody(facts))


def _received(asked: set[str]) -> str | None:
    """What has arrived. To an unknown number nothing is said of what it was about."""
    if "received.unknown" in asked:
        return "received.unknown"
    received = [key for key in asked if key.startswith("received.")]
    return received[0] if len(received) == 1 else "received.whole" if received else None


def _question(asked: set[str]) -> tuple[str, ...]:
    """One at most."""
    return tuple(key for key in QUESTIONS if key in asked)[:1]


def _consent(asked: set[str]) -> str | None:
    return next((key for key in _CONSENT if key in asked), None)


def _when(replies: tuple[Reply, ...], facts: Facts, times: str | None) -> Iterator[str]:
    """When texts are read, if it is asked for and known; a consent reply is long enough without it."""
    asked = {reply.key for reply in replies}
    if times is None or _consent(asked) or not any(reply.times for reply in replies):
        return
    if times:
        yield times
    elif not facts.covered:
        yield "also.nobody"


def _short(keys: Iterator[str] | tuple[str, ...]) -> Iterator[str]:
    for key in keys:
        yield key.replace("also.", "short.").replace("team.", "short.")


def _nobody(facts: Facts) -> tuple[str, ...]:
    return () if facts.covered else ("team.nobody",)


def _team(facts: Facts) -> str:
    """What may be said of our side in an emergency. Without night cover nothing is claimed at night."""
    if not facts.covered:
        return "team.nobody"
    return "team.alerted" if facts.team_alerted else "team.unsure"
