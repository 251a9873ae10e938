"""Tables of texts that a person should see today, in three languages, and texts that can wait."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from smsbot.domain import Urgency
from tests.readers import triage

NOW = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)

PRESSING = {
    "psychosis": """
        i keep hearing voices in the vents
        people are following me everywhere I go
        the tv is sending me messages
        oigo voces en la noche
        m tande vwa k ap pale avè m
        """,
    "mania": """
        havent slept in 3 days and feel amazing, so many ideas
        my thoughts are racing and i bought two cars
        llevo tres días sin dormir y con la mente a mil
        """,
    "worsening_mood": """
        I feel hopeless, cant get out of bed
        crying every day for two weeks
        this is the worst its been in years
        no salgo de la cama hace una semana
        m dekouraje nèt, m pa ka leve nan kabann
        """,
    "pregnancy": """
        I think I'm pregnant
        positive pregnancy test this morning, keep taking lamictal?
        estoy embarazada
        m ansent
        """,
    "high_bp": """
        150/95
        blood pressure is high today
        bp 142 over 88
        la presión la tengo alta
        tansyon m 15/9
        """,
    "heart": """
        my heart is racing since the adderall
        palpitations all day
        tengo palpitaciones
        kè m ap bat vit
        """,
    "rash": """
        I have a rash on my arms
        hives on my legs, breathing fine
        me salieron ronchas en los brazos
        m gen gratèl sou tout kò m
        """,
    "dissociation": """
        infusion was two days ago and I still feel unreal
        still floating, session was yesterday
        """,
    "urinary": """
        it burns when i pee
        blood in my urine
        me arde al orinar
        m wè san nan pipi m
        """,
    "vomiting": """
        can't keep anything down since yesterday
        no retengo nada desde ayer
        m pa ka kenbe anyen nan vant mwen
        """,
    "withdrawal": """
        brain zaps since I stopped effexor
        quit paxil cold turkey
        """,
    "out_of_medication": """
        out of my lexapro
        took my last klonopin this morning
        2 pills left
        one day left of lithium
        se me acabó la sertralina
        me quedan dos pastillas
        grenn mwen fini
        """,
    "dose_error": """
        took my zoloft twice today
        missed my lexapro three days in a row
        took the wrong pill this morning
        se me olvidó la sertralina tres días
        """,
    "interaction": """
        had 3 beers with my klonopin last night
        smoked weed and took my trazodone, feel fine
        anoche me tomé dos cervezas con el clonazepam
        """,
    "relapse": """
        I relapsed last night
        drinking again every night
        cravings so bad today
        volví a beber otra vez
        """,
    "fall": """
        i fell down the stairs yesterday, knee hurts
        slipped in the shower and hit my head, small bump
        me caí en el baño
        m tonbe nan douch la
        """,
    "prior_ketamine_reaction": """
        i had a terrible reaction to ketamine in the ER years ago
        allergic to ketamine i think
        """,
    "same_day": """
        running 15 minutes late
        im in the parking lot
        cant make it today
        can we move todays 3pm to tomorrow
        ate breakfast at 8, infusion at noon, still ok?
        my ride cancelled for todays infusion
        voy tarde, hay mucho tráfico
        hoy no puedo ir
        m an reta, m ap rive nan 20 minit
        m pap ka vini jodi a
        """,
}

CAN_WAIT = """
    cancel my appointment on the 22nd
    refill zoloft please, 2 weeks left
    missed one dose last night
    can i drink wine with lexapro
    118/76
    a bit of dry mouth on the zoloft
    no rash, no hives
    not pregnant, test was negative
    mood 6/10, sleep 7 hrs
    what time is my appointment thursday
    10 pills left, no rush
    when do i stop taking the melatonin
    need a letter for school
    is the copay 40
    me quedan 10 pastillas
    quiero una cita para la semana que viene
    m bezwen yon randevou semèn pwochèn
    ¿cuánto cuesta la infusión?
    fell asleep early last night, feeling rested
    hopeless romantic here, booking for after valentines
    what if i get hives from lamictal
    tracking my mood with an app now
    """


def rows(table: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (flag, line.strip()) for flag, lines in table.items() for line in lines.splitlines() if line.strip()
    ]


@pytest.mark.parametrize(("flag", "body"), rows(PRESSING))
def test_a_pressing_matter_is_urgent_with_its_flag(flag: str, body: str) -> None:
    read = triage(body, NOW)
    assert read.urgency is Urgency.URGENT
    assert flag in read.flags


@pytest.mark.parametrize(("_", "body"), rows({"": CAN_WAIT}))
def test_what_can_wait_has_no_flag(_: str, body: str) -> None:
    read = triage(body, NOW)
    assert read.flags == ()
    assert read.urgency.rank <= Urgency.ROUTINE.rank
