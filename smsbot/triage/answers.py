"""An answer is read by its question: "Tues pm works", "2" after an offer, "Walgreens" when asked where."""

from __future__ import annotations

import re2

from smsbot.domain import Intent, Question, Situation, Urgency
from smsbot.triage.normalise import Folded, fold
from smsbot.triage.reading import Label, Reading

_LONGEST_ANSWER = 12  # words; what is longer says by itself what it is about
_ABOUT_TIMES = re2.compile(
    r"\b(?:days?|times?|when|time works|available|availability|works? (?:best )?for you|morning|afternoon"
    r"|monday|tuesday|wednesday|thursday|friday|dias?|horas?|horario|cuando|disponible|lunes|martes"
    r"|miercoles|jueves|viernes|jou|le|kile|maten|apremidi|lendi|madi|mekredi|jedi|vandredi)\b"
)
_OPTION = re2.compile(
    r"(?:^|\s|[,;:(])([1-9])\s?[).:\-=]\s*(\S[^\n;]*?)(?:$|\n|;|,? (?:or |o |oswa |oubyen )?[1-9]\s?[).:\-=])"
)
_NUMBER = re2.compile(
    r"^(?:option |number |no |num |#|opcion |numero |la |el |the |nimewo )*"
    r"(?:([1-9])|(one|first|uno|una|primera?|premye|youn)|(two|second|dos|segund[oa]|dezyem|de)"
    r"|(three|third|tres|tercer[ao]?|twazyem|twa))"
    r"(?: (?:please|pls|works|is good|is fine|one|works for me|por favor|esta bien|svp|tanpri))*$"
)
# What staff ask about safety, and which of yes and no is the dangerous answer.
_ASKS_SAFE = re2.compile(
    r"\b(?:are you|r u|you|do you feel|feeling) (?:\w+ )?(?:safe|ok|okay|alright|all right)\b"
    r"|\b(?:esta|estas|se siente|te sientes) (?:\w+ )?(?:a salvo|segur[oa]|bien|en peligro)\b"
    r"|\b(?:eske )?(?:ou|w) (?:an sekirite|byen|anfom)\b"
)
_ASKS_HARM = re2.compile(
    r"\b(?:hurt(?:ing)?|harm(?:ing)?|kill(?:ing)?) (?:yourself|urself|yourselves)\b"
    r"|\bsuicid\w*|\bend(?:ing)? your life\b"
    r"|\b(?:hacer(?:se|te) dano|lastimar(?:se|te)|quitar(?:se|te) la vida|matar(?:se|te)|suicid\w*|morir)\b"
    r"|\b(?:fe tet (?:ou|w) mal|touye tet (?:ou|w)|swisid\w*|mouri)\b"
)
_YES = re2.compile(
    r"^(?:yes|yeah|yep|yea|y|si|sip|wi|kind of|kinda|sort of|a little|un poco|maybe|i am|i do"
    r"|sometimes|a veces)\b"
)
_NO = re2.compile(r"^(?:no|nope|nah|not|non|nop|i dont|idk|not sure|pa)\b")
_NOT_SAFE = re2.compile(
    r"\b(?:not|isnt|dont feel|no estoy|no me siento|pa) (?:\w+ )?"
    r"(?:safe|ok|okay|a salvo|segur[oa]|bien|an sekirite|byen)\b"
)
_THANKS = re2.compile(r"^(?:ok |okay )*(?:thanks?|thank you|ty|thx|gracias|muchas gracias|mesi)\b")


def read_answer(folded: Folded, situation: Situation | None, *, has_times: bool, has_drug: bool) -> Reading:
    """What the text means as an answer. `has_times`, `has_drug`: what was found in it."""
    if situation is None:
        return Reading("answer")
    is_short = len(folded.tokens) <= _LONGEST_ANSWER
    label = _to_our_question(folded, situation.question, is_short, has_times, has_drug)
    label = label or _to_staff(folded, situation.staff_asked, is_short, has_times)
    return Reading.of("answer", [label] if label else [])


def chosen_option(body: str, situation: Situation | None) -> str | None:
    """The words of the offered option that "2" chooses, or None."""
    if situation is None or not situation.staff_asked:
        return None
    number = _number(fold(body))
    return _options(situation.staff_asked).get(number) if number else None


def _to_our_question(
    folded: Folded, question: str | None, is_short: bool, has_times: bool, has_drug: bool
) -> Label | None:
    if question == Question.TIMES and has_times:
        return _label(folded, Intent.APPOINTMENT_REQUEST, "answers when asked which days and times work")
    if question == Question.MEDICATION and (has_drug or is_short) and not _is_thanks(folded):
        return _label(folded, Intent.MEDICATION_REFILL, "answers when asked which medication")
    if question == Question.PHARMACY and is_short and not _is_thanks(folded):
        return _label(folded, Intent.MEDICATION_REFILL, "answers when asked which pharmacy")
    return None


def _to_staff(folded: Folded, asked: str | None, is_short: bool, has_times: bool) -> Label | None:
    """What follows a question of staff is for staff to see, were it only a yes."""
    if not asked or _is_thanks(folded):
        return None
    if _is_danger(folded, asked):
        return Label(
            "the dangerous answer to what staff asked about safety",
            *folded.original_span(0, len(folded.text)),
            None,
            Intent.CRISIS,
            Urgency.EMERGENCY,
            0.9,
            "answer",
        )
    number = _number(folded)
    if number and number in _options(asked):
        return _label(folded, Intent.APPOINTMENT_REQUEST, "chooses one of the offered times")
    if "?" not in asked or not is_short:
        return None
    if has_times and _ABOUT_TIMES.search(fold(asked).text):
        return _label(folded, Intent.APPOINTMENT_REQUEST, "answers when staff asked for a time")
    return _label(folded, None, "answers a question of staff")


def _is_danger(folded: Folded, asked: str) -> bool:
    """A no to "are you safe?", a yes to "are you thinking of hurting yourself?"."""
    question = fold(asked).text
    if "?" not in question:
        return False
    if _ASKS_HARM.search(question):
        return bool(_YES.search(folded.text))
    return bool(_ASKS_SAFE.search(question) and (_NO.search(folded.text) or _NOT_SAFE.search(folded.text)))


def _number(folded: Folded) -> str | None:
    found = _NUMBER.search(folded.text.strip(" .,!?#)"))
    if found is None:
        return None
    return found[1] or str(next(at for at in (2, 3, 4) if found[at]) - 1)


def _options(offer: str) -> dict[str, str]:
    """The numbered options of an offer, "1) Tue 3 PM 2) Wed 10 AM", by their number."""
    options: dict[str, str] = {}
    rest = offer
    while (found := _OPTION.search(rest)) is not None:
        options.setdefault(found[1], found[2].strip(" ,.;"))
        rest = rest[found.end(2) :]
    return options if len(options) > 1 else {}


def _is_thanks(folded: Folded) -> bool:
    return bool(_THANKS.search(folded.text))


def _label(folded: Folded, intent: Intent | None, why: str) -> Label:
    start, end = folded.original_span(0, len(folded.text))
    return Label(why, start, end, None, intent, Urgency.ROUTINE, 0.8, "answer")
