"""Wishes about our automatic texts that are no opt-out: no reminders, no robot, no texts that others can see.

Read by triage and by handlers alike, so it stands beside both. Pure; every pattern takes linear time. A wish
is read by its words alone: a text that also asks for no more texts at all is an opt-out besides.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from enum import StrEnum

import re2


class Wish(StrEnum):
    """What a contact asks of our automatic texts, short of an opt-out."""

    NO_REMINDERS = "no_reminders"  # appointment reminders alone
    MUTE = "mute"  # a person instead of automatic replies
    PRIVATE = "private"  # somebody else reads this phone: no automatic texts to it at all


@dataclass(frozen=True, slots=True)
class Found:
    """A wish, and where it stands in the plain text that was searched."""

    wish: Wish
    start: int
    end: int


def read_wish(body: str) -> Wish | None:
    """The wish in a text, the one that protects most first; None when there is none."""
    found = find_wish(plain(body))
    return found.wish if found else None


def find_wish(text: str) -> Found | None:
    """As `read_wish`, with its place in `text`, which is plain already."""
    asked = _OF_MYSELF.sub(lambda said: "_" * len(said[0]), text)
    for wish, patterns, exceptions in _WISHES:
        for pattern in patterns:
            match = pattern.search(asked if wish is Wish.PRIVATE else text)
            if match and not exceptions.search(text):
                return Found(wish, *match.span())
    return None


def plain(body: str) -> str:
    """Lower case, no accents, no apostrophes, single spaces: `M’ap` is `m ap`, `don't` is `dont`."""
    letters = unicodedata.normalize("NFKD", body.casefold())
    text = "".join(one for one in letters if unicodedata.category(one) not in ("Mn", "Cf"))
    text = _ELIDED.sub(r"\1 ", _QUOTES.sub("'", text))
    return " ".join(text.replace("'", "").replace("-", " ").replace("_", " ").split())


_QUOTES = re2.compile("[‘’‛ʼʹ`´′＇]")
_ELIDED = re2.compile(r"\b([mlntkwy])'")  # Creole: m'ap; English t's and s's stand after a letter

# --- no reminders ---------------------------------------------------------------------------------------

_REMINDER = (
    r"(?:(?:text |sms |appointment |appt |auto |automated |automatic |refill |visit |daily |email )*"
    r"(?:reminders?|reminder (?:texts?|messages?|msgs?|thing\w*|txts?|calls?|sms)|reminding)\b"
    r"|(?:avisos?|avisitos?|mensajes?|textos?) de (?:las? |mis? )?(?:citas?|recordatorios?)"
    r"|recordatorios?\b"
    r"|(?:mesaj |teks )?rapel\b)"
)
_FILL_ES = (
    r"(?:(?:de|con|me|nos|mas|quiero|quisiera|deseo|necesito|recibir|manden|mande|envien|envie|mandar|enviar"
    r"|mandarme|enviarme|que|los|las|esos|estos|sus|ningun|por texto) )"
)
_NO_REMINDERS = tuple(
    re2.compile(pattern)
    for pattern in (
        r"\b(?:stop|quit|cease|discontinue|no more|enough|end|skip|turn off|shut off|switch off"
        r"|cut out|lose|drop|cancel"
        r"|(?:dont|do not|no longer|doesnt) (?:want|need|like|send|text)|not (?:want|need))"
        r" (?:(?:to get|get|getting|to receive|receiving|sending|send|texting|me|us|my|with|w|all"
        r"|the|these|those"
        r"|of|any|more|your|ur|this|out|doing|so many|anymore|los|las|on) ){0,6}" + _REMINDER,
        r"\b(?:turn|shut|switch) (?:(?:all|the|these|those|my|your|ur) ){0,2}" + _REMINDER + r" off\b",
        r"\b(?:remove|take|get|leave) (?:me|my number|this number|us) (?:off|from|out of)(?: of)?"
        r" (?:(?:all|the|these|those|your|ur|any) ){0,2}" + _REMINDER,
        r"(?:^|[.,;!] ?|\b(?:please|pls|plz) )no (?:mas )?"
        + _REMINDER
        + r"(?: (?:please|pls|thanks|thx|anymore|needed|necessary|por favor|for me)\b|[.,;!]|$)",
        r"\b(?:stop|quit|dont|do not|no need to|please dont) remind(?:ing)? (?:me|us)\b",
        r"\b(?:no " + _FILL_ES + r"{1,6}"
        r"|(?:ya no|que no|nunca|dejen?|deja|paren|pare|basta|suspendan|cancelen|quiten|quitenme|sin)"
        r" " + _FILL_ES + r"{0,6})" + _REMINDER,
        r"\b(?:no|dejen de|ya no) (?:me |nos )?(?:recuerden|recuerde|recordarme) (?:mas )?(?:la|las"
        r"|mi|mis) citas?\b",
        r"\b(?:sispann|kanpe|rete|arete|pa|p ap|stop|ase|lage m) "
        r"(?:(?:voye|ban|ba|m|mwen|nou|vle|bezwen|resevwa|okenn|lot|plis|ak|anko|ti|janm|non) ){0,6}"
        + _REMINDER,
        r"\bpa (?:bezwen )?(?:raple m|raple mwen|fe m sonje)\b",
    )
)
_NOT_NO_REMINDERS = re2.compile(
    r"\b(?:(?:did|have|has|do|had)(?:nt| not)|never|no|stopped) (?:\w+ )?(?:get|getting|got|gotten"
    r"|receive|received|receiving"
    r"|recibi|recibo|resevwa|jwenn|llega\w*)\b"
    r"|\bpa (?:te )?(?:janm |ko )?(?:resevwa|jwenn|wè|we) (?:okenn |mesaj )*rapel"
    r"|\b(?:dont|do not|never|please dont|no) (?:stop|quit|turn off|cancel|paren|dejen) (?:\w+ ){0,3}"
    + _REMINDER
    + r"|\bwhy (?:did|do|have)|\b(?:can|could|will) (?:i|we) (?:still )?(?:get|have)"
    r"|\b(?:at|before|after) (?:\d|night|work|midnight)|\bso (?:early|late)\b|\bearlier\b"
    r"|\bpor que\b|\bpoukisa\b"
    r"|\bno (?:paren|dejen|quiten)\b"
)

# --- a person, not a robot ------------------------------------------------------------------------------

_ROBOT = (
    r"(?:(?:ro)?bots?\b|robotic|robo (?:texts?|replies|responses?|answers?|stuff)|machines?\b"
    r"|computer\b|chat ?bot|a\.?i\.? (?:stuff|thing|replies)"
    r"|(?:auto|automated|automatic|canned|generic|pre ?written|robot) ?(?:replies|reply|answers?|responses?"
    r"|responder|stuff|crap|bs|answering)"
    r"|respuestas? automaticas?|contestador|maquinas?\b|robots?\b|respuestas? de (?:robot|maquina)"
    r"|repons otomatik|wobo\b|machin\b)"
)
_AUTO_TEXTS = r"(?:auto|automated|automatic|robot|bot) ?(?:texts?|messages?|msgs?|mensajes)"
_PERSON = (
    r"(?:(?:a |an |the |some |any )?(?:(?:real|actual|live|human) )*(?:person|human|human being"
    r"|somebody|someone"
    r"|people|nurse|staff|dr \w+|doctor)|una? (?:persona|humano|ser humano)|alguien|yon (?:moun|vre moun))"
)
_WANTS = (
    r"(?:want|wanna|need|let me|give me|get me|talk|speak|text with|rather|put me|connect me|quiero"
    r"|necesito|pasenme"
    r"|comuniquenme|deme|denme|ponganme|vle|bezwen)"
)
# A machine or a computer is ours only where a person is wanted instead: people hate other machines too.
_OUR_ROBOT = _ROBOT.replace(r"|machines?\b", "").replace(r"|computer\b", "").replace(r"|maquinas?\b", "")
_MUTE = tuple(
    re2.compile(pattern)
    for pattern in (
        r"\b(?:stop|quit|no more|enough|cut|end|turn off|shut off|shut up|knock it off|kill|lose|drop"
        r"|(?:tired|sick|fed up|done|over) (?:of|with)|hate|cant stand"
        r"|(?:dont|do not) (?:want|need|send|give)(?: me)?|not (?:talking|texting|talk|text) (?:to|with))"
        r" (?:(?:it|out|off|with|w|of|sending|send|giving|getting|get|to|talk|talking|text|texting"
        r"|me|all|the"
        r"|these|those|your|ur|this|any|more|a|an|stupid|dumb|damn|annoying|same) ){0,6}" + _OUR_ROBOT,
        r"\b(?:not|instead of|no|pa) (?:a |an |the |this |another |una? |yon )?"
        + _ROBOT
        + r".{0,60}\b"
        + _WANTS
        + r"\b.{0,20}"
        + _PERSON,
        r"\b"
        + _WANTS
        + r"\b.{0,20}"
        + _PERSON
        + r".{0,30}\b(?:not|no|instead of|pa|y no|ni|over) (?:with |to |con |ak )?"
        r"(?:a |an |the |this |another |un |una |el |la |yon )?" + _ROBOT,
        r"\b(?:stop|quit|no more|enough|basta|dejen|paren|no quiero|sispann)\b.{0,30}"
        + _AUTO_TEXTS
        + r".{0,40}\b"
        + _WANTS
        + r"\b.{0,20}"
        + _PERSON,
        r"\b(?:stop|quit|enough)\b.{0,20}" + _ROBOT + r".{0,40}\b" + _WANTS + r"\b.{0,20}" + _PERSON,
        r"\b(?:no mas|no quiero|ya no quiero|dejen?|deja|paren|basta|quiten|apaguen|hart[oa]"
        r"|cansad[oa]|no me (?:manden|contesten))"
        r" (?:(?:de|con|mas|el|la|los|las|un|una|ese|esa|esos|esas|sus|estas|hablar|contestarme"
        r"|mandarme|mandar"
        r"|responderme|recibir|tanta|tantas|ya) ){0,5}" + _OUR_ROBOT,
        r"\b(?:no|ya no)(?: quiero)? (?:hablar|habl\w+|escrib\w+) con (?:una? |la |el )?" + _ROBOT,
        r"\b(?:sispann|kanpe|rete|ase|bouke|pa vle|pa bezwen|pa voye) "
        r"(?:(?:ak|voye|ban|m|mwen|pale|reponn|yon|yo|anko|resevwa|plis|okenn) ){0,5}" + _ROBOT,
    )
)
_NOT_MUTE = re2.compile(
    r"\b(?:machine|maquina|computer) (?:at|in|for|de|is broken|broke)|\b(?:cpap|mri|ekg|bp|washing"
    r"|infusion|lavadora)\b"
    r"|\b(?:is|are|am) (?:this|it|i|you) (?:\w+ )?(?:a |an )?(?:ro)?bots?\b[^.!]*\?$"
)

# --- somebody else reads this phone ---------------------------------------------------------------------

# What is asked for has us or this phone as its object: "dont send the rx to walgreens" asks for no silence.
_US = (
    r"(?: (?:anything|stuff|things|messages?|texts?|this|that|it|back|to|on|at|about|any|more|again"
    r"|anymore))*?"
    r" (?:me|us|here|anything|stuff|things|messages?|texts?|back|this (?:phone|number|line|cell)"
    r"|my (?:phone|number|cell|line)|the (?:phone|home|house) \w*)\b"
)
_DONT_TEXT = (
    r"(?:(?:dont|do not|never|cant|cannot|stop|quit|no more|cant you not|shouldnt"
    r"|careful (?:what|when|how) you|careful with what you|watch what you)"
    r" (?:be |ever |even )?"
    r"(?:(?:text|txt|messag|msg)(?:s|e|es|ing)?(?:" + _US + r"|\b)|writ(?:e|ing)(?:" + _US + r"|\b)"
    r"|(?:send|repl|answer|respond|contact|put|leav)(?:e|y|s|ing|ting|ying)?"
    + _US
    + r"|(?:reply|answer|respond)(?:[,.;!]|$))"
    r"|\bno (?:texts?|messages?|replies)\b"
    r"|\b(?:no|ya no|nunca|dejen de|deja de|cuidado con lo que) (?:me |nos )?(?:vuelvan a |sigan )?"
    r"(?:escrib(?:an|a|as|ir|irme|en)|mand(?:en|e|es|ar|arme)|envi(?:en|e|es|ar|arme)"
    r"|texte(?:en|e|es|ar|arme)|contest(?:en|e|es|ar|arme)|respond(?:an|a|as|er|erme)|pongan)\b"
    r"|\b(?:pa|sispann|p ap|atansyon sa nou) (?:voye|ekri|tekste|reponn|mete|ban m|ba m)"
    r" (?:m|mwen|mesaj|anyen|isit|sou|nan|teks|tekst)\b)"
)
_OF_MYSELF = re2.compile(
    r"\b(?:i|we|he|she|they|nobody|no ?one|friends|family|people|yo|nadie|m|mwen|li|pesonn)"
    r" (?:dont|do not|cant|cannot|never|no|pa)(?: ka)?\b"
    r"|\b(?:you|u|yall|guys|clinic|office|doctor|dr) (?:(?:all|just|even|still) )?"
    r"(?:never|(?:dont|do not|cant|cannot) (?:even|ever) (?:answer|reply|respond))\b"
    r"|\b(?:nou|ou|w) (?:pa|p ap)(?: janm)? reponn\b"
    r"|\bno (?:texts?|messages?|replies),? (?:no|or|and|from|not|in|for)\b"
)  # what somebody does not do, a complaint about us: no wish
_SOMEBODY = (
    r"(?:(?:my |the |our |mi |el |su )?(?:husband|hubby|wife|spouse|boyfriend|girlfriend|bf|gf"
    r"|partner|ex|mom|mother|mum|dad|father"
    r"|parents?|roommate|boss|son|daughter|kids?|brother|sister|family|coworkers?|stepdad|stepmom"
    r"|aunt|uncle|grandma"
    r"|marido|esposo|esposa|mujer|novio|novia|pareja|mama|papa|madre|padre|padres|hijo|hija|hijos"
    r"|hermano|hermana"
    r"|suegra|jefe|familia|companero)"
    r"|he|she|they|el|somebody|someone|everyone|everybody|others?|other people|people|ella|ellos"
    r"|alguien|todos"
    r"|li|(?:mari|madanm|mennaj|manman|papa|pitit|se|fre|patwon|fanmi) (?:m|mwen)\b|mesye a"
    r"|nonm nan|moun|lot moun|tout moun)"
)
_READS = (
    r"(?:(?:also |always |still |can |could |might |may |will |would |keeps? |sometimes |just "
    r"|siempre |me |lo |la |todo |puede "
    r"|ap |konn |toujou |ka |va a )*"
    r"(?:reads?|reading|sees?|seeing|checks?|checking|looks? (?:at|through|thru)|looking (?:at"
    r"|through|thru)|goes through|going through"
    r"|go through|goes thru|monitors?|tracks|watch(?:es|ing)?|snoops?|finds? (?:out|them|it)"
    r"|picks? up my|uses? (?:this|my|the) phone"
    r"|(?:has|have|holds?|took|takes|got) (?:it|my phone|this phone|the phone|my cell|access)"
    r"|lee|leen|leyendo|ve|ven|viendo|revisa|revisan|mira|miran|chequea|chequean|controla|espia|agarra|coge"
    r"|lo tiene|la tiene|tiene (?:mi|este|el) (?:celular|telefono)|se entera|entere"
    r"|li (?:tout|mesaj|telefon|teks|sa)|we (?:tout|mesaj|yo|sa)|wè|gade|gadee|tcheke|fouye"
    r"|kontwole|pran telefon|gen telefon|ki (?:kenbe|gen|pran))\b)"
)
_UNSAFE = (
    r"(?:(?:isnt|not|is not|aint|no es|no esta|pa) (?:safe|private|secure|seguro|privado|privada"
    r"|prive|an sekirite)"
    r"|shared (?:phone|number|line)|share (?:this|the|a|my) phone|telefono compartido"
    r"|comparto (?:este|el) (?:telefono|celular)"
    r"|being (?:watched|monitored))"
)
_READ_BY_OTHERS = r"(?:\b" + _SOMEBODY + r" " + _READS + r"|\b" + _UNSAFE + r")"
_PRIVATE = (
    re2.compile(r"\b" + _DONT_TEXT + r".{0,90}" + _READ_BY_OTHERS),
    re2.compile(_READ_BY_OTHERS + r".{0,90}\b" + _DONT_TEXT),
)
_NOT_PRIVATE = re2.compile(
    r"\b(?:only text|text only|just text|texts? (?:is|are) (?:fine|ok|safe)"
    r"|solo (?:por )?(?:textos?|mensajes?)|teks selman)\b"
)

_WISHES = (
    (Wish.PRIVATE, _PRIVATE, _NOT_PRIVATE),
    (Wish.MUTE, _MUTE, _NOT_MUTE),
    (Wish.NO_REMINDERS, _NO_REMINDERS, _NOT_NO_REMINDERS),
)
