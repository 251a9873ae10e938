"""In which language to answer."""

from __future__ import annotations

import re

from smsbot.domain import Inbound, Situation, Triage

_ENOUGH_WORDS = 3


def languages_for(
    inbound: Inbound,
    triage: Triage,
    situation: Situation,
    set_language: str | None,
    offered: tuple[str, ...],
) -> tuple[str, ...]:
    """The one language to answer in, or () when it is not known: then all the clinic offers.

    First what staff set for the contact; then what its texts established, this newest one before earlier
    ones; then what little this one shows.
    """
    if set_language and set_language in offered:
        return (set_language,)
    shown = language_shown(inbound, triage, offered)
    return (shown,) if shown else reply_languages(inbound, triage, situation, offered)


def language_shown(inbound: Inbound, triage: Triage, offered: tuple[str, ...]) -> str | None:
    """The language that this text by itself makes plain, or None; a contact's language is learned from it."""
    words = re.findall(r"[^\W\d_]+", inbound.body)
    return triage.language if triage.language in offered and len(words) >= _ENOUGH_WORDS else None


def reply_languages(
    inbound: Inbound, triage: Triage, situation: Situation, offered: tuple[str, ...]
) -> tuple[str, ...]:
    """The one language to answer in, or () when it is not known: then all the clinic offers.

    What is known of the contact comes first, then what this text shows. A single word that
    was taken for English shows nothing ("STOP", "ok", "no"): English is what triage says when in doubt.
    """
    if situation.language and situation.language in offered:
        return (situation.language,)
    words = re.findall(r"[^\W\d_]+", inbound.body)
    if triage.language not in offered or not words or (triage.language == "en" and len(words) == 1):
        return ()
    return (triage.language,)
