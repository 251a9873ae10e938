"""How outcomes are made and joined: what needs a person follows from the urgency alone."""

from __future__ import annotations

from collections.abc import Sequence

from smsbot.domain import ConsentChange, Outcome, Reply, Urgency

NOTHING = Outcome(urgency=Urgency.NONE)

RECEIVED = Reply("received.neutral", times=True)
EMERGENCY_LINE = Reply("also.emergency")


def outcome(
    urgency: Urgency,
    *replies: Reply,
    notes: tuple[str, ...] = (),
    consent: ConsentChange | None = None,
) -> Outcome:
    """An outcome of that urgency: `none` never opens a case, urgent and emergency tell staff now."""
    return Outcome(
        urgency=urgency,
        opens_case=urgency is not Urgency.NONE,
        tells_staff=urgency.rank >= Urgency.URGENT.rank,
        replies=replies,
        consent=consent,
        notes=notes,
    )


def neutral(urgency: Urgency) -> Outcome:
    """Neutral words, for others may read the phone; an urgent matter may be more than was read in it."""
    more = (EMERGENCY_LINE,) if urgency.rank >= Urgency.URGENT.rank else ()
    return outcome(urgency, RECEIVED, *more)


def join(outcomes: Sequence[Outcome], at_least: Urgency, notes: tuple[str, ...] = ()) -> Outcome:
    """One outcome of all: the highest urgency, each reply and note once, and what may be said beside what.

    Emergency words stand alone. Who wants no more texts gets the confirmation alone.
    """
    urgency = Urgency.highest(at_least, *(one.urgency for one in outcomes))
    consent = next((one.consent for one in outcomes if one.consent is not None), None)
    replies = tuple(dict.fromkeys(reply for one in outcomes for reply in one.replies))
    if crisis := tuple(reply for reply in replies if reply.key.startswith("crisis.")):
        replies = crisis
    elif consent is ConsentChange.STOP:
        replies = tuple(reply for reply in replies if reply.key.startswith("consent.stop"))
    told = dict.fromkeys([*(note for one in outcomes for note in one.notes), *notes])
    return outcome(urgency, *replies, notes=tuple(told), consent=consent)
