"""Who stands behind a number, as far as the words of a reply depend on it."""

from __future__ import annotations

from dataclasses import replace

from smsbot.domain import Outcome, Reply, Situation, Urgency

SHARED = "Several patients use this number: ask who is writing before you say anything."

_TOPICS = frozenset({"received.appointment", "received.office"})
_TELLS_TOPIC = frozenset({"also.not_booked", "ask.times", "ask.medication", "ask.pharmacy"})
_FOR_PATIENTS = _TELLS_TOPIC | {"also.call_office"}
_NEUTRAL = "received.neutral"
_UNKNOWN = Reply("received.unknown")


def is_unknown(situation: Situation) -> bool:
    """Whether the clinic keeps a list of patients and nobody of it has this number."""
    return situation.has_list and situation.patients == 0


def is_shared(situation: Situation) -> bool:
    """Whether several patients have this number."""
    return situation.patients > 1


def fit_to_sender(outcome: Outcome, situation: Situation, *, names_topic: bool) -> Outcome:
    """The outcome in words that may be said to this number."""
    if is_unknown(situation):
        return replace(outcome, replies=_confirm_nothing(outcome.replies))
    replies = outcome.replies if names_topic and not is_shared(situation) else _neutral(outcome.replies)
    warns = is_shared(situation) and outcome.urgency is not Urgency.NONE
    return replace(outcome, replies=replies, notes=outcome.notes + ((SHARED,) if warns else ()))


def _neutral(replies: tuple[Reply, ...]) -> tuple[Reply, ...]:
    """Nothing of what a text was about: whoever reads the screen learns only that we got it."""
    kept = (one for one in replies if one.key not in _TELLS_TOPIC)
    return tuple(dict.fromkeys(replace(one, key=_NEUTRAL) if one.key in _TOPICS else one for one in kept))


def _confirm_nothing(replies: tuple[Reply, ...]) -> tuple[Reply, ...]:
    """Nothing that confirms anybody's being a patient; that we cannot look at pictures is true for all."""
    kept = (one for one in replies if one.key not in _FOR_PATIENTS)
    return tuple(dict.fromkeys(_UNKNOWN if one.key in {*_TOPICS, _NEUTRAL} else one for one in kept))


def tell_first_contact(replies: tuple[Reply, ...], situation: Situation) -> tuple[Reply, ...]:
    """The notice that texts are not private goes with the first acknowledgement, never beside an emergency's
    words or those on consent."""
    if situation.open_case is not None and situation.open_case.urgency is Urgency.EMERGENCY:
        return replies  # not now
    keys = [one.key for one in replies]
    received = any(key.startswith("received.") for key in keys)
    if situation.was_told or not received or any(key.startswith("consent.") for key in keys):
        return replies
    return (*replies, Reply("notice.privacy"))
