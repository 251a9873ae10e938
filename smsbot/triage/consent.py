"""Wishes about texting itself: stop, start, help; the carrier's words alone, and plain words.

An opt-out has legal effect (47 CFR 64.1200(a)(10): any reasonable words count), so it is read by rules alone,
and is not read out of what asks for less: see `smsbot.wishes`.
"""

from __future__ import annotations

import re2

from smsbot.domain import Intent, Urgency
from smsbot.triage.normalise import Folded
from smsbot.triage.reading import Label, Reading
from smsbot.wishes import Found, Wish, find_wish

_STOP_WORDS = frozenset({"stop", "stopall", "stop all", "unsubscribe", "revoke", "optout", "opt out"}) | {
    "alto", "parar", "pare", "paren", "sispann", "desuscribir", "desuscribirme", "dezaboneman",
}  # fmt: skip
# They stop our texts at the carrier, and may have been meant for the visit.
_VISIT_WORDS = frozenset({"cancel", "end", "quit"})
_START_WORDS = frozenset({"start", "unstop", "resubscribe"})
_HELP_WORDS = frozenset({"info"})

_TEXTS = (
    r"(?:(?:text|sms|auto|automated|automatic) )?"
    r"(?:texts?|texting|messages?|msgs?|messaging|txts?|txting|sms|notifications?|alerts?"
    r"|mensajes?|mensajitos?|msjs?|textos?|textitos?|avisos?|avisitos?|notificaciones|publicidad"
    r"|promociones"
    r"|mesaj|teks|tekst|tekste|notifikasyon)"
)
_MESSAGES = _TEXTS.replace("|texting", "").replace("|txting", "").replace("|messaging", "")  # what one gets
_FILL_EN = (
    r"(?:sending|send|giving|getting|get|to|receive|receiving|from|with|w|it|all|the|these|those"
    r"|them|me|us|any|more|further|of"
    r"|ur|your|yalls|this|that|other|automated|automatic|auto|stupid|damn|anymore|up|out|los|mas"
    r"|las|ak|voye|yo)"
)
_FILL_ES = (
    r"(?:de|con|a|los|las|sus|tus|tanto|tantos|tantas|estos|esos|estas|mas|otro|otros|ningun"
    r"|enviar\w*|mandar\w*"
    r"|escribir\w*|recibir|que|me|manden|envien|lleguen|llegar\w*|ya|d|q)"
)
_FILL_HT = (
    r"(?:voye|ekri|tekste|m|mwen|ban|ba|nou|vle|bezwen|resevwa|okenn|lot|plis|anko|ak|sa|yo"
    r"|plis|ti|janm|mesaj)"
)
_THERE = r"(?:me|us|this|my (?:phone|cell|number|line)|here)"
_OBJECT = r"(?:me|us|my (?:name|number|phone|cell)|this (?:number|phone|cell|line)|mi numero)"
_LIST = (
    r"(?:(?:the |your |ur |this |that |these |those |ya |all |any |of |la |los |las |system |text "
    r"|texting |blast |contact |mailing "
    r"|messaging |message |phone |automatic |automated )*(?:list\b|lista\b|system\b|texting thing"
    r"|text thing|" + _TEXTS + r"))"
)
_END = (
    r"(?: (?:please|thanks|thank you|thx|ok|now|por favor|porfa|svp|tanpri|gracias|mesi|already"
    r"|ya))*(?:$|[.,!;\n])"
)

_STOP_EN = (
    r"(?:stop|quit|cease|desist from|discontinue|end|halt|turn off|cut(?: it)? out|knock off"
    r"|opt(?:ing)? (?:me )?out of) "
    r"(?:" + _FILL_EN + r" ){0,5}" + _TEXTS + r"\b",
    r"(?:no|ya no) (?:more|mas) (?:" + _FILL_EN + r" ){0,4}" + _TEXTS + r"\b",
    r"no " + _TEXTS + r" (?:from now on|anymore|any more|ever again|at all)",
    r"enough (?:" + _FILL_EN + r" ){0,4}" + _TEXTS + r"\b",
    r"(?:turn|shut|switch) (?:(?:these|the|those|my|all|your|ur) )*" + _TEXTS + r" off\b",
    r"(?:stop|stopped|quit|cease|no longer) (?:texting?|txting?|txtn|messagin|messaging|msging"
    r"|contacting|sending|bothering|blowing up) " + _THERE + r"\b",
    r"(?:stop|quit|cease) (?:texting|txting|messaging|msging|contacting|sending|texts)(?: (?:these"
    r"|this|them|anymore))?" + _END,
    r"dont text(?: me)? no more\b",
    r"(?:stop|quit) sending (?:these|this|them|those)\b",
    r"(?:stop|quit) blowing up my (?:phone|cell)",
    r"(?:stop|dont|do not|never) (?:you )?(?:ever )?(?:text|txt|message|msg|contact|write)(?: to)? "
    + _THERE
    + r"(?: (?:number|phone|cell|line))*(?: (?:here|by text|on this (?:number|phone|cell|line)))*"
    + r"(?: (?:anymore|any more|no more|again|ever|ever again)\b|"
    + _END
    + r")",
    r"(?:dont|do not|never) (?:send|sends) (?:me |us |this number )?(?:"
    + _FILL_EN
    + r" ){0,4}"
    + _TEXTS
    + r"\b",
    r"(?:dont|do not|never) send (?:me |us )?(?:these|this|those|them|anything) .{0,30}(?:anymore"
    r"|any more|again|no more)\b",
    r"(?:take|remove|get|delete|leave) " + _OBJECT + r" (?:off|from|out of)(?: of)? " + _LIST,
    r"(?:remove (?:me|my number|this number)|take (?:my number|this number) off)" + _END,
    r"(?:unsubscribe|unenroll|desubscribe) (?:me|us|this number)|opt(?:ing)? (?:me|us) out\b"
    r"|(?:want|like) to opt out\b|^unsubscribe\b|^opt out\b",
    r"(?:dont|do not|no longer|not) (?:want|wish|need|like|care)(?: for)? (?:you (?:folks |guys "
    r"|all )?|yall |u )?(?:texting|to text)",
    r"(?:dont|do not|no longer|not) (?:want|wish|need|like)(?: to)? (?:be (?:getting )?(?:texted"
    r"|contacted by (?:text|sms))"
    r"|(?:(?:to|get|receive|getting|any|more|further|of|these|those|the|ur|your|this|anymore|los"
    r"|automated) ){0,5}" + _MESSAGES + r")\b",
    r"(?:lose|delete|forget) (?:my|this) number\b|leave me alone (?:with|w) (?:the |these "
    r"|your )?(?:texts|messages)",
)
_STOP_ES = (
    r"(?:no|ya no|que no|nunca) (?:me |nos )(?:sigan |vuelvan a |esten )?(?:envie[ns]?|enviar"
    r"|mande[ns]?|mandar|escriba[ns]?"
    r"|escribir|textee[ns]?|textear|moleste[ns]?|contacte[ns]?|mandes|escribas|textien)(?: (?:mas"
    r"|nada|nunca|ya|otra vez))*"
    r"(?: (?:mas |estos |esos |otros |sus |los |ningun |tantos )*"
    + _TEXTS
    + r"\b| (?:a|en) (?:este|mi|ese) (?:numero|telefono|celular|cel)| por (?:aqui|texto|este medio"
    r"|mensaje)| al celular|" + _END + r")",
    r"(?:dejen?|deja|deje|paren?|parenle|basta|ya basta|alto|suspendan?|detengan?|cancelen|cancelar"
    r"|cancela) "
    r"(?:" + _FILL_ES + r" ){0,5}" + _TEXTS + r"\b",
    r"(?:dejen?|deja|deje|paren?|parenle|basta) de (?:escribir|textear|mensajear|molestar|contactar"
    r"|mandar|enviar)me\b"
    r"(?: (?:mas|por favor|ya|a este numero))*" + _END,
    r"(?:no|ya no|nunca) (?:quiero|quisiera|deseo|autorizo|necesito|acepto) (?:"
    + _FILL_ES
    + r" ){0,5}"
    + _TEXTS
    + r"\b",
    r"(?:no|ya no) quiero (?:que me (?:escriban|manden mas|texteen|molesten)(?: mas)?"
    + _END
    + r"|nada por (?:texto|mensaje))",
    r"(?:borren?|borrenme|quiten?|quitenme|saquen?|saquenme|eliminen?|eliminenme|den|denme|dar|darme)"
    r"(?: me| mi numero| este numero| este celular| mi celular| de baja)* (?:de|d) "
    r"(?:(?:la|esta|esa|su|los|las|esos|estos|sus|d|de) )*(?:lista\b(?:$|[.,!;]| de (?:los )?"
    + _TEXTS
    + r"| de (?:promociones|contactos))|"
    + _TEXTS
    + r"\b)",
    r"(?:borren|eliminen|quiten|den de baja|dar de baja) (?:mi|este) (?:numero|celular|telefono)\b"
    r"|desuscrib\w+",
    r"quitenme from the (?:text |texting )?list",
)
_STOP_HT = (
    r"(?:sispann|kanpe|rete|arete|stop|ase|fini) (?:" + _FILL_HT + r" ){0,6}(?:mesaj|teks|tekst"
    r"|tekste|text|notifikasyon)\b",
    r"(?:sispann|rete|arete) (?:ekri|tekste|voye) (?:m|mwen|nou|ban m|ban mwen)\b(?: anko)?",
    r"pa (?:janm )?(?:voye (?:m |mwen )(?:okenn |lot |plis |ti |ankò |anko )*(?:mesaj|teks|tekst|tekste)"
    r"|voye (?:okenn |lot |plis |ti |anko )*(?:mesaj|teks|tekst|tekste)(?: sa yo| yo)?(?: (?:svp|tanpri))?"
    r"(?: (?:ban|pou|ba) (?:m|mwen|nou)\b| anko\b| sou (?:telefon|nimewo)|$|[.,!;]))",
    r"pa (?:ekri|tekste) (?:m|mwen|nou)(?: (?:anko|sou nimewo sa a?|sou telefon sa a?|pa rele (?:m"
    r"|mwen))|$|[.,!;])",
    r"(?:m|mwen|mpa|n|nou)(?: pa| p ap)?(?: janm)? (?:vle|bezwen) (?:(?:resevwa|plis|okenn|anko|lot"
    r"|janm) )*(?:mesaj|teks|tekst|tekste)\b",
    r"(?:retire|wete|efase) (?:m|mwen|non m|nimewo m|nimewo mwen|nimewo sa a?) (?:nan"
    r"|sou) (?:lis (?:mesaj|teks|la\b|nou\b|sa\b)|(?:sistem )?(?:mesaj|teks))",
    r"(?:retire|wete|efase) nimewo (?:m|mwen)" + _END,
    r"pa mete (?:m|mwen) nan lis sa|dezabon\w+",
)
_STOP = re2.compile(r"\b(?:" + "|".join((*_STOP_EN, *_STOP_ES, *_STOP_HT)) + r")")
# `m vle teks yo` is the contrary: the Creole wish needs its negation.
_WANTS_THEM = re2.compile(r"^(?:m|mwen|n|nou) (?:vle|bezwen)\b")
# What stands before the words and turns them round: "why did you stop texting me".
_TURNED = re2.compile(
    r"(?:\b(?:cant|couldnt|wont|didnt|doesnt|never|please dont|pls dont|dont|do not|did you"
    r"|did yall|why did (?:you|yall|u)"
    r"|when did (?:you|yall)|have you|to not|not to|no|will|he|she|they|ill|i will|made me|makes me"
    r"|reply|text|send|if you"
    r"|que pasa si|what happens if i|no quiero|pa|por que) )$"
)
_ABOUT_OTHERS = re2.compile(
    r"\b(?:(?:he|she|they|my ex|ex|boyfriend|husband|him|el|ella|cousins?|mom) (?:wont|doesnt|keeps?|kept) "
    r"|(?:didnt|havent|not|hasnt|stopped) (?:get|getting|got|gotten|receive|received)"
    r"|(?:no|nunca) (?:me )?(?:recibi|llega\w*)\b|pa (?:janm |te )?resevwa"
    r"|stop texting (?:him|her|my ex|the wrong)|reply stop|text stop|text me (?:instead|at|when|back)"
    r"|(?:lista|list) de espera|cancell?ation list|wait(?:ing|-)? ?list|waitlist)"
)
_AGAIN = r"(?:again|back|otra vez|de nuevo|nuevamente|anko|tounen)"
_WANTED = r"(?:(?:text |sms )?(?:reminders?|recordatorios?|rapel)|" + _TEXTS + r")"
_START = re2.compile(
    r"\b(?:"
    + "|".join(
        (
            r"^(?:start|unstop)(?: (?:please|pls|me again|me back|mesaj|teks)\b|[.,!])",
            r"(?:start|resume|restart|begin|reactivate|reanud\w+|reactiv\w+|activ\w+|rekomanse"
            r"|remete|relanse|ranvoye|aktive|komanse) "
            r"(?:(?:sending|texting|the|my|mis|los|las|me|m|mwen|on|back|up|getting|getting|to"
            r"|those|resevwa|voye|ti|ban|yo|sou|lis|pou) ){0,5}" + _WANTED + r"\b",
            r"(?:resume|restart|start) (?:texting|messaging|txting) (?:me|us|this number)",
            r"turn (?:(?:the|my|those) )*(?:" + _WANTED + r" (?:back )?on\b|(?:back )?on (?:(?:the"
            r"|my) )*" + _WANTED + r")",
            r"(?:put|sign|add|opt|enroll) me (?:(?:back|up|in|on|again) ?)+(?:(?:for|to|on|en|pa|in"
            r"|the|los|your|text|texts) )*"
            r"(?:" + _WANTED + r"|list)\b",
            r"(?:sign|opt) (?:me |back )*(?:up|in)(?: for)? (?:the |your )?(?:text |texts "
            r"|messages )+.{0,12}again",
            r"opt (?:me )?(?:back )in\b|re ?subscribe\b|unstop\b",
            r"(?:you|u|yall) can (?:text|message) me again|^(?:please )?(?:text|message) me again"
            r"|keep texting me",
            r"(?:want|like|quiero|m vle|mwen vle|anvi"
            r"|acepto) (?:\S+ ){0,5}" + _WANTED + r"(?: (?:yo|los|por texto))* " + _AGAIN,
            r"(?:want|quiero|acepto) " + _AGAIN + r" (?:los |the |my |mis )*" + _WANTED,
            r"(?:volver|vuelvan|vuelva|vuelvanme|vuelve) a (?:recibir|mandar(?:me)?|enviar(?:me)?"
            r"|llegar(?:me)?|ponerme|avisar(?:me)?|textear(?:me)?|escribir(?:me)?)"
            r"(?: \S+){0,3}? ?(?:" + _WANTED + r"|por texto|$|[.,!])",
            r"(?:manden|envien|mandenme|envienme|ponganme|pongame"
            r"|metanme) (?:\S+ ){0,3}?(?:"
            + _WANTED
            + r" "
            + _AGAIN
            + r"|"
            + _AGAIN
            + r"(?: (?:en )?(?:los |las )?"
            + _WANTED
            + r"|$|[.,!]))",
            r"quiero que me (?:escriban|manden|texteen) (?:mensajes )?" + _AGAIN,
            r"me arrepenti,? si quiero (?:los )?" + _WANTED,
            r"(?:remete|ranvoye) yo\b|(?:voye|mete) (?:\S+ ){0,4}(?:mesaj|teks"
            r"|rapel)(?: yo)?(?: (?:ban|pou) (?:m|mwen|nou))? anko|mete m anko nan (?:mesaj|teks|lis)",
            r"dako pou (?:n|nou|m) (?:rekomanse )?(?:voye|ekri|resevwa) (?:m |mesaj |teks )*(?:anko)?",
        )
    )
    + r")"
)
_NOT_START = re2.compile(
    r"(?:\b(?:no|dont|do not|not|never|pa|que no|no me|no quiero que me|no quiero)(?: (?:want"
    r"|quiero|you|to))* )$"
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
_WISH_WHY = {
    Wish.NO_REMINDERS: "asks for no more reminders, which is less than no more texts",
    Wish.MUTE: "asks for a person instead of automatic replies",
    Wish.PRIVATE: "asks for no texts on a phone that somebody else reads",
}


def read_consent(folded: Folded) -> Reading:
    """`consent.*` labels; words of the visit and `HELP` alone carry the urgencies of the guide.

    A wish for less than an opt-out (`smsbot.wishes`) is for a person, and a phone that others read is urgent.
    """
    text = folded.text.strip(' .,!?\n"')
    whole = folded.original_span(0, len(folded.text))
    if text in _STOP_WORDS:
        return _reading(Intent.CONSENT_STOP, whole, "a word that carriers act on, alone")
    if text in _VISIT_WORDS:
        return _visit_word_alone(text, whole)
    if text in _START_WORDS:
        return _reading(Intent.CONSENT_START, whole, "START, alone")
    if text in _HELP_WORDS:
        return _reading(Intent.CONSENT_HELP, whole, "INFO, alone")
    if text == "help":
        return _reading(
            Intent.CONSENT_HELP, whole, "HELP alone: on this line it may be distress", Urgency.URGENT
        )
    return _read_plain_words(folded)


def is_keyword(folded: Folded) -> bool:
    """Whether the text is one word about texting itself: no model has to guess what else it may mean."""
    text = folded.text.strip(' .,!?\n"')
    return text in _STOP_WORDS | _VISIT_WORDS | _START_WORDS | _HELP_WORDS


def _read_plain_words(folded: Folded) -> Reading:
    text = folded.text.replace("\n", " ")  # one character for one: places stay what they are
    wish = find_wish(text)
    labels = [_wish_label(folded, wish)] if wish else []
    change = None if wish and wish.wish is Wish.PRIVATE else _change(_without(text, wish))
    if change:
        intent, start, end, why = change
        labels.append(_label(intent, folded.original_span(start, end), why))
    asks = _HELP.search(folded.text)
    if asks:
        labels.append(_label(Intent.CONSENT_HELP, folded.original_span(*asks.span()), "asks who is texting"))
    return Reading.of("consent", labels)


def _without(text: str, wish: Found | None) -> str:
    """The text with the words of the wish blanked: what they ask to stop is not all our texts."""
    if wish is None:
        return text
    return text[: wish.start] + ";" * (wish.end - wish.start) + text[wish.end :]


def _change(text: str) -> tuple[Intent, int, int, str] | None:
    start = _START.search(text)
    if start and not _NOT_START.search(text[: start.start()]):
        return Intent.CONSENT_START, *start.span(), "asks for texts again"
    stop = _STOP.search(text)
    if stop is None or _WANTS_THEM.search(stop[0]) or _ABOUT_OTHERS.search(text):
        return None
    if _TURNED.search(text[: stop.start()]):
        return None
    return Intent.CONSENT_STOP, *stop.span(), "asks in plain words for no more texts"


def _wish_label(folded: Folded, wish: Found) -> Label:
    urgency = Urgency.URGENT if wish.wish is Wish.PRIVATE else Urgency.ROUTINE
    return _label(Intent.ADMIN, folded.original_span(wish.start, wish.end), _WISH_WHY[wish.wish], urgency)


def _visit_word_alone(word: str, span: tuple[int, int]) -> Reading:
    why = f"{word.upper()} alone: a person finds out whether the visit was meant"
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
