"""Wishes about texting itself: stop, start, help; the carrier's words alone, and plain words."""

from __future__ import annotations

import re2

from smsbot.domain import Intent, Urgency
from smsbot.triage.normalise import Folded
from smsbot.triage.reading import Label, Reading

_STOP_WORDS = frozenset(
    {
        "stop",
        "stopall",
        "unsubscribe",
        "end",
        "quit",
        "revoke",
        "optout",
        "opt out",
        "stop all",
        "alto",
        "parar",
        "sispann",
    }
)
_START_WORDS = frozenset({"start", "unstop"})
_HELP_WORDS = frozenset({"info"})

_TEXTS = (
    r"(?:texts?|texting|messages?|msgs?|messaging|txts?|txting|reminders?|sms|notifications?"
    r"|alerts?|mensajes?|textos?|recordatorios?"
    r"|mesaj|teks|tekste|mensajitos?|avisos?)"
)
_STOP = re2.compile(
    r"\b(?:"
    + "|".join(
        (
            r"(?:stop|quit|cease|no more|dont|do not|never|please stop|end) (?:sending "
            r"|send |with |w |all |the |these |those |me |any |more |of |ur |your "
            r"|this |automated |auto |anymore )*" + _TEXTS + r"(?: me| this number| us| my)?",
            r"(?:stop|quit|dont|please dont) (?:contacting|messaging|text|texting"
            r"|txting|message|txt|sending) (?:me|this|my|us|here)",
            r"(?:take|remove|get|delete) (?:me|my number|this number|my name) (?:off"
            r"|from|out of) (?:of )?(?:the |your |this |ur |ya )?(?:\S+ )?(?:list"
            r"|texts?|texting|messages|system texts|reminders|lista|sms)",
            r"unsubscribe me|opt me out|opt out|want to opt out|unsubscribe",
            r"(?:dont|do not|no longer|not) (?:want|wish|need|like) (?:to (?:get|receive"
            r"|be getting) )?(?:any |these |your |more |ur |anymore |the |to be )*(?:texted"
            r"|" + _TEXTS[3:-1] + r")(?: anymore| from| any more| please|$|[.!,])",
            r"(?:leave me alone|lose my number|delete my number)(?: with (?:the |these )?(?:texts"
            r"|messages))?",
            r"(?:no me|dejen de|deja de|deje de|paren de|ya no me|no quiero que me|no quiero) "
            r"(?:me |mas |que me "
            r"|sigan )*(?:envien|mande[ns]?|escriban|escribas|textee[ns]?|enviar(?:me)?|mandar(?:me)?"
            r"|escribir(?:me)?|textear(?:me)?|molest(?:en|ar(?:me)?))(?: mas| a este numero| "
            + _TEXTS
            + r"|$|[.!,])",
            r"(?:no|ya no) (?:quiero|quisiera|deseo) (?:recibir |que me (?:manden|envien) )?"
            r"(?:mas |esos |estos |sus "
            r"|los |ningun |otro )*" + _TEXTS,
            r"(?:no me|dejen de|paren de) (?:\w+ ){0,3}" + _TEXTS,
            r"(?:borren|quiten|saquen|elimin\S+) (?:me |mi numero|este numero|(?:me )?de (?:la"
            r"|esta|su) lista)",
            r"(?:sispann|pa|kanpe|rete) (?:voye |ekri |teks\w* |m |mwen |ban |vle "
            r"|resevwa |anko |plis |yo |nou )*(?:mesaj|teks|tekste|ekri m|ekri mwen"
            r"|voye mesaj)",
            r"(?:m|mwen) pa vle (?:resevwa |plis |okenn |anko )*(?:mesaj|teks)",
            r"(?:retire|wete|efase) (?:m|mwen|non m|nimewo m|nimewo mwen|nimewo sa a?)(?: nan lis \S+"
            r"| nan lis)?",
        )
    )
    + r")"
)
_NOT_STOP = re2.compile(
    r"stop (?:taking|the meds?|my|it taking)|(?:what happens|can you|why did|why do"
    r"|cant) (?:\S+ )?(?:stop|quit)|"
    r"robot|bot|automated thing|real person|(?:didnt|havent|never|not|stopped|no) (?:get"
    r"|getting|got|gotten|receive|received|recibi|resevwa|llega\w*)|"
    r"(?:he|she|they|my ex|ex|boyfriend|husband|him|el|ella) (?:wont|doesnt|keeps?|kept|no)|"
    r"(?:lost|changed|new) (?:my )?phone|text me (?:instead|at|when|back)|call me"
    r"|stop texting (?:him|her|my ex|the wrong)"
)
_START = re2.compile(
    r"\b(?:(?:start|resume|restart|begin|turn) (?:\S+ )?(?:sending |texting |the "
    r"|my |me |on |back |up |getting )*(?:texts?|texting|messages?|reminders?)(?: (?:me"
    r"|again|back on|on|please))*"
    r"|(?:sign|opt|put|add) me (?:back )?(?:up|in|on)(?: for| to| the)* (?:texts?|messages?|reminders?|list)"
    r"|opt (?:me )?(?:back )?in|(?:want|like) (?:to get |getting )?(?:the |your |ur )?(?:texts?"
    r"|messages|reminders) (?:again|back|back on)"
    r"|(?:quiero|vuelvan a|pueden|reanud\w+|activ\w+) (?:\S+ ){0,3}(?:mensajes|recordatorios"
    r"|textos)(?: otra vez| de nuevo)"
    r"|(?:rekomanse|remete|voye) (?:\S+ ){0,3}(?:mesaj|teks)(?: yo)? (?:anko|ban m anko))"
)
_HELP = re2.compile(
    r"^(?:hi |hello |hey |um |sorry |ok )*(?:who (?:is|are|r) (?:this|you|u|yall)(?: please)?"
    r"|whos? (?:this|dis|texting me|number is this)|who is texting me|what (?:number"
    r"|is this number|is this|line is this)|new phone who dis|what is this (?:number"
    r"|line|text)(?: for)?|what number is this"
    r"|quien (?:es|eres|habla|me escribe|es este|son ustedes|manda esto)|de quien es este numero"
    r"|que (?:es esto|numero es este|es este numero)|kiyes sa|ki moun (?:sa|ki|sa ye"
    r"|ou ye|kap ekri m|k ap ekri m)(?: ye)?|ki nimewo sa(?: a| ye)*|kiles sa ye|sa se ki nimewo)\b[^a"
    r"-z0-9]*(?:please|por favor|svp|texting me|a|aqui)?[^a-z0-9]*$"
)


def read_consent(folded: Folded) -> Reading:
    """`consent.*` labels; `CANCEL` and `HELP` alone carry the urgencies of the guide."""
    text = folded.text.strip(' .,!?\n"')
    whole = folded.original_span(0, len(folded.text))
    if text in _STOP_WORDS:
        return _reading(Intent.CONSENT_STOP, whole, "a word that carriers act on, alone")
    if text == "cancel":
        return _cancel_alone(whole)
    if text in _START_WORDS:
        return _reading(Intent.CONSENT_START, whole, "START, alone")
    if text in _HELP_WORDS:
        return _reading(Intent.CONSENT_HELP, whole, "INFO, alone")
    if text == "help":
        return _reading(
            Intent.CONSENT_HELP, whole, "HELP alone: on this line it may be distress", Urgency.URGENT
        )
    return _read_plain_words(folded)


def _read_plain_words(folded: Folded) -> Reading:
    text = folded.text
    labels: list[Label] = []
    start = _START.search(text)
    stop = _STOP.search(text)
    if start:
        labels.append(
            _label(Intent.CONSENT_START, folded.original_span(*start.span()), "asks for texts again")
        )
    elif stop and not _NOT_STOP.search(text):
        labels.append(
            _label(
                Intent.CONSENT_STOP,
                folded.original_span(*stop.span()),
                "asks in plain words for no more texts",
            )
        )
    asks = _HELP.search(text)
    if asks:
        labels.append(_label(Intent.CONSENT_HELP, folded.original_span(*asks.span()), "asks who is texting"))
    return Reading.of("consent", labels)


def _cancel_alone(span: tuple[int, int]) -> Reading:
    why = "CANCEL alone: a person finds out whether the visit was meant"
    return Reading.of(
        "consent",
        [
            _label(Intent.CONSENT_STOP, span, why, Urgency.ROUTINE),
            _label(Intent.APPOINTMENT_CANCEL, span, why, Urgency.ROUTINE),
        ],
    )


def _reading(intent: Intent, span: tuple[int, int], why: str, urgency: Urgency = Urgency.NONE) -> Reading:
    return Reading.of("consent", [_label(intent, span, why, urgency)])


def _label(intent: Intent, span: tuple[int, int], why: str, urgency: Urgency = Urgency.NONE) -> Label:
    return Label(why, span[0], span[1], intent=intent, urgency=urgency, score=0.97, source="consent")
