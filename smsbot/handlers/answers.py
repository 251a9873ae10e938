"""Questions that a machine may answer: whether it is one."""

from __future__ import annotations

from datetime import timedelta

import re2

from smsbot.domain import Inbound, Reply, Situation, Urgency
from smsbot.handlers.quiet import is_staff_writing
from smsbot.handlers.words import plain

BOT = Reply("answer.bot")
HOUR = timedelta(hours=1)

_WHO = (
    r"(?:real|actual|actually|live|human|humans|bot|chatbot|robot|robots|machine|computer"
    r"|automated|automatic|ai)"
)
_ASKS = re2.compile(
    r"\b(?:"
    r"(?:is|are|r|am) (?:this|it|you|u|ya|yall|that|there|i|these) (?:\w+ ){0,4}?" + _WHO + r"\b"
    r"|(?:is|are) (?:there )?(?:anyone|anybody|someone|somebody|any one|some one|a person"
    r"|people) (?:\w+ ){0,2}?"
    r"(?:there|reading|real|seeing|listening|here|human|on the other (?:end|side))"
    r"|(?:are|r) (?:you|u) (?:a person|someone|there)"
    r"|am i (?:talking|texting|speaking|writing|chatting) (?:to|with) (?:a|an|anyone|someone"
    r"|anybody|somebody|nobody)"
    r"|(?:who|what) am i (?:talking|texting|speaking|writing) (?:to|with)"
    r"|does (?:anyone|anybody|someone|a person) (?:\w+ ){0,2}?(?:read|see|answer)"
    r"|(?:es|eres|son|sera|estoy hablando con|hablo con|escribo a) (?:usted |esto |ustedes "
    r"|este )?(?:un |una )?"
    r"(?:persona(?:s)? (?:real|de verdad|viva|de carne)|robots?|bots?|maquina|computadora"
    r"|human[oa]s?|automatico)"
    r"|(?:eres|es usted|son ustedes|estoy hablando con|hablo con) (?:una )?persona"
    r"|hay (?:alguien|una persona)(?: real| de verdad)?(?: ahi| alli| leyendo| aqui)?"
    r"|(?:ou|w|se|sa se|sa a se|eske se|m ?ap pale ak|mwen ap pale ak|ak) (?:se )?(?:yon )?"
    r"(?:vre moun|moun (?:vre|tout bon|toutbon|reyel)|wobo|robo|machin|odinate)"
    r"|(?:eske )?gen (?:yon )?moun (?:la|ki la|kap li|k ap li|ki ap li|vre)"
    r")\b"
)
_ALONE = re2.compile(
    r"(?:a )?(?:real person|human|robot|bot|persona real|wobo|vre moun)(?: or (?:a )?(?:bot|robot"
    r"|human|person))?"
)


def asks_who_is_there(body: str) -> bool:
    """Whether the text asks if a person or a machine is answering, in English, Spanish or Creole."""
    words = plain(body)
    return bool(_ASKS.search(words) or _ALONE.fullmatch(words))


def must_answer(inbound: Inbound, situation: Situation) -> bool:
    """Whether the truth is owed now: asked in an open emergency, and not told within the hour.

    While a staff member writes, "this is an automatic reply" would be a lie about them: they answer.
    """
    case = situation.open_case
    if case is None or case.urgency is not Urgency.EMERGENCY or is_staff_writing(situation):
        return False
    if not asks_who_is_there(inbound.body):
        return False
    return not any(BOT.key in reply.keys and situation.now - reply.at < HOUR for reply in situation.replies)
