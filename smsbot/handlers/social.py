"""Texts that need no answer: thanks, greetings, reactions, and what was not meant for us."""

from __future__ import annotations

import re

from smsbot.domain import Inbound, Intent, Outcome, Silence, Situation, Triage, Urgency
from smsbot.handlers.outcomes import NOTHING, outcome
from smsbot.handlers.words import same_words

_REACTION = re.compile(
    r"\s*(?:(?:Liked|Loved|Disliked|Laughed at|Emphasized|Questioned|Reacted \S{1,16} to|"
    r"Removed an? [\w ]{1,20} from|Le gustó|Le encantó|No le gustó|Se rió de|Reaccionó (?:con|a) \S{1,16} a)"
    r"\s+(?:an? (?:image|photo|video|message|attachment)|una? (?:imagen|foto|video|mensaje)|"
    r"[“«](?P<curly>.*)[”»]|\"(?P<straight>[^\"]*)\"))\s*",
    re.DOTALL,
)


WRONG_NUMBER = "Says this is the wrong number: check the number on file before anything else is sent to it."

_BESIDE_WRONG_NUMBER = frozenset(
    {Intent.WRONG_NUMBER, Intent.SOCIAL, Intent.ADMIN, Intent.UNCLEAR}
    | {Intent.CONSENT_STOP, Intent.CONSENT_HELP, Intent.CRISIS}
)


def handle(inbound: Inbound, triage: Triage, situation: Situation) -> Outcome:
    """No reply. A wrong number that needs a person is a wrong record: what is said to it, staff decide.

    On a number of the list automatic texts end until they have. Spam (`none`) from a patient's number, and
    a patient who asks for something in the same breath, end nothing.
    """
    if Intent.WRONG_NUMBER not in triage.intents or not _needs_a_person(triage, situation):
        return NOTHING
    is_wrong_record = situation.patients > 0 and _BESIDE_WRONG_NUMBER.issuperset(triage.intents)
    silence = Silence.WRONG_NUMBER if is_wrong_record else None
    urgency = Urgency.highest(triage.urgency, Urgency.ROUTINE)
    return outcome(urgency, notes=(WRONG_NUMBER,), silence=silence)


def _needs_a_person(triage: Triage, situation: Situation) -> bool:
    """Whether somebody must check. "Wrong number, stop texting" is `none` by its STOP alone."""
    stops = Intent.CONSENT_STOP in triage.intents and situation.patients > 0
    return triage.urgency is not Urgency.NONE or stops


def is_reaction(inbound: Inbound, triage: Triage, situation: Situation) -> bool:
    """Whether the text is a mere reaction ("Liked “…”"), which never alerts whatever it quotes.

    One exception: emergency words quoted that are not ours. Phones let people react to their own texts,
    and someone who stresses their own "I took all my pills" is asking why nobody answers.
    """
    found = _REACTION.fullmatch(inbound.body)
    if found is None or inbound.media:
        return False
    quoted = found["curly"] or found["straight"] or ""
    ours = any(same_words(quoted, one, cut_short=True) for one in situation.sent)
    return ours or triage.urgency is not Urgency.EMERGENCY
