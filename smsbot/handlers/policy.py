"""Whether a reply leaves at all: opt-out before emergency before nuisance. The order of the rules is here."""

from __future__ import annotations

from dataclasses import dataclass, replace

from smsbot.domain import (
    Consent,
    ConsentChange,
    Inbound,
    Outcome,
    Reply,
    SenderKind,
    Silence,
    Situation,
    Urgency,
)
from smsbot.handlers import answers, limits, robots
from smsbot.handlers.quiet import case_of, on_consent, without_nuisance
from smsbot.handlers.senders import fit_to_sender, tell_first_contact
from smsbot.handlers.words import CARRIER_WORDS, same_words, whole_word

CALL = "Has opted out of our texts, cannot be texted: call."
NO_PHONE = "Not answered: the sender is no ordinary phone number."
OFF = {
    Silence.PRIVATE: "Automatic texts are off: others may read this phone. Read before you call.",
    Silence.WRONG_NUMBER: "Automatic texts are off: was called the wrong number. Check it before you write.",
    Silence.COMPLAINT: "Automatic texts are off: asked for a person. Answer in person.",
    Silence.ROBOT: "Automatic texts are off: seems to answer by itself. See whether a person writes.",
}


@dataclass(frozen=True, slots=True)
class ReplyPolicy:
    """What the clinic chose.

    `replies`: off, crisis or all. `opt_out_replies`: provider (its own STOP and HELP answers) or ours.
    `names_topic`: whether an answer may say that a text was about an appointment or for the office.
    """

    replies: str = "all"
    opt_out_replies: str = "provider"
    names_topic: bool = True


def apply_policy(outcome: Outcome, inbound: Inbound, situation: Situation, policy: ReplyPolicy) -> Outcome:
    """The outcome with the replies that may leave, and the notes staff need when a text cannot reach."""
    outcome = fit_to_sender(outcome, situation, names_topic=policy.names_topic)
    outcome = robots.notice(outcome, inbound, situation)
    replies = () if is_silent(outcome, inbound, situation) else _chosen(outcome, inbound, situation)
    replies = tell_first_contact(_as_the_clinic_wants(replies, inbound, policy), situation)
    is_asked = any(one.key == f"ask.{outcome.asks}" for one in replies)
    return replace(
        outcome,
        replies=replies,
        asks=outcome.asks if is_asked else None,
        notes=outcome.notes + _warnings(outcome, inbound, situation),
    )


def is_silent(outcome: Outcome, inbound: Inbound, situation: Situation) -> bool:
    """Whether this text is never answered, whatever it says: an emergency neither.

    The one text that may follow a STOP is the answer to the STOP itself; on a phone that may be watched
    not even that.
    """
    stopped = situation.consent is Consent.OPTED_OUT and outcome.consent is not ConsentChange.START
    private = any(one.key == limits.PRIVATE for one in outcome.replies)
    return (
        inbound.sender_kind is not SenderKind.PHONE
        or inbound.sender == inbound.recipient
        or inbound.opt_out_type is not None
        or stopped
        or (private and outcome.consent is ConsentChange.STOP)
        or Silence.PRIVATE in (outcome.silence, situation.silence)
        or limits.is_watched(situation)
        or same_words(inbound.body, situation.last_reply)
    )


def _chosen(outcome: Outcome, inbound: Inbound, situation: Situation) -> tuple[Reply, ...]:
    """An emergency by its own limits; then what silence leaves; then the nuisance rules."""
    silence = outcome.silence or situation.silence
    truth = (answers.BOT,) if silence is None and answers.must_answer(inbound, situation) else ()
    if crisis := limits.crisis_of(outcome.replies):
        return (*truth, *limits.limit(crisis, situation))
    if silence in (Silence.ROBOT, Silence.WRONG_NUMBER):
        is_said_now = situation.silence is None and outcome.silence is Silence.WRONG_NUMBER
        return on_consent(outcome.replies) if is_said_now else ()  # "wrong number, stop texting me"
    if truth:
        return truth
    if robots.is_answered_enough(situation):
        return ()
    if silence is Silence.COMPLAINT:
        return on_consent(outcome.replies)
    return without_nuisance(outcome, inbound, situation)


def _as_the_clinic_wants(
    replies: tuple[Reply, ...], inbound: Inbound, policy: ReplyPolicy
) -> tuple[Reply, ...]:
    """What a pilot leaves, less what the provider has answered this moment."""
    if policy.replies != "all":
        replies = tuple(one for one in replies if policy.replies == "crisis" and one.key.startswith("crisis"))
    if policy.opt_out_replies == "provider" and whole_word(inbound.body) in CARRIER_WORDS:
        answered = any(one.key.startswith("consent.") for one in replies)
        return () if answered else replies
    return replies


def _warnings(outcome: Outcome, inbound: Inbound, situation: Situation) -> tuple[str, ...]:
    """Why staff cannot simply text back, for a matter that somebody has to look at."""
    if outcome.urgency is Urgency.NONE:
        return ()
    call = (CALL,) if _is_blocked(outcome, situation) else ()
    off = (OFF[situation.silence],) if situation.silence else ()
    return (*call, *off, *_not_a_phone(inbound, situation))


def _not_a_phone(inbound: Inbound, situation: Situation) -> tuple[str, ...]:
    """Told once: the case that the text joins has it already."""
    is_phone = inbound.sender_kind is SenderKind.PHONE and inbound.sender != inbound.recipient
    return () if is_phone or case_of(situation) else (NO_PHONE,)


def _is_blocked(outcome: Outcome, situation: Situation) -> bool:
    """Whether the contact is opted out once this text is written down."""
    if outcome.consent in (ConsentChange.STOP, ConsentChange.START):
        return outcome.consent is ConsentChange.STOP
    return situation.consent is Consent.OPTED_OUT
