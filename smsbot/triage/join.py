"""How the learned part joins the rules: it raises by two thresholds, and lowers by the rules stated here.

A danger that it is certain of is an emergency; a text that it only suspects is `urgent`, so that a person
looks. It may take back requests and lesser flags that a rule on words read, where it finds them most
unlikely; what was read from figures, from the situation or as an emergency it never takes back: with leave to
do so it lost plain cries for help of the emergency suite. Consent is read by rules alone, for it has legal
effect. The thresholds lie in rules/thresholds.toml.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from smsbot.domain import EMERGENCY_FLAGS, Flag, Intent, Urgency
from smsbot.triage.decide import LEARNED
from smsbot.triage.learned import Learned
from smsbot.triage.reading import Label, Reading

LAYER = LEARNED
THREAD = "learned thread"
_LEAST_REQUEST = 0.15  # of a request that stands alone
ON_WORDS = "rules"  # the layer of the rules on words
# Whole texts that say where somebody is, and no more: the model takes some of them for a goodbye.
PLAINLY_HARMLESS = frozenset(
    {"on my way", "im on my way", "omw", "on the way", "here", "im here", "be there soon", "parking now"}
    | {"voy en camino", "ya voy", "ya llegue", "estoy aqui", "m sou wout", "m sou wout la", "m la", "m rive"}
)
_CONSENT = {Intent.CONSENT_STOP, Intent.CONSENT_START, Intent.CONSENT_HELP}
# Consent has legal effect; a stranger's "wrong number" is checked by a person.
_NEVER_TAKEN_BACK = _CONSENT | {Intent.WRONG_NUMBER}
# Of these a text asks for one (triage guide, `appointment.cancel`): the likeliest, not the one that outranks.
_ONE_OF = {Intent.APPOINTMENT_REQUEST, Intent.APPOINTMENT_RESCHEDULE, Intent.APPOINTMENT_CANCEL}
Thresholds = Mapping[str, float]  # of rules/thresholds.toml
Span = Callable[[Intent | Flag], tuple[int, int]]


def learned_reading(learned: Learned, thresholds: Thresholds, span: Span) -> Reading:
    """The labels that the learned part is sure enough of; `span` says which characters spoke for one."""
    urgency = _urgency(learned, thresholds)
    labels = [
        _label(flag, share, span)
        for flag, share in learned.flags.items()
        if share >= thresholds["flag"] and (urgency is Urgency.EMERGENCY or flag not in EMERGENCY_FLAGS)
    ]
    labels += [
        _label(intent, share, span)
        for intent, share in learned.intents.items()
        if share >= thresholds["intent"] and intent is not Intent.CRISIS and intent not in _CONSENT
        if share >= max(learned.intents[one] for one in _ONE_OF) or intent not in _ONE_OF
    ]
    if urgency is not Urgency.NONE:
        labels.append(_urgency_label(urgency, learned, span))
    return Reading.of(LAYER, labels)


def without_threats_of_theirs(labels: Sequence[Label]) -> list[Label]:
    """Without a danger from others read in words that say what the writer wants to do to them.

    "i want to hurt my brother, i have a knife" is no brother with a knife.
    """
    threats = [label for label in labels if label.flag is Flag.HARM_TO_OTHERS]
    return [
        label
        for label in labels
        if label.flag is not Flag.DANGER_FROM_OTHERS
        or not any(label.start < one.end and one.start < label.end for one in threats)
    ]


def likeliest_request(learned: Learned, span: Span) -> Reading:
    """What a text most likely asks for when nothing else was read that it asks; nothing if unlikely."""
    asked = {i: share for i, share in learned.intents.items() if i is not Intent.CRISIS and i not in _CONSENT}
    likeliest = max(asked, key=lambda intent: asked[intent])
    if asked[likeliest] < _LEAST_REQUEST:
        return Reading(LAYER)
    return Reading.of(LAYER, [_label(likeliest, asked[likeliest], span)])


def thread_reading(before: Learned, together: Learned, thresholds: Thresholds, body: str) -> Reading:
    """A danger that is there in a text and those just `before` it read `together`, but not in those alone.

    What was there before was alerted when it came: thanks after a cry for help is no new cry.
    """
    if _urgency(before, thresholds) is Urgency.EMERGENCY or _urgency(together, thresholds) is not (
        Urgency.EMERGENCY
    ):
        return Reading(THREAD)
    why = "read together with the texts before, it reads like texts of people in danger"
    share = round(together.urgency[Urgency.EMERGENCY], 2)
    named = [flag for flag in EMERGENCY_FLAGS if together.flags[flag] >= thresholds["flag"]]
    return Reading.of(
        THREAD,
        [Label(why, 0, len(body), flag, None, Urgency.EMERGENCY, share, THREAD) for flag in named or (None,)],
    )


def without_the_unlikely(
    readings: Sequence[Reading], learned: Learned, thresholds: Thresholds
) -> list[Reading]:
    """The readings; that of the rules on words without what the learned part all but rules out."""
    return [
        _without(reading, learned, thresholds) if reading.layer == ON_WORDS else reading
        for reading in readings
    ]


def _without(reading: Reading, learned: Learned, thresholds: Thresholds) -> Reading:
    return Reading.of(
        reading.layer,
        [label for label in reading.labels if not _is_unlikely(label, learned, thresholds)],
    )


def _is_unlikely(label: Label, learned: Learned, thresholds: Thresholds) -> bool:
    if label.urgency is Urgency.EMERGENCY or label.intent in _NEVER_TAKEN_BACK:
        return False
    if label.intent is Intent.APPOINTMENT_REQUEST and _hears_a_yes(learned):
        return False
    if label.flag is not None:
        return learned.flags[label.flag] < thresholds["unlikely_flag"]
    return label.intent is not None and learned.intents[label.intent] < thresholds["unlikely_intent"]


def _hears_a_yes(learned: Learned) -> bool:
    """Whether the model takes the text for a confirmed visit above all: a wish must not end in that."""
    return max(learned.intents, key=lambda intent: learned.intents[intent]) is Intent.APPOINTMENT_CONFIRM


def _urgency(learned: Learned, thresholds: Thresholds) -> Urgency:
    """`none` when there is no opinion: neither certain of an emergency nor in need of a look."""
    emergency = learned.urgency[Urgency.EMERGENCY]
    if emergency >= thresholds["certain"]:
        return Urgency.EMERGENCY
    return (
        Urgency.URGENT if emergency + learned.urgency[Urgency.URGENT] >= thresholds["look"] else Urgency.NONE
    )


def _label(name: Flag | Intent, share: float, span: Span) -> Label:
    start, end = span(name)
    words = name.value.replace("_", " ").replace(".", ": ").replace("_", " ")
    why = f"reads like texts about {words}"
    if isinstance(name, Flag):
        return Label(why, start, end, name, None, name.least_urgency, round(share, 2), LAYER)
    return Label(why, start, end, None, name, Urgency.NONE, round(max(share, 0.71), 2), LAYER)


def _urgency_label(urgency: Urgency, learned: Learned, span: Span) -> Label:
    start, end = span(Intent.CRISIS)
    share = learned.urgency[Urgency.EMERGENCY]
    if urgency is Urgency.EMERGENCY:
        return Label("reads like texts of people in danger", start, end, None, None, urgency, share, LAYER)
    share += learned.urgency[Urgency.URGENT]
    return Label(
        "may not be able to wait: a person should look", start, end, None, None, urgency, share, LAYER
    )
