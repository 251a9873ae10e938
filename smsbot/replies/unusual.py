"""Words for when something went wrong with us: the database was away, or a text reached us late.

They stand in code, not in the wording files: they must be there when nothing else is, and a clinic's own
wording in a further language must not become incomplete by them. Spanish and Creole: FOR REVIEW BY NATIVE
SPEAKERS before a clinic goes live.
"""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from smsbot.clinic import Clinic
from smsbot.domain import Reply
from smsbot.replies.facts import spoken_phone
from smsbot.replies.segments import to_gsm
from smsbot.replies.wording import Wording

LATE = timedelta(minutes=15)  # from here on an answer says that the text came late

TROUBLE = {
    "en": "We got your message, but our system is having trouble. If it cannot wait, call {office_phone}. "
    "If this is an emergency, call 911.",
    "es": "Recibimos su mensaje, pero nuestro sistema tiene problemas. Si no puede esperar, llame al "
    "{office_phone}. Emergencias: llame al 911.",
    "ht": "Nou resevwa mesaj ou a, men sistèm nou an gen pwoblèm. Si sa pa ka tann, rele {office_phone}. "
    "Si se yon ijans, rele 911.",
}
# For a contact whose language is not known: these go out in all languages, one after the other.
SHORT_TROUBLE = {
    "en": "We got your message. Our system has trouble. Cannot wait? {office_phone}. Emergency? Call 911.",
    "es": "Recibimos su mensaje. Nuestro sistema tiene problemas. ¿Urgente? {office_phone}. "
    "¿Emergencia? Llame al 911.",
    "ht": "Nou resevwa mesaj ou a. Sistèm nou an gen pwoblèm. Sa pa ka tann? {office_phone}. "
    "Ijans? Rele 911.",
}
GOT_IT_LATE = {
    "en": "We got your message late.",
    "es": "Recibimos su mensaje con retraso.",
    "ht": "Nou resevwa mesaj ou a an reta.",
}


def trouble(languages: tuple[str, ...], clinic: Clinic) -> str:
    """What a patient gets while the database is away and the text is kept: no times, no promises.

    One language gives whole sentences; several, or one that we have no such words in, a line for each.
    """
    known = [language for language in languages or clinic.languages if language in TROUBLE]
    known = known or [language for language in clinic.languages if language in TROUBLE] or ["en"]
    table = TROUBLE if len(known) == 1 else SHORT_TROUBLE
    phone = spoken_phone(clinic.office_phone)
    return to_gsm("\n".join(table[language].format(office_phone=phone) for language in known))


def fit_age(replies: tuple[Reply, ...], age: timedelta) -> tuple[Reply, ...]:
    """The replies to a text of this age: to an old one nothing is said of what it was about."""
    if age < LATE:
        return replies
    return tuple(dict.fromkeys(_neutral(one) for one in replies))


def _neutral(reply: Reply) -> Reply:
    tells = reply.key.startswith("received.") and reply.key != "received.unknown"  # that tells of nothing
    return replace(reply, key="received.neutral") if tells else reply


def own_to_lateness(words: str, wording: Wording, age: timedelta) -> str:
    """The words, with "we got your message" made "we got your message late" when it did come late."""
    if age < LATE:
        return words
    for language, late in GOT_IT_LATE.items():
        if language in wording.texts:
            words = words.replace(wording.say(language, "received.neutral", {}), to_gsm(late))
    return words
