"""What the ladder asks about a text at night, beside its flags: a visit soon, a supply that ends, a plea.

The safe side is that somebody is woken: only a supply that clearly lasts until the office opens does not
count as one that runs out. Pure; patterns are linear (RE2) and read the folded text of three languages.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import re2

from smsbot.domain import Flag, Intent, Triage
from smsbot.triage.normalise import fold
from smsbot.triage.windows import read_windows

VISIT_SOON, RUNS_OUT, PLEA = "visit_soon", "runs_out", "plea"
CONDITIONS = (VISIT_SOON, RUNS_OUT, PLEA)

_SOON = timedelta(hours=48)
_DOSES_A_DAY = 2  # assumed where the text does not say how many: the supply ends sooner


def _any(lines: str) -> str:
    """Alternatives of a pattern, one or several a line."""
    return "(?:" + "|".join(line.strip() for line in lines.strip().splitlines()) + ")"


def _whole(lines: str) -> Any:
    """The pattern of these alternatives as whole words."""
    return re2.compile(rf"\b{_any(lines)}\b")


_VISIT = _any(r"""
infusions?|ketamine|ket (?:session|treatment)|sessions?|treatments?|visits?|appointments?|appts?|apts?
telehealth|infusion(?:es)?|citas?|sesion(?:es)?|tratamientos?|consultas?|turnos?
enfizyon|randevou|seyans|tretman|vizit
""")
_TOMORROW = _any(r"""
tomorr?ow|tommorow|tmrw|tmw|tmr|tmro|2moro|2morrow|2mrw|in the morning
manana|demen
""")
_TODAY = _any(r"""
today|tonight|this (?:morning|afternoon|evening)
hoy|esta (?:noche|tarde|manana)
jodi ?a|aswe ?a|maten an
""")
_WITHIN_TWO_DAYS = _any(r"""
day after tomorrow|first thing|pasado manana|apre demen
in (?:a few|a couple(?: of)?|\d{1,2}|one|two|three|four|six|twelve) (?:hours|hrs?)|in (?:a|1|one|2|two) days?
en (?:\d{1,2}|unas|dos|tres) horas|en (?:1|un|2|dos) dias?
nan (?:\d{1,2}|de|twa|kek) (?:ed|er|e)tan|nan (?:2|de|yon) jou
""")
_NEAR = f"(?:{_TODAY}|{_TOMORROW}|{_WITHIN_TWO_DAYS})"
_BETWEEN = r"(?:\W+\w+){0,6}?\W+"  # words between the visit and its time
_NEAR_VISIT = re2.compile(rf"\b(?:{_VISIT}{_BETWEEN}{_NEAR}|{_NEAR}{_BETWEEN}{_VISIT})\b")
_NAMES_VISIT = re2.compile(rf"\b{_VISIT}\b")
_NONE = _any(r"""
no|without|dont have(?: an?| any| another)?|do not have(?: an?| any)?|not have an?
sin|no tengo(?: una?| ninguna?)?
pa gen(?: okenn| yon)?
""")
_NO_VISIT = re2.compile(rf"\b{_NONE} (?:\w+ )?{_VISIT}\b")
_OVER = _any(r"""
had|was|were|after|since|following|went|from (?:my|the|todays)|just (?:did|finished)|got home
tuve|fue|era|despues de|desde|sali de
apre (?:enfizyon|randevou|seyans|tretman)|te (?:gen|fe|pran)|soti
""")
_IS_OVER, _IS_TODAY, _IS_LATER = (re2.compile(rf"\b{one}\b") for one in (_OVER, _TODAY, _TOMORROW))

_NUMBERS = {
    **dict.fromkeys(("one", "un", "una", "yon", "youn"), 1),
    **dict.fromkeys(("two", "dos", "de"), 2),
    **dict.fromkeys(("three", "tres", "twa"), 3),
    **dict.fromkeys(("four", "cuatro", "kat"), 4),
    **dict.fromkeys(("five", "cinco", "senk"), 5),
    **dict.fromkeys(("six", "seis", "sis"), 6),
    **dict.fromkeys(("seven", "siete", "set"), 7),
    **dict.fromkeys(("eight", "ocho", "uit"), 8),
    **dict.fromkeys(("nine", "nueve", "nef"), 9),
    **dict.fromkeys(("ten", "diez", "dis"), 10),
}
_COUNT = rf"(\d{{1,3}}|{'|'.join(_NUMBERS)})"
_DAYS = r"(?:more )?(?:days?|nights?|dias?|noches?|jou)"
_DOSES = r"(?:\w+ )?" + _any(r"""
pills?|tabs?|tablets?|caps?|capsules?|doses?|patch(?:es)?
pastillas?|tabletas?|capsulas?|dosis
grenn|konprime
""")
_LEFT = r"(?:left|remaining|to go|worth|supply|quedan?|restan?|ki rete|rete)"
_BEFORE_LEFT = r"(?:\W+\w+){0,3}?\W+"
_ONLY = r"(?:m )?(?:only |just |like |about |solo )?"
_DAYS_LEFT = _whole(rf"""
{_COUNT} {_DAYS}{_BEFORE_LEFT}{_LEFT}
{_LEFT} {_ONLY}{_COUNT} {_DAYS}
(?:runs?|running|be) out(?:\W+\w+){{0,4}}? in (?:about )?{_COUNT} {_DAYS}
enough for {_COUNT} {_DAYS}
""")
_DOSES_LEFT = _whole(rf"""
{_COUNT} {_DOSES}{_BEFORE_LEFT}{_LEFT}
{_LEFT} {_ONLY}{_COUNT} {_DOSES}
(?:have|got|tengo|gen) {_ONLY}{_COUNT} {_DOSES}
{_COUNT} left
""")
_ONCE_A_DAY = _whole(r"""
once (?:a|per) day|once daily|one a day|1 a day|1x ?day|qd|one daily
una (?:vez )?al dia
yon (?:fwa )?pa jou
""")
_MANY_A_DAY = _whole(r"""
(?:three|four|3|4|3x|4x)(?: times)? (?:a|per) day|tid|qid
tres (?:veces )?al dia
twa fwa pa jou
""")
_ALREADY = _whole(r"""
ran out|out of (?:my|the|it|them|all)
(?:im|i am|am|been|were|was|completely|totally|already|all) out|(?:none|nothing|zero|0) left
(?:have|got|theres) (?:none|no (?:more|pills|meds|medicine|medication))
last (?:pill|one|tablet|dose|capsule|patch)
se me (?:acabo|acabaron|termino|terminaron)|no (?:me queda|tengo mas|tengo pastillas|tengo medic\w+)
ultim[ao] (?:pastilla|dosis|tableta)|ya no tengo
pa gen(?: \w+)? anko|fini|denye (?:grenn|konprime|dos)
""")

_PLEA = _whole(r"""
help me|plea?se? help|pls help|plz help|someone help|somebody help
(?:i )?(?:really |desperately |just )?need (?:some )?help|i need someone|im begging(?: you)?|i beg you
ayude(?:n)?me|ayudame|ayuden|(?:necesito|busco) ayuda|auxilio|socorro|por favor ayud\w+|se los ruego
ede ?(?:m|mwen)|(?:mwen |m )?bezwen (?:ed|sekou)|sekou|anmwe|tanpri ed\w*
""")
# A helping hand with something is no plea.
_ERRAND = _whole(r"""
help(?: me)? (?:with|w|to|find|getting|get|book|schedule|reschedule|move|cancel|understand|out with|on)
help(?: me)? (?:fill|figure|log|sign|set|change|make)
ayud(?:a|ame|eme|enme|ar|arme) (?:con|a|para)
ed(?:e)? (?:m |mwen )?(?:ak|jwenn|pran|chanje|ranpli)
""")
# Nor is what helps, or that none is needed.
_ABOUT_HELP = _whole(r"""
(?:will|would|does|did|doesnt|didnt|wont|might|may|it|this|that|they|not|meds?) (?:\w+ ){0,2}helps? me
(?:dont|do not|no longer|not|without) (?:really )?(?:need )?(?:any )?help|no necesito ayuda
""")
_CALLS_FOR_HELP = re2.compile(r"^\W*(?:help|ayuda|ed|sekou|sos)\W*$")


def night_conditions(
    body: str, triage: Triage, received_at: datetime, next_opening: datetime | None, zone: ZoneInfo
) -> tuple[str, ...]:
    """The conditions that a text holds. `received_at` and `next_opening` (None: not known) are aware."""
    text = fold(body).text
    held = {
        VISIT_SOON: _has_visit_soon(text, body, triage, received_at, zone),
        RUNS_OUT: Flag.OUT_OF_MEDICATION in triage.flags and not _lasts(text, received_at, next_opening),
        PLEA: not triage.flags and _is_plea(text),
    }
    return tuple(condition for condition in CONDITIONS if held[condition])


def _has_visit_soon(text: str, body: str, triage: Triage, received_at: datetime, zone: ZoneInfo) -> bool:
    if Flag.SAME_DAY in triage.flags or Intent.APPOINTMENT_LATE in triage.intents:
        return True
    text = _NO_VISIT.sub(" ", text)
    if not _NAMES_VISIT.search(text):
        return False
    if _NEAR_VISIT.search(text):
        is_morning = received_at.astimezone(zone).hour < 12  # what is today is still to come
        is_over = _IS_OVER.search(text) and _IS_TODAY.search(text) and not _IS_LATER.search(text)
        return is_morning or not is_over
    return _names_a_time_soon(body, received_at, zone)


def _names_a_time_soon(body: str, received_at: datetime, zone: ZoneInfo) -> bool:
    """Weekdays and dates: what triage would offer as a wish is here when the visit is."""
    local = received_at.astimezone(zone).replace(tzinfo=None)
    wished, _ = read_windows(body, received_at, zone.key)
    starts = (datetime.fromisoformat(window.start) for window in wished)
    return any(local - timedelta(hours=1) <= start <= local + _SOON for start in starts)


def _lasts(text: str, received_at: datetime, next_opening: datetime | None) -> bool:
    """Whether the supply clearly lasts until the office opens."""
    if next_opening is None or _ALREADY.search(text):
        return False
    days = [float(count) for count in _counts(_DAYS_LEFT, text)]
    doses = [
        count for count in _counts(_DOSES_LEFT, text) if count > 1
    ]  # of one, nobody knows when it is taken
    if len(doses) < len(_counts(_DOSES_LEFT, text)) or not (days or doses):
        return False
    a_day = 4 if _MANY_A_DAY.search(text) else 1 if _ONCE_A_DAY.search(text) else _DOSES_A_DAY
    least = min((*days, *(count / a_day for count in doses)))
    return received_at + timedelta(days=least) > next_opening


def _counts(pattern: Any, text: str) -> list[int]:
    """The numbers that a pattern of counts finds."""
    found = [next(group for group in match.groups() if group) for match in pattern.finditer(text)]
    return [_NUMBERS[word] if word in _NUMBERS else int(word) for word in found]


def _is_plea(text: str) -> bool:
    if _CALLS_FOR_HELP.match(text):
        return True
    text = _ERRAND.sub(" ", _ABOUT_HELP.sub(" ", text))
    return bool(_PLEA.search(text))
