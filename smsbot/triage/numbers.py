"""What figures mean: blood pressure, pills left, doses missed, questionnaire answers, ages."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import re2

from smsbot.domain import Flag, Intent, Urgency
from smsbot.triage.normalise import Folded
from smsbot.triage.reading import Label, Reading, least_urgency

_NUMBER_WORDS = {
    "zero": 0, "no": 0, "one": 1, "a": 1, "single": 1, "two": 2, "couple": 2, "couple of": 2,
    "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10,
    "un": 1, "una": 1, "uno": 1, "dos": 2, "tres": 3, "cuatro": 4, "cinco": 5, "seis": 6,
    "siete": 7, "ocho": 8,
    "yon": 1, "de": 2, "twa": 3, "kat": 4, "senk": 5, "sis": 6, "set": 7, "uit": 8,
}  # fmt: skip
_SMALL = r"(?:\d{1,2}(?: ?1/2)?|" + "|".join(sorted(_NUMBER_WORDS, key=len, reverse=True)) + ")"

_SPOKEN_TENS = {
    "ten": 10, "oh": 0, "twenty": 20, "thirty": 30, "forty": 40, "fifty": 50, "sixty": 60,
    "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_SPOKEN_UNITS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9, "ten": 10, "eleven": 11, "twelve": 12, "fifteen": 15, "eighteen": 18,
}  # fmt: skip
_TENS = "|".join(_SPOKEN_TENS)
_UNITS = "|".join(sorted(_SPOKEN_UNITS, key=len, reverse=True))
_SPOKEN = rf"(?:(?:one |a )?(?:hundred )?(?:and )?(?:{_TENS})(?: (?:{_UNITS}))?)"

_PRESSURE_WORD = (
    r"(?:bp|b/p|blood pressures?|pressure|cuff|systolic|tension|presion|la presion"
    r"|tansyon|top number|reading|readings)"
)
_OVER = r" ?(?:/|over|stroke|\\|sobre|con|ak|sou|x|por|y|-) ?"
_SLASH = re2.compile(r"(?:^|[^\d/.])(\d{2,3}) ?[/\\] ?(\d{2,3})(?:$|[^\d/%])")
_SAID_OVER = re2.compile(r"\b(\d{2,3})(?: (?:flat )?(?:over|sobre|stroke) )(\d{2,3})\b")
_SHORT_PRESSURE = re2.compile(_PRESSURE_WORD + r"[^.!?\n0-9]{0,40}?\b(\d{1,2})" + _OVER + r"(\d{1,2})\b")
_LOOSE_PRESSURE = re2.compile(
    _PRESSURE_WORD + r"[^.!?\n0-9]{0,40}?\b(\d{2,3})(?:" + _OVER + r"|[ ,]+(?:and )?)(\d{2,3})\b"
)
_ONE_PRESSURE = re2.compile(
    _PRESSURE_WORD + r"[^.!?\n0-9]{0,30}?\b(?:of |at |is |was |hit |a |to )?(1[0-9]\d|2[0-9]\d)\b"
)
_SPOKEN_PRESSURE = re2.compile(rf"\b((?:one|two) {_SPOKEN}) over ((?:one )?{_SPOKEN})\b")
_NOT_PRESSURE = re2.compile(r"\d{1,2}/\d{1,2}/\d{2,4}|(?:\$|room|suite|apartment|mg|ml|lbs?|pounds?) ?$")

_LEFT = (
    r"(?:left|remaining|more left|to go|till im out|until im out|before i run out"
    r"|before im out|quedan?|restan"
    r"|ki rete|rete|ankor?e)"
)
_UNIT = (
    r"(?:pills?|tabs?|tablets?|caps?|capsules?|doses?|days?|days worth|patch(?:es)?"
    r"|troches?|lozenges?|pastillas?|dias?|capsulas?|tabletas?|dosis|grenn|jou)"
)
_LEFT_PATTERNS = (
    re2.compile(
        rf"\b({_SMALL}) (?:of (?:my|the|them|those) )?(?:more )?(?:\S+ ){{0,2}}{_UNIT}(?: \S+){{0,2}}? "
        rf"{_LEFT}\b"
    ),
    re2.compile(rf"\b({_SMALL}) (?:\S+ )?{_LEFT}\b"),
    re2.compile(
        r"\b(?:me quedan?|solo quedan?|nomas quedan?|quedan?|(?:li )?rete m|rete mwen"
        r"|m rete ak|m gen|have|got|down to"
        r"|(?:only|just) have) (?:only |just |solo |nomas |como |about |my |maybe "
        rf"|los |las |selman |the )?({_SMALL}) (?:\S+ ){{0,2}}?{_UNIT}\b"
    ),
    re2.compile(rf"\bdown to (?:my |the )?(?:last )?({_SMALL})\b"),
    re2.compile(rf"\blast ({_SMALL}) (?:pills?|tabs?|tablets?|capsules?|doses?)\b"),
    re2.compile(rf"\b(?:me quedan?|rete m|rete mwen) (?:solo |selman |yon |como |nomas )?({_SMALL})\b"),
    re2.compile(rf"\bout in ({_SMALL}) days?\b"),
)
_RUNNING = re2.compile(
    r"\b(?:refills?|pills?|tabs?|tablets?|capsules?|meds?|rx|prescription|bottle|doses?"
    r"|supply|pastillas?|receta|grenn|medikaman|medicinas?|dosis|out|left|mg|patch(?:es)?"
    r"|troches?)\b"
)
_NOT_SUPPLY = re2.compile(
    r"\b(?:refills?|sessions?|infusions?|visits?|appointments?|weeks?|months?|hours?"
    r"|minutes?|%|percent|blocks?) ?(?:\S+ )?(?:left|remaining|to go|quedan?)\b"
)

_MISSED = (
    re2.compile(
        r"\b(?:missed|skipped|forgot(?:ten)?|forgetting|havent (?:taken|had)|hadnt taken"
        r"|not taken|without|went without|been off|no)"
        rf" (?:\S+ ){{0,5}}?(?:for )?(?:the )?(?:last |past )?({_SMALL}) (?:\S+ )?(days?"
        r"|nights?|doses?|pills?|weeks?|mornings?|times|in a row)\b"
    ),
    re2.compile(
        rf"\b({_SMALL}) (days?|nights?|doses?|weeks?|mornings?) (?:\S+ ){{0,4}}?(?:missed"
        r"|skipped|without (?:my|it|the|them|any)|not taking|no (?:meds|pills))\b"
    ),
    re2.compile(
        rf"\b(?:llevo|hace|van|por) ({_SMALL}) (dias?|noches?|semanas?) (?:\S+ ){{0,3}}?(?:sin (?:tomar"
        r"|la pastilla|las pastillas|mi|el|la)|que no (?:me )?tomo|no (?:me )?(?:la"
        r"|lo|las|los)? ?(?:he )?tom)"
    ),
    re2.compile(
        rf"\b(?:se me olvid\S+|olvide|no (?:me )?tome) (?:\S+ ){{0,5}}?({_SMALL}) (dias?"
        r"|noches?|dosis|veces)\b"
    ),
    re2.compile(
        rf"\b({_SMALL}) (jou|fwa|doz|nwit|semen) (?:\S+ ){{0,3}}?(?:m|mwen) (?:pa|poko"
        r"|bliye|rate|sote) (?:pran|bwe)?"
    ),
    re2.compile(
        rf"\b(?:m|mwen) (?:bliye|rate|sote|pa pran) (?:\S+ ){{0,4}}?({_SMALL}) (jou"
        r"|fwa|doz|nwit|semen|grenn)\b"
    ),
)
_MEDICINE_WORD = re2.compile(
    r"\b(?:meds?|pills?|doses?|medicines?|medication|mg|tablets?|prescription|pastillas?"
    r"|medicinas?|dosis|grenn|medikaman|doz|tak(?:e|en|ing)|tom[aeo]\w*|pran)\b"
)
_ITEM_NINE = (
    re2.compile(
        r"(?:^|[^-\d])\b(?:q|que|item|question|questions|number|no|num|#|pregunta"
        r"|kesyon|la|the|numero)? ?#? ?(?:9|nine|nueve|nef)\b[^.!?\n0-9]{0,40}?\b([0-3]"
        r"|zero|one|two|three|cero|uno|dos|tres|yon)\b"
    ),
    re2.compile(
        r"\b(?:put|marked|answered|scored|circled|gave|picked|checked|puse|marque"
        r"|mete|m mete|said)(?: \S+){0,2} ([1-3]|one|two|three|uno|dos|tres|yon)(?: \S+){0,4} (?:for "
        r"|on |to |en |la |nan |a )(?:\S+ ){0,2}(?:9|nine|nueve|q9|nef)\b"
    ),
    re2.compile(
        r"\b(?:better off dead|dead (?:one|question|part)|last (?:one|question)|hurting (?:myself"
        r"|yourself) (?:one|question)|pito mouri|mejor muert[oa]|la ultima|denye a)\b[^.!?\n0-9]{0,40}"
        r"?\b([0-3]|zero|one|two|three|cero|uno|dos|tres|yon|several days|more than half"
        r"|nearly every)\b"
    ),
)
_PHQ_ROW = re2.compile(
    r"\b(?:phq|questionn?aire|survey|scores?|answers?|cuestionario|respuestas?|kesyone)(?:[ -]?9)?[^0-"
    r"9\n]{0,40}((?:[0-3][ ,/]+){8}[0-3])\b"
)
_QUESTIONNAIRE = re2.compile(
    r"\b(?:phq\S*|questionn?aires?|q ?9|que ?9|item 9|question (?:9|nine)|number 9"
    r"|survey|form|screen\w*|cuestionario|encuesta|pregunta|kesyon\w*|papye)\b"
)
_AGES = re2.compile(
    r"\b(?:im|i am|shes|hes|she is|he is|mom|dad|age|aged|mother|father|grandma|grandpa"
    r"|husband|wife|tengo|tiene|gen) ?,? ?(?:is )?(?:now )?(\d{1,3})(?: (?:years? old"
    r"|yo|y/o|anos|an|lane)|\b)"
)
_OLD = re2.compile(
    r"\b(\d{2,3}) ?(?:yo|y/o|years? old|year old|anos)\b|, (\d{2,3})\b|\b(\d{2,3}), (?:on|and)\b"
)


def read_numbers(folded: Folded) -> Reading:
    """The flags that figures alone give, with their evidence."""
    labels = [*_pressures(folded), *_supplies(folded), *_missed(folded), *_questionnaire(folded)]
    return Reading.of("numbers", labels)


def find_age(folded: Folded) -> int | None:
    """The highest age stated in the text, in years; None when there is none."""
    ages = [int(next(filter(None, match.groups()))) for match in _OLD.finditer(folded.text)]
    ages += [int(match.group(1)) for match in _AGES.finditer(folded.text)]
    return max((age for age in ages if age <= 110), default=None)


def _label(
    folded: Folded, span: tuple[int, int], why: str, flag: Flag | None, intent: Intent | None = None
) -> Label:
    start, end = folded.original_span(*span)
    return Label(
        why,
        start,
        end,
        flag,
        intent,
        least_urgency(flag, Urgency.ROUTINE if intent else None),
        0.95,
        "numbers",
    )


def _pressures(folded: Folded) -> list[Label]:
    labels: list[Label] = []
    for upper, lower, span in _readings(folded.text):
        if upper >= 180 or lower >= 120:
            labels.append(
                _label(
                    folded,
                    span,
                    "a blood pressure of 180 or more over anything, or over 120 or more",
                    Flag.HYPERTENSIVE_CRISIS,
                )
            )
        elif upper >= 140 or lower >= 90:
            labels.append(_label(folded, span, "a blood pressure of 140–179, or over 90–119", Flag.HIGH_BP))
        labels.append(_label(folded, span, "a blood pressure reading", None, Intent.SYMPTOM))
    if any(label.flag is Flag.HYPERTENSIVE_CRISIS for label in labels):
        labels = [label for label in labels if label.flag is not Flag.HIGH_BP]
    return labels


def _readings(text: str) -> Iterator[tuple[int, int, tuple[int, int]]]:
    """Every blood pressure as (upper, lower, span); lower is 0 when only one figure was given."""
    taken: list[tuple[int, int]] = []
    for pattern in (_SLASH, _SAID_OVER, _LOOSE_PRESSURE, _SHORT_PRESSURE, _SPOKEN_PRESSURE, _ONE_PRESSURE):
        for match in pattern.finditer(text):
            span = (match.start(1), match.end(match.re.groups))
            if any(start < span[1] and span[0] < end for start, end in taken):
                continue
            pair = _plausible(pattern, match, text)
            if pair:
                taken.append(span)
                yield *pair, span


def _plausible(pattern: Any, match: Any, text: str) -> tuple[int, int] | None:
    if pattern is _SPOKEN_PRESSURE:
        upper, lower = _spoken(match.group(1)), _spoken(match.group(2))
    elif pattern is _ONE_PRESSURE:
        upper, lower = int(match.group(1)), 0
        return (upper, lower) if 100 <= upper <= 290 else None
    else:
        upper, lower = int(match.group(1)), int(match.group(2))
    if pattern is _SHORT_PRESSURE and 8 <= upper <= 29 and 4 <= lower <= 19:  # 18 con 11, tansyon 20/12
        upper, lower = upper * 10, lower * 10
    if _NOT_PRESSURE.search(text[max(0, match.start(1) - 8) : match.start(1)]):
        return None
    return (upper, lower) if 70 <= upper <= 290 and 35 <= lower <= 190 and upper > lower else None


def _spoken(words: str) -> int:
    """one ninety four is 194; one oh eight is 108; ninety five is 95."""
    total = 0
    for word in words.split():
        if word in _SPOKEN_TENS:
            total = total * 100 + _SPOKEN_TENS[word] if 0 < total < 10 else total + _SPOKEN_TENS[word]
        elif word == "hundred":
            total *= 100
        elif word in _SPOKEN_UNITS:
            total += _SPOKEN_UNITS[word]
    return total


def _small(word: str) -> int:
    figure = word.split()[0] if word else "0"
    return int(figure) if figure.isdigit() else _NUMBER_WORDS.get(word, 99)


def _supplies(folded: Folded) -> list[Label]:
    """Two days or two pills or fewer left."""
    text = folded.text
    if not _RUNNING.search(text) or _NOT_SUPPLY.search(text):
        return []
    for pattern in _LEFT_PATTERNS:
        for match in pattern.finditer(text):
            if _small(match.group(1)) <= 2:
                return [
                    _label(
                        folded,
                        match.span(),
                        "two or fewer left",
                        Flag.OUT_OF_MEDICATION,
                        Intent.MEDICATION_REFILL,
                    )
                ]
            return [_label(folded, match.span(), "says how much is left", None, Intent.MEDICATION_REFILL)]
    return []


def _missed(folded: Folded) -> list[Label]:
    """Two or more doses or days missed."""
    for pattern in _MISSED:
        for match in pattern.finditer(folded.text):
            amount, unit = _small(match.group(1)), match.group(2)
            if unit.startswith(("week", "seman", "semen")) or unit == "in a row":
                amount = max(amount, 2)
            if 2 <= amount <= 60 and _MEDICINE_WORD.search(folded.text):
                return [
                    _label(
                        folded,
                        match.span(),
                        "two or more doses missed",
                        Flag.DOSE_ERROR,
                        Intent.MEDICATION_MISSED_DOSE,
                    )
                ]
    return []


def _questionnaire(folded: Folded) -> list[Label]:
    why = "any answer but zero on the question about being better off dead"
    text = folded.text
    row = _PHQ_ROW.search(text)
    if row:
        ninth = [letter for letter in row.group(1) if letter.isdigit()][8]
        return [_label(folded, row.span(1), why, Flag.SUICIDE)] if ninth != "0" else []
    if not _QUESTIONNAIRE.search(text):
        return []
    for pattern in _ITEM_NINE:
        for match in pattern.finditer(text):
            if match.group(1) not in ("0", "zero", "cero"):
                return [_label(folded, match.span(), why, Flag.SUICIDE)]
    return []
