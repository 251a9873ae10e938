"""Texts that need no answer: thanks, greetings, reactions, and what was not meant for us."""

from __future__ import annotations

import re

from smsbot.domain import Inbound, Intent, Outcome, Situation, Triage, Urgency
from smsbot.handlers.outcomes import NOTHING, outcome
from smsbot.handlers.words import same_words

_REACTION = re.compile(
    r"\s*(?:(?:Liked|Loved|Disliked|Laughed at|Emphasized|Questioned|Reacted \S{1,16} to|"
    r"Removed an? [\w ]{1,20} from|Le gustó|Le encantó|No le gustó|Se rió de|Reaccionó (?:con|a) \S{1,16} a)"
    r"\s+(?:an? (?:image|photo|video|message|attachment)|una? (?:imagen|foto|video|mensaje)|"
    r"[“«](?P<curly>.*)[”»]|\"(?P<straight>[^\"]*)\"))\s*",
    re.DOTALL,
)


def handle(inbound: Inbound, triage: Triage, situation: Situation) -> Outcome:
    """No reply. A wrong number that needs a person is a wrong record: what is said to it, staff decide."""
    if Intent.WRONG_NUMBER in triage.intents and triage.urgency is not Urgency.NONE:
        note = "Says this is the wrong number: check the number on file before anything else is sent to it."
        return outcome(triage.urgency, notes=(note,))
    return NOTHING


def is_reaction(inbound: Inbound, triage: Triage, situation: Situation) -> bool:
    """Whether the text is a mere reaction ("Liked “…”"), which never alerts whatever it quotes.

    One exception: emergency words quoted that are not ours. Phones let people react to their own texts,
    and someone who stresses their own "I took all my pills" is asking why nobody answers.
    """
    found = _REACTION.fullmatch(inbound.body)
    if found is None:
        return False
    quoted = found["curly"] or found["straight"] or ""
    ours = same_words(quoted, situation.last_reply, cut_short=True)
    return ours or triage.urgency is not Urgency.EMERGENCY
