"""How outcomes are made and joined: what needs a person follows from the urgency alone."""

from __future__ import annotations

from collections.abc import Sequence

from smsbot.domain import ConsentChange, Outcome, Reply, Silence, Urgency

NOTHING = Outcome(urgency=Urgency.NONE)

RECEIVED = Reply("received.neutral", times=True)
EMERGENCY_LINE = Reply("also.emergency")

# Of several wishes in one text the stronger one holds.
_CHANGES = (ConsentChange.STOP, ConsentChange.START, ConsentChange.NO_REMINDERS)
_SILENCES = (Silence.PRIVATE, Silence.WRONG_NUMBER, Silence.COMPLAINT, Silence.ROBOT)


def outcome(
    urgency: Urgency,
    *replies: Reply,
    notes: tuple[str, ...] = (),
    consent: ConsentChange | None = None,
    silence: Silence | None = None,
) -> Outcome:
    """An outcome of that urgency: `none` never opens a case, urgent and emergency tell staff now."""
    return Outcome(
        urgency=urgency,
        opens_case=urgency is not Urgency.NONE,
        tells_staff=urgency.rank >= Urgency.URGENT.rank,
        replies=replies,
        consent=consent,
        notes=notes,
        silence=silence,
    )


def neutral(urgency: Urgency) -> Outcome:
    """Neutral words, for others may read the phone; an urgent matter may be more than was read in it."""
    more = (EMERGENCY_LINE,) if urgency.rank >= Urgency.URGENT.rank else ()
    return outcome(urgency, RECEIVED, *more)


def join(outcomes: Sequence[Outcome], at_least: Urgency, notes: tuple[str, ...] = ()) -> Outcome:
    """One outcome of all: the highest urgency, each reply and note once, and what may be said beside what."""
    urgency = Urgency.highest(at_least, *(one.urgency for one in outcomes))
    consent = next((change for change in _CHANGES if any(one.consent is change for one in outcomes)), None)
    silence = next((why for why in _SILENCES if any(one.silence is why for one in outcomes)), None)
    if consent is ConsentChange.STOP and silence is Silence.COMPLAINT:
        silence = None  # who wants no texts at all gets no automatic ones
    replies = tuple(dict.fromkeys(reply for one in outcomes for reply in one.replies))
    told = dict.fromkeys([*(note for one in outcomes for note in one.notes), *notes])
    spoken = _beside(replies, consent, silence)
    return outcome(urgency, *spoken, notes=tuple(told), consent=consent, silence=silence)


def _beside(
    replies: tuple[Reply, ...], consent: ConsentChange | None, silence: Silence | None
) -> tuple[Reply, ...]:
    """Which of the replies may stand together.

    Emergency words stand alone. Who wants no more texts, reminders or automatic replies gets the
    confirmation alone; where others may read the phone, or the number is the wrong one, nothing is said.
    """
    if silence is Silence.PRIVATE:
        return ()
    if crisis := tuple(reply for reply in replies if reply.key.startswith("crisis.")):
        return crisis
    if consent is ConsentChange.STOP:
        return tuple(reply for reply in replies if reply.key.startswith("consent.stop"))
    if silence is Silence.WRONG_NUMBER:
        return ()
    if silence is Silence.COMPLAINT:
        return tuple(one for one in replies if one.key == "consent.muted" or one == EMERGENCY_LINE)
    if consent is ConsentChange.NO_REMINDERS:
        return tuple(one for one in replies if one.key == "consent.no_reminders" or one == EMERGENCY_LINE)
    return replies
