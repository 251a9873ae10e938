"""Tables of Spanish, Haitian Creole and mixed texts: each danger, and the texts that only look like it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from smsbot.domain import Urgency
from tests.readers import triage

NOW = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)

SPANISH = {
    "suicide": """
        me quiero morir
        Ya no quiero vivir
        voy a quitarme la vida esta noche
        he pensado en matarme
        tengo pensamientos suicidas
        estarían mejor sin mí
        ojalá no despertara mañana
        cuántas pastillas hacen falta para no despertar
        tengo las pastillas en la mano
        estoy cansada de vivir
        no le veo sentido a la vida
        mi hijo dice que se va a matar
        xq no puedo morirme y ya, quiero morir
        escribí una carta de despedida para mis hijos
        soy una carga para mi familia
        """,
    "self_harm": """
        me corté los brazos otra vez
        me hago daño con una navaja para sentir algo
        ganas de cortarme otra vez
        """,
    "harm_to_others": """
        lo voy a matar
        quiero hacerle daño a mi esposa
        tengo miedo de hacerle daño a mi bebé
        """,
    "overdose": """
        me tomé todas las pastillas
        me tragué el frasco entero
        me tomé el litio dos veces hoy
        mi bebé se comió una pastilla mía
        """,
    "chest_pain": """
        me duele el pecho
        tengo una presión en el pecho
        dolor de pecho desde anoche
        siento el pecho apretado y el brazo izquierdo dormido
        """,
    "breathing": """
        no puedo respirar
        me falta el aire
        tiene los labios morados
        me estoy ahogando
        """,
    "stroke": """
        se me durmió un lado de la cara
        no puedo mover el brazo
        el peor dolor de cabeza de mi vida
        mi papá habla enredado y tiene la boca torcida
        """,
    "unresponsive": """
        me desmayé en la ducha
        mi mamá no despierta
        perdí el conocimiento ayer
        """,
    "seizure": """
        tuve una convulsión anoche
        se puso tieso y viró los ojos
        """,
    "anaphylaxis": """
        se me cierra la garganta
        se me hinchó la lengua
        tengo la cara hinchada después de la pastilla
        """,
    "hypertensive_crisis": """
        la presión me salió 190/115
        presion 18 con 12
        tengo la presión en 185 sobre 100
        """,
    "serotonin_or_nms": """
        tiene fiebre, está rígido y sudando
        tomo litio y me tiemblan mucho las manos
        """,
    "severe_rash": """
        sarpullido con ampollas y fiebre
        se me pela la piel y tengo llagas en la boca
        """,
    "confusion": """
        mi mamá no sabe donde está
        amaneció desorientado y no reconoce a nadie
        """,
    "danger_from_others": """
        mi esposo me pegó
        no estoy segura en mi casa
        me va a matar, tiene un cuchillo
        no me deja salir
        """,
    "impaired_driving": """
        voy manejando y estoy mareado por la infusión
        """,
    "bleeding": """
        vomité sangre
        llevo una hora sangrando y no para
        """,
}

CREOLE = {
    "suicide": """
        mwen vle mouri
        m anvi touye tèt mwen
        m pa vle viv ankò
        m ap panse touye tèt mwen
        m pral touye tèt mwen aswè a
        yo t ap pi byen san mwen
        lavi pa gen sans
        m swete m te mouri
        m bouke ak lavi a
        m'ap touye tèt mwen
        """,
    "self_harm": """
        m koupe tèt mwen ankò
        m pase jilèt sou bra mwen
        """,
    "harm_to_others": """
        m pral touye l
        m vle fè l mal
        """,
    "overdose": """
        m pran tout grenn yo
        m vale tout boutèy la
        """,
    "chest_pain": """
        doulè nan pwatrin
        pwatrin mwen fè m mal
        lestomak mwen sere depi maten
        """,
    "breathing": """
        m pa ka respire
        souf mwen kout
        m ap toufe
        """,
    "stroke": """
        figi m kwochi
        m pa ka leve bra m
        """,
    "unresponsive": """
        m te endispoze yè
        papa m pa reveye
        """,
    "seizure": """
        li fè kriz malkadi
        """,
    "anaphylaxis": """
        lang mwen anfle
        gòj mwen ap fèmen
        """,
    "hypertensive_crisis": """
        tansyon m 190/120
        tansyon 20/12
        """,
    "serotonin_or_nms": """
        li gen lafyèv, kò l rèd, l ap swe
        """,
    "severe_rash": """
        gratèl ak glòb sou po m, m gen lafyèv
        """,
    "confusion": """
        li pa konnen ki kote li ye
        """,
    "danger_from_others": """
        mari m bat mwen
        m pa an sekirite lakay mwen
        li pa kite m soti, li pran telefòn mwen
        """,
    "bleeding": """
        m vomi san
        poupou m nwa tankou goudwon
        """,
}

MIXED = {
    "suicide": """
        doctor ya no quiero vivir, I'm serious
        I feel like m vle mouri
        """,
    "chest_pain": """
        me duele el chest, hurts since last night
        my lestomak sere, I'm scared
        """,
    "breathing": """
        I woke up and no puedo respirar
        help m pa ka respire
        """,
}

LOOK_ALIKES = """
    no quiero morir, solo estoy triste
    no tengo pensamientos suicidas
    me muero de hambre
    me muero de la risa con ese video
    mi jefe me va a matar si falto
    dolor de pecho no tengo
    sin dolor de pecho ni falta de aire
    en el 2015 intenté quitarme la vida, hoy estoy bien
    el tráfico me mata
    la presión 12 con 8
    118/75 la presión hoy
    mi abuelo murió de un infarto, es para el formulario
    ¿el wellbutrin puede causar convulsiones?
    por fin puedo respirar tranquila
    mi esposo maneja después de la infusión
    no me desmayé
    casi me desmayo de la emoción jaja
    me corté el pelo
    cita para una prueba de sangre
    no es una emergencia
    quiero cancelar mi cita del viernes
    vi una película donde el tipo se quiere morir
    sin fiebre y sin ronchas
    m pa vle mouri, m tris sèlman
    m pa gen doulè nan pwatrin
    m ap mouri ri
    m ap mouri grangou
    tansyon m 120/80
    m pa gen lide touye tèt mwen
    m bezwen yon randevou lendi
    eske medikaman an ka bay kriz malkadi?
    mwen santi m pi byen
    respire byen, pa gen pwoblèm
    mèsi anpil doktè
    """


def rows(*tables: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (flag, line.strip())
        for table in tables
        for flag, lines in table.items()
        for line in lines.splitlines()
        if line.strip()
    ]


@pytest.mark.parametrize(("flag", "body"), rows(SPANISH, CREOLE, MIXED))
def test_a_danger_is_an_emergency_in_every_language(flag: str, body: str) -> None:
    read = triage(body, NOW)
    assert read.urgency is Urgency.EMERGENCY
    assert flag in read.flags


@pytest.mark.parametrize(("_", "body"), rows({"": LOOK_ALIKES}))
def test_what_only_looks_like_danger_is_no_emergency(_: str, body: str) -> None:
    read = triage(body, NOW)
    assert read.urgency is not Urgency.EMERGENCY, read.evidence
