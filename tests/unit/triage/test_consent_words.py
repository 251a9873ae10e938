"""What patients write about texting itself, in three languages: what is an opt-out, and what is not."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import pytest

from smsbot.domain import Intent, Urgency
from smsbot.triage import triage
from smsbot.triage.consent import read_consent
from smsbot.triage.normalise import fold
from smsbot.wishes import Wish, read_wish

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)

STOP = """
    STOP
    stop.
    Stopall
    UNSUBSCRIBE
    END
    quit
    CANCEL
    Revoke
    OPTOUT
    opt out
    ALTO
    parar
    sispann
    stop texting me
    Please stop texting me!!
    please don’t text me anymore
    pls dont text me no more
    quit messaging this number
    do not contact me again by text, thanks. do not text this number again
    No more texts
    no more messages, thank you
    I do not want any more messages
    I don’t wish to be texted
    turn these texts off
    unsubscribe me please
    take me off this list
    remove my number from your texts
    take my number off please
    opt me out
    can you please stop sending me texts
    how do i stop these texts
    thanks for everything, you can stop texting me now
    lose my number
    enough with the texts already
    please stop los mensajes
    no me manden más mensajes
    ya no me escriban
    Por favor, no me escriban más.
    dejen de mandarme mensajes
    dejen de escribirme
    no quiero recibir más textos
    ya no quiero sus mensajes
    basta de mensajes
    no más mensajes
    bórrenme de la lista
    quítenme de la lista de mensajes
    den de baja mi número
    no autorizo más mensajes
    cancelar mensajes
    pa voye mesaj ban mwen ankò
    pa voye m tèks ankò
    sispann voye mesaj ban mwen
    m pa vle resevwa mesaj ankò
    mwen pa vle tèks sa yo
    sispann ekri m
    pa ekri m ankò
    wete nimewo m nan lis la
    ase mesaj
    """

NO_CHANGE = """
    stop my Lexapro?
    should I stop taking the lexapro
    when do i stop the zoloft
    can I stop the meds before the infusion
    i want to quit smoking
    i want to quit my job
    quit the prozac cold turkey 3 days ago
    cancel my appt friday
    cancel the autopay please
    please cancel
    end of the month works for me
    when does the session end
    why did you stop texting me
    did you stop sending texts? i havent gotten one
    my ex wont stop texting me
    he keeps texting me and wont stop
    i cant stop texting my ex
    stop texting him its not his number
    i didnt get any texts from you
    i got no messages this week
    please don't stop texting me
    dont text me at work, after 5 is fine
    don't text me back until tomorrow, im in a meeting
    text STOP to win a cruise
    Vote YES on Amendment 4! Reply STOP to opt out
    take me off the cancellation list
    take me off the waitlist please
    take me off lexapro
    remove me from the tuesday slot
    my mom took me off her insurance
    the ringing in my ears wont stop
    make it stop
    i want it all to end
    leave me alone
    ya no tomo la pastilla
    quiero dejar la sertralina
    no me manden más pastillas de 20
    no me manden la receta a walgreens
    no me mandaron la receta
    no me llegó ningún mensaje
    no quiero que nadie cargue con esto
    ¿puedo parar el litio?
    cancelar mi cita
    quítenme de la lista de espera
    no me llamen, solo texto
    m vle sispann pran medikaman an
    èske m ka kanpe zoloft la
    m pa resevwa mesaj la
    retire m pou 4 la, m ap fè voyaj
    wete m nan lis samdi a svp
    voye mesaj la ban mwen
    tanpri reponn pa tèks sèlman
    """

START = """
    START
    unstop
    Resubscribe me
    start texting me again
    please resume my texts
    turn my texts back on
    sign me back up for the text messages
    put me back on the list
    changed my mind, you can text me again
    quiero volver a recibir los mensajes
    vuelvan a mandarme los textos
    reactiven mis mensajes
    rekòmanse voye mesaj yo ban mwen
    m vle resevwa mesaj yo ankò
    remete mesaj yo tanpri
    """

NO_REMINDERS = """
    no reminders please
    No more reminders
    stop the reminders
    please stop sending me appointment reminders
    i dont need the reminders anymore
    I no longer want reminders.
    can you turn off the reminders
    turn the reminders off
    quit texting me refill reminders pls
    stop reminding me, i have a calendar
    take me off the reminders
    no más recordatorios
    no me manden recordatorios
    ya no quiero recordatorios por texto
    dejen de mandarme recordatorios
    no necesito los recordatorios de la cita
    pa voye rapèl ban mwen ankò
    sispann voye rapèl yo
    mwen pa bezwen rapèl
    m pa vle rapèl randevou
    """

MUTE = """
    stop with the robot answers, I want a person
    stop w the robot stuff, i want Denise
    no more automated replies
    enough with the auto responses
    quit sending me automatic replies
    i dont want to talk to a bot
    i'm tired of the robot
    i want a real person not a bot
    let me talk to a human, not a machine
    stop sending automated texts, let me talk to a person
    turn off the bot
    quiero hablar con una persona, no con un robot
    no quiero respuestas automáticas
    dejen de contestarme con el robot
    ya basta de respuestas automáticas
    sispann ak repons otomatik yo, m vle pale ak yon moun
    m vle pale ak yon moun, pa ak yon machin
    m bouke ak wobo a
    """

PRIVATE = """
    Don’t write me on this phone, my husband reads everything
    dont text me here my wife checks my phone
    my boyfriend goes through my phone so please dont text me
    please dont send anything to this number, he reads my texts
    stop texting me, my mom reads my messages
    do not reply, he can see this phone
    can't text here, my ex has my phone
    this phone isnt safe, dont text back
    its a shared phone, please dont send messages
    no me escriban a este teléfono, mi marido lee todo
    no me manden mensajes, mi mamá revisa mi celular
    mi novio ve mis mensajes, no me escriban
    no me contesten por aquí, él lo tiene
    pa ekri m sou telefòn sa, mari m li tout bagay
    pa voye mesaj sou nimewo sa, manman m gade telefòn mwen
    mari m konn fouye telefòn mwen, pa ekri m
    """

NO_WISH = """
    stop texting me
    no more texts
    i didnt get a reminder for tuesday
    why did the reminders stop
    i never got any reminder
    please dont stop the reminders
    quit sending the reminder at 5am
    thanks for the reminder
    can you send me a reminder
    no me llegó el recordatorio
    m pa resevwa rapèl la
    is this a bot or a real person?
    am i talking to a robot
    can i talk to a real person
    i want a person to call me
    my cpap machine is broken, i need a person to call me
    the mri machine scares me, no more tests
    my husband will read this to me
    my husband reads to the kids every night
    text my husband, he reads faster than me
    my wife doesnt want me to take lexapro
    don't worry, my husband checks on me
    my ex pays this phone bill so please quit texting here
    no me llamen, solo texto, él revisa las llamadas
    mi esposo no quiere que tome la pastilla
    """


def lines(table: str) -> list[str]:
    return [line.strip() for line in table.splitlines() if line.strip()]


def change(body: str) -> set[Intent]:
    asked = {label.intent for label in read_consent(fold(body)).labels}
    return asked & {Intent.CONSENT_STOP, Intent.CONSENT_START}  # type: ignore[return-value]


@pytest.mark.parametrize("body", lines(STOP))
def test_an_opt_out_is_read(body: str) -> None:
    assert change(body) == {Intent.CONSENT_STOP}
    assert read_wish(body) is None


@pytest.mark.parametrize("body", lines(START))
def test_a_wish_for_texts_again_is_read(body: str) -> None:
    assert change(body) == {Intent.CONSENT_START}


@pytest.mark.parametrize("body", lines(NO_CHANGE))
def test_what_sounds_like_an_opt_out_is_none(body: str) -> None:
    assert change(body) == set()
    assert read_wish(body) is None


@pytest.mark.parametrize(
    ("wish", "body"),
    [
        (wish, body)
        for wish, table in ((Wish.NO_REMINDERS, NO_REMINDERS), (Wish.MUTE, MUTE), (Wish.PRIVATE, PRIVATE))
        for body in lines(table)
    ],
)
def test_a_wish_for_less_is_read_and_is_no_opt_out(wish: Wish, body: str) -> None:
    assert read_wish(body) is wish
    assert read_wish(fold(body).text) is wish, "triage reads the folded text, handlers the text as it came"
    assert change(body) == set()
    assert any(label.intent is Intent.ADMIN for label in read_consent(fold(body)).labels)


@pytest.mark.parametrize("body", lines(NO_WISH))
def test_what_sounds_like_a_wish_is_none(body: str) -> None:
    assert read_wish(body) is None


@pytest.mark.parametrize(
    ("body", "wish"),
    [
        ("stop the reminders and take me off this list", Wish.NO_REMINDERS),
        ("no me manden recordatorios ni nada, bórrenme de la lista", Wish.NO_REMINDERS),
        ("no more robot answers. no more texts at all", Wish.MUTE),
    ],
)
def test_a_wish_beside_an_opt_out_does_not_hide_it(body: str, wish: Wish) -> None:
    assert read_wish(body) is wish
    assert change(body) == {Intent.CONSENT_STOP}


@pytest.mark.parametrize("word", ["CANCEL", "End", "quit", " QUIT. "])
def test_a_word_that_may_have_meant_the_visit_is_both(word: str) -> None:
    read = triage(word, NOW)
    assert read.intents == (Intent.APPOINTMENT_CANCEL, Intent.CONSENT_STOP)
    assert read.urgency is Urgency.ROUTINE


@pytest.mark.parametrize("word", ["STOP", "stopall", "UNSUBSCRIBE", "REVOKE", "OptOut", "sispann"])
def test_a_plain_stop_needs_nobody(word: str) -> None:
    read = triage(word, NOW)
    assert read.intents == (Intent.CONSENT_STOP,)
    assert read.urgency is Urgency.NONE


@pytest.mark.parametrize("body", lines(PRIVATE))
def test_a_phone_that_others_read_is_urgent(body: str) -> None:
    assert triage(body, NOW).urgency.rank >= Urgency.URGENT.rank


@pytest.mark.parametrize("body", [*lines(MUTE), *lines(NO_REMINDERS)])
def test_a_wish_for_less_is_put_before_a_person(body: str) -> None:
    read = triage(body, NOW)
    assert Intent.ADMIN in read.intents
    assert read.urgency.rank >= Urgency.ROUTINE.rank


@pytest.mark.parametrize(
    "body",
    [
        "stop texting me, i want to die",
        "no more texts. i took all the pills",
        "dont text me here, he reads it. he choked me last night and has a gun",
        "no me escriban más a este número, él lo tiene. anoche me apretó el cuello",
        "sispann voye mesaj ban mwen, m vle mouri",
        "no reminders please, i wont be here, im going to kill myself tonight",
    ],
)
def test_no_wish_about_texting_hides_an_emergency(body: str) -> None:
    assert triage(body, NOW).urgency is Urgency.EMERGENCY


def test_a_very_long_text_is_read_in_time_that_grows_with_its_length() -> None:
    began = time.process_time()
    read_wish("dont my husband stop the robot " * 400)
    read_consent(fold("dont stop the no me manden pa voye " * 400))
    assert time.process_time() - began < 0.5


@pytest.mark.parametrize(
    "body",
    [
        "I don't respond well to zoloft and my wife sees it",
        "my mom reads my dosage to me, I don't answer fast",
        "dont send the rx to walgreens, my husband can check publix",
        "no respondo bien, mi esposo lo ve",
        "m pa ka ekri byen, mari m wè sa",
        "My husband sees me crying every night and you never answer me. I want to die",
        "Everyone sees me as a burden. No texts, no calls, nobody cares. I'm going to kill myself",
        "my mom checks on me but nobody else, my friends never text me. i took all my pills",
        "Todos me ven como una carga y ustedes no me mandan respuesta. Me quiero morir",
        "Tout moun ap gade m tankou moun fou, nou pa reponn mwen. Mwen vle mouri",
        "No reminder for my appointment tomorrow, is it still on?",
        "No reminders came this time",
        "I hate the machine, it gives me headaches",
        "tired of the machine",
    ],
)
def test_what_somebody_else_sees_is_no_wish_for_silence(body: str) -> None:
    """A silenced phone gets no crisis reply either: it has to be asked for."""
    assert read_wish(body) is None


@pytest.mark.parametrize("body", ["ALTO", "Parar", "STOPALL", "unstop", "REVOKE", "pare"])
def test_a_word_about_texting_alone_is_nothing_else(body: str) -> None:
    read = triage(body, NOW)
    assert read.urgency is Urgency.NONE
    assert len(read.intents) == 1
