"""Whether a reply leaves at all: the clinic's wishes, the provider's own answers, and the nuisance rules."""

from __future__ import annotations

from dataclasses import dataclass, replace

from smsbot.domain import Consent, ConsentChange, Inbound, Outcome, SenderKind, Situation, Urgency
from smsbot.handlers.words import CARRIER_WORDS, same_words, whole_word

CALL = "Has opted out of our texts, cannot be texted: call."
NO_PHONE = "Not answered: the sender is no ordinary phone number."


@dataclass(frozen=True, slots=True)
class ReplyPolicy:
    """`replies`: off, crisis or all. `opt_out_replies`: provider (its own STOP and HELP answers) or ours."""

    replies: str = "all"
    opt_out_replies: str = "provider"


def apply_policy(outcome: Outcome, inbound: Inbound, situation: Situation, policy: ReplyPolicy) -> Outcome:
    """The outcome with the replies that may leave, and the note staff need when a text cannot reach."""
    replies = () if is_silent(outcome, inbound, situation) else outcome.replies
    if policy.replies != "all":
        replies = tuple(
            one for one in replies if policy.replies == "crisis" and one.key.startswith("crisis.")
        )
    if policy.opt_out_replies == "provider" and whole_word(inbound.body) in CARRIER_WORDS:
        answered = any(one.key.startswith("consent.") for one in replies)  # by the provider, this moment
        replies = () if answered else replies
    return replace(outcome, replies=replies, notes=outcome.notes + _warnings(outcome, inbound, situation))


def _warnings(outcome: Outcome, inbound: Inbound, situation: Situation) -> tuple[str, ...]:
    """Why staff cannot simply text back, for a matter that somebody has to look at."""
    if outcome.urgency is Urgency.NONE:
        return ()
    call = (CALL,) if _is_blocked(outcome, situation) else ()
    return call if inbound.sender_kind is SenderKind.PHONE else (*call, NO_PHONE)


def is_silent(outcome: Outcome, inbound: Inbound, situation: Situation) -> bool:
    """Whether this text is never answered, whatever it says.

    The one text that may follow a STOP is the answer to the STOP itself; on a phone that may be watched
    not even that.
    """
    stopped = situation.consent is Consent.OPTED_OUT and outcome.consent is not ConsentChange.START
    private = any(one.key == "crisis.private" for one in outcome.replies)
    return (
        inbound.sender_kind is not SenderKind.PHONE
        or inbound.sender == inbound.recipient
        or inbound.opt_out_type is not None
        or stopped
        or (private and outcome.consent is ConsentChange.STOP)
        or same_words(inbound.body, situation.last_reply)
    )


def _is_blocked(outcome: Outcome, situation: Situation) -> bool:
    """Whether the contact is opted out once this text is written down."""
    if outcome.consent is None:
        return situation.consent is Consent.OPTED_OUT
    return outcome.consent is ConsentChange.STOP
