"""Crisis replies: the full words once for each kind of danger, then short ones within limits."""

from __future__ import annotations

from datetime import timedelta

from smsbot.domain import EarlierReply, Flag, Reply, Situation
from smsbot.handlers.quiet import case_of

BETWEEN = timedelta(minutes=5)  # of a crisis reply and the next short one
HOUR = timedelta(hours=1)
MOST = 3  # crisis replies an hour, from which on no short one is sent

PRIVATE = "crisis.private"
UNSURE = "crisis.unsure"
# Words that say all of others: whoever had these has heard those too.
_SAYS_ALSO = {
    "crisis.both": {"crisis.lifeline", "crisis.medical"},
    "crisis.all": {"crisis.lifeline", "crisis.medical", "crisis.overdose", "crisis.both"},
}


def crisis_of(replies: tuple[Reply, ...]) -> Reply | None:
    """The crisis reply among these, if there is one."""
    return next((reply for reply in replies if reply.key.startswith("crisis.")), None)


def is_watched(situation: Situation) -> bool:
    """Whether the case is one of danger from others: after its first reply nothing follows, ever."""
    case = case_of(situation)
    return case is not None and (Flag.DANGER_FROM_OTHERS in case.flags or PRIVATE in _told(situation))


def limit(reply: Reply, situation: Situation) -> tuple[Reply, ...]:
    """The crisis reply that may leave now.

    The first of a case is the full one, and so is the first for a new kind of danger: whoever was told of
    988 for the mind has to hear of 911 for the heart, whatever the clock says. What follows is short, at
    most once in five minutes and not after three an hour. Suspicion after certainty is no new kind.
    """
    told = _told(situation)
    if not told or not (reply.key == UNSURE or _is_told(reply.key, told)):
        return (reply,)
    if _is_too_soon(situation):
        return ()
    return (Reply(reply.key.replace("crisis.", "crisis_short.")),)


def _is_told(key: str, told: set[str]) -> bool:
    """Whether these words were told in this case, or others that say as much."""
    return key in told or any(key in _SAYS_ALSO.get(one, ()) for one in told)


def _told(situation: Situation) -> set[str]:
    """The full crisis replies that the case has had; of one that was resolved, those of the last hour."""
    case = case_of(situation)
    if case is None:
        return set()
    counts = timedelta.max if situation.open_case else HOUR
    own = (one for one in situation.replies if one.case_id == case.id and situation.now - one.at < counts)
    return {key for reply in own for key in reply.keys if key.startswith("crisis.")}


def _is_too_soon(situation: Situation) -> bool:
    ages = [situation.now - reply.at for reply in situation.replies if _is_crisis(reply)]
    return any(age < BETWEEN for age in ages) or sum(age < HOUR for age in ages) >= MOST


def _is_crisis(reply: EarlierReply) -> bool:
    return any(key.startswith("crisis") for key in reply.keys)
