"""The nuisance rules: when an acknowledgement would be one too many."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

from smsbot.domain import EarlierReply, Inbound, OpenCase, Outcome, Reply, Situation, Urgency
from smsbot.handlers.outcomes import EMERGENCY_LINE
from smsbot.handlers.words import says_nothing

AGAIN = timedelta(minutes=15)  # no second acknowledgement of a case before
STAFF_WRITES = timedelta(minutes=60)  # a conversation with a person, from their last text on


def without_nuisance(outcome: Outcome, inbound: Inbound, situation: Situation) -> tuple[Reply, ...]:
    """The replies, or what must be said all the same: answers on consent, which are no acknowledgements."""
    if is_quiet(outcome, inbound, situation):
        return on_consent(outcome.replies)
    return outcome.replies


def is_quiet(outcome: Outcome, inbound: Inbound, situation: Situation) -> bool:
    """Whether a text gets no acknowledgement. A rise of the urgency ends all but a talk with a person."""
    if is_staff_writing(situation):
        return True
    if rises(outcome, situation):
        return False
    return (
        says_nothing(inbound.body) or was_acknowledged_lately(situation) or was_told_while_closed(situation)
    )


def on_consent(replies: Iterable[Reply]) -> tuple[Reply, ...]:
    """The answers on consent alone, and beside HELP what to do in an emergency."""
    kept = tuple(one for one in replies if one.key.startswith("consent.") or one == EMERGENCY_LINE)
    return kept if any(one.key.startswith("consent.") for one in kept) else ()


def is_staff_writing(situation: Situation) -> bool:
    """Whether a staff member wrote to the contact within the hour: no robot talks into that."""
    at = situation.staff_wrote_at
    return at is not None and situation.now - at < STAFF_WRITES


def case_of(situation: Situation) -> OpenCase | None:
    """The case that the text belongs to: the open one, or the one resolved so lately that it opens again."""
    return situation.open_case or situation.recent_case


def rises(outcome: Outcome, situation: Situation) -> bool:
    """Whether the text is more urgent than its case was. Without a case: whether it is pressing."""
    case = case_of(situation)
    before = case.urgency if case else Urgency.ROUTINE
    return outcome.urgency.rank > before.rank


def was_acknowledged_lately(situation: Situation) -> bool:
    """Whether the contact was told within 15 minutes that we got a text of this case."""
    case = case_of(situation)
    return case is not None and any(
        situation.now - reply.at < AGAIN and _acknowledges(reply) and reply.case_id == case.id
        for reply in situation.replies
    )


def was_told_while_closed(situation: Situation) -> bool:
    """Whether the contact was told since the office closed when texts are read: once is enough."""
    since = situation.office.closed_since
    if situation.office.is_open or since is None:
        return False
    return any(reply.at >= since and _says_when(reply) for reply in situation.replies)


def _acknowledges(reply: EarlierReply) -> bool:
    return any(key.startswith(("received.", "ask.", "crisis", "consent.muted")) for key in reply.keys)


def _says_when(reply: EarlierReply) -> bool:
    return any(key.startswith("received.") for key in reply.keys)
