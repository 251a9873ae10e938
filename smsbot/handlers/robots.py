"""Machines at the other end: auto-responders, echoes of our own words, and what answers every reply."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import re2

from smsbot.domain import EMERGENCY_FLAGS, Flag, Inbound, Intent, Outcome, Silence, Situation, Triage, Urgency
from smsbot.handlers.outcomes import NOTHING, outcome
from smsbot.handlers.words import folded, plain, same_words

ECHO = "Not answered: the text repeats our own last one. A machine may stand behind this number."
ROBOT = (
    "This number seems to answer every reply by itself: automatic texts are off. See whether a person writes."
)

AUTO_RESPONDER = "Not answered: a phone or a mailbox has answered by itself."

HOUR = timedelta(hours=1)
AT_ONCE = timedelta(seconds=10)  # faster than people read and type
MOST_REPLIES = 3  # an hour
FAST_ANSWERS = 3

# What phones send while their owner drives: as a whole text, and in words that no one types.
_WHILE_AWAY = re2.compile(
    r"(?:(?:im|i am) (?:currently )?driving with (?:do not disturb|(?:the )?driving focus)"
    r"(?: while driving)?(?: is)?(?: turned)?(?: on)?(?: (?:ill"
    r"|i will) see your message when i get where im going)?"
    r"|(?:sorry )?(?:im|i am) driving(?: right now| now| at the moment)?(?: (?:and|so))?"
    r"(?: (?:i )?(?:cant|cannot) (?:talk|text|respond|reply|answer|chat)(?: right now| now)?)?"
    r" (?:ill|i will) (?:get back to you|call you(?: back)?|reply|respond|text you(?: back)?"
    r"|see your message)"
    r"(?: (?:later|soon|as|i|can|when|once|stop|stopped|arrive|get|there|possible|am|done)){0,6}"
    r"(?: sent from android auto)?"
    r"|estoy (?:conduciendo|manejando) con (?:la funcion )?no molestar(?: al (?:conducir"
    r"|manejar))?(?: activad[oa])?"
    r"(?: vere (?:tu|su) mensaje cuando llegue(?: a (?:mi destino|donde voy))?)?"
    r"|(?:ahora )?(?:estoy )?(?:conduciendo|manejando)(?: ahora)?(?: y)? no puedo (?:hablar"
    r"|contestar|responder|escribir)"
    r"(?: ahora)?(?: (?:te|le) (?:llamo|respondo|escribo|contesto)(?: (?:luego|despues|mas tarde))?)?"
    r"|(?:m ?ap|mwen ap) (?:kondwi|kondui)(?: kounye a)? (?:m |mwen )?pa ka (?:pale|reponn"
    r"|ekri)(?: kounye a)?"
    r"(?: (?:m ?ap|ma|mwen ap) (?:rele|reponn|ekri) (?:ou|w)(?: pita| tale)?)?)?"
    r"(?: ?im not receiving notifications if this is urgent reply urgent to send a notification through "
    r"with your original message)?"
)
# Words that only a machine begins with.
_SAYS_SO = re2.compile(
    r"^\W*(?:(?:automatic|automated|auto|out of office|ooo)[ -]?(?:reply|response|message"
    r"|responder|autoreply)?"
    r"\s*[:\]>]"
    r"|(?:respuesta|mensaje|contestacion) automatic[ao]\s*[:\]>.]"
    r"|(?:repons|mesaj) otomatik\s*[:\]>.]"
    r"|(?:this is|you have reached) an? (?:automatic|automated|auto) (?:reply|response|message)"
    r"|(?:esta es una respuesta|este es un mensaje) automatic[ao]"
    r"|sa a? ?se yon (?:repons|mesaj) otomatik)"
)
# "I am out of the office until Monday and will reply when I return."
_OUT = re2.compile(
    r"^(?:(?:hi|hello|thanks|thank you|thank you for your (?:message|text|email)"
    r"|thanks for your (?:message|text))"
    r"[ ,.!]*)?(?:i am|im|i will be|ill be) (?:currently |now )?(?:out of (?:the )?office"
    r"|away from (?:the|my) "
    r"(?:office|desk|phone)|on (?:vacation|leave|annual leave|pto))\b.{0,120}\b(?:(?:i|we)(?:ll"
    r"| will)? (?:respond|reply"
    r"|get back|return|answer|be back|be returning)|will (?:respond|reply|get back|return)|limited access)"
    r"|^(?:(?:hola|gracias|gracias por su mensaje)[ ,.!]*)?(?:estoy|me encuentro"
    r"|estare) (?:actualmente )?fuera de "
    r"(?:la )?oficina\b.{0,120}\b(?:respondere|contestare|regreso|regresare|volvere|acceso limitado)"
    r"|^(?:(?:bonjou|alo|mesi)[ ,.!]*)?(?:m|mwen) pa nan (?:biwo|travay)\b.{0,120}\b(?:reponn"
    r"|tounen|retounen)"
)
_BESIDE_A_MACHINE = frozenset({Intent.ADMIN, Intent.SOCIAL, Intent.UNCLEAR, Intent.CONSENT_HELP})


def tell_auto_responder(situation: Situation) -> Outcome:
    """Unanswered. In a case it is read with the others; without one staff are told by a case of its own."""
    if situation.open_case or situation.recent_case:
        return NOTHING
    return outcome(Urgency.ROUTINE, notes=(AUTO_RESPONDER,))


def is_auto_responder(inbound: Inbound, triage: Triage) -> bool:
    """Whether a phone or a mailbox answered by itself. Any flag, a question, or a request makes it a text.

    The words of driving phones as a whole text are known even when the triage is alarmed by them.
    """
    if inbound.media:
        return False
    words = plain(inbound.body)
    if words and _WHILE_AWAY.fullmatch(words):
        return not EMERGENCY_FLAGS.intersection(triage.flags) - {Flag.IMPAIRED_DRIVING}
    if triage.flags:
        return False
    said = folded(inbound.body)
    is_plain = triage.urgency is not Urgency.EMERGENCY and _BESIDE_A_MACHINE.issuperset(triage.intents)
    return is_plain and "?" not in said and bool(_SAYS_SO.search(said) or _OUT.search(said))


def is_echo(inbound: Inbound, triage: Triage, situation: Situation) -> bool:
    """Whether the text is our own last automatic one, word for word, and no danger is named in it.

    Words that a staff member wrote last may be repeated by a patient who means them.
    """
    if EMERGENCY_FLAGS.intersection(triage.flags) or inbound.media or not situation.replies:
        return False
    by_us = situation.staff_wrote_at is None or situation.staff_wrote_at < situation.replies[-1].at
    return by_us and same_words(inbound.body, situation.last_reply)


def tell_echo(situation: Situation) -> Outcome:
    """Staff are told of the first echo; a further one within minutes needs nobody."""
    if any(same_words(text.body, situation.last_reply) for text in situation.earlier):
        return NOTHING
    return outcome(Urgency.ROUTINE, notes=(ECHO,))


def is_answered_enough(situation: Situation) -> bool:
    """Whether three automatic texts went out in the last hour: the guard against two machines in talk."""
    return sum(situation.now - reply.at < HOUR for reply in situation.replies) >= MOST_REPLIES


def notice(outcome: Outcome, inbound: Inbound, situation: Situation) -> Outcome:
    """The outcome, with automatic texts off and staff told when a machine seems to answer every reply.

    Never for what may be urgent: people in distress repeat themselves too.
    """
    if outcome.urgency.rank >= Urgency.URGENT.rank or outcome.silence or situation.silence:
        return outcome
    if not is_answered_enough(situation) or not (
        _repeats(inbound, situation) or _answers_at_once(inbound, situation)
    ):
        return outcome
    return replace(
        outcome,
        urgency=Urgency.ROUTINE,
        opens_case=True,
        silence=Silence.ROBOT,
        notes=(*outcome.notes, ROBOT),
    )


def _repeats(inbound: Inbound, situation: Situation) -> bool:
    return any(same_words(inbound.body, text.body) for text in situation.earlier)


def _answers_at_once(inbound: Inbound, situation: Situation) -> bool:
    """Whether three of our replies of the last hour were answered within seconds."""
    arrivals = [*situation.arrivals, *(text.received_at for text in situation.earlier), inbound.received_at]
    recent = [reply.at for reply in situation.replies if situation.now - reply.at < HOUR]
    fast = [at for at in recent if any(timedelta(0) <= then - at <= AT_ONCE for then in arrivals)]
    return len(fast) >= FAST_ANSWERS
