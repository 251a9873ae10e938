"""Tables of what patients ask for, in three languages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from smsbot.domain import Urgency
from tests.readers import triage

NOW = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)

REQUESTS = {
    "appointment.request": """
        I need to schedule an appointment
        can i get in with dr amari next week
        book me an infusion for friday please
        quiero una cita para el martes
        m bezwen yon randevou
        """,
    "appointment.reschedule": """
        can we reschedule thursday
        need to move my appointment to next week
        quiero cambiar mi cita del lunes
        m vle chanje randevou m nan pou lendi
        """,
    "appointment.cancel": """
        cancel my appt on friday
        please cancel my infusion on the 12th
        cancelen mi cita del jueves por favor
        anile randevou m jedi a
        """,
    "appointment.confirm": """
        yes
        C
        confirmed, see you thursday
        I'll be there
        sí, ahí estaré
        wi m ap la
        i'll take the 2:30
        """,
    "appointment.question": """
        when is my next appointment
        do i need a ride home after the infusion
        what should I wear to the infusion?
        ¿a qué hora es mi cita?
        kile randevou m nan ye?
        """,
    "medication.refill": """
        need a refill on my zoloft
        cvs says they never got the prescription
        necesito la receta de lexapro
        m bezwen renouvle preskripsyon m
        """,
    "medication.question": """
        can i take tylenol with lexapro?
        should i take it with food or empty stomach
        ¿puedo tomar ibuprofeno con la sertralina?
        eske m ka pran tylenol ak zoloft?
        """,
    "medication.side_effect": """
        zoloft makes me so nauseous
        headache after the infusion, gone now
        la sertralina me da mucho sueño
        seroquel la fè m dòmi twòp
        """,
    "medication.missed_dose": """
        forgot my lexapro last night
        se me olvidó la pastilla anoche
        m bliye pran grenn mwen ye swa
        """,
    "medication.ineffective": """
        wellbutrin isnt working for me
        the infusions are wearing off after 3 weeks
        la pastilla no me hace nada
        """,
    "medication.stopped": """
        i stopped taking my abilify last month
        dejé la venlafaxina por mi cuenta
        """,
    "symptom": """
        anxiety is a 4 this week
        cant sleep lately
        tengo mucha ansiedad esta semana
        """,
    "admin": """
        why was i billed twice
        need my records sent to my therapist
        what are your hours
        ¿aceptan mi seguro?
        m bezwen kopi dosye m
        """,
    "consent.stop": """
        STOP
        Unsubscribe
        stop texting me
        please dont send me any more messages
        take me off this list
        no me manden más mensajes
        pa voye mesaj ban mwen ankò
        """,
    "consent.start": """
        START
        unstop
        start texting me again
        """,
    "consent.help": """
        INFO
        who is this?
        quién es?
        """,
    "social": """
        thank you so much!
        👍
        happy birthday doc
        gracias doctora
        mèsi anpil
        """,
    "wrong_number": """
        wrong number
        número equivocado
        """,
    "unclear": """
        ?
        asdkj
        help me
        NO
        """,
}

NOT = {
    "consent.stop": """
        when do i stop taking the lexapro
        should I stop the meds before the infusion
        stop w the robot stuff, i want Denise
        cancel my appt friday
        i want to quit smoking
        ya no tomo la pastilla
        """,
    "appointment.cancel": """
        cancel the autopay please
        if someone cancels can you call me
        """,
    "social": """
        thanks but my refill never came
        """,
}

URGENCIES = [
    ("HELP", "urgent"),
    ("help me", "urgent"),
    ("please somebody help", "urgent"),
    ("CANCEL", "routine"),
    ("YES", "none"),
    ("NO", "routine"),
    ("STOP", "none"),
    ("?", "routine"),
    ("", "routine"),
    ("wrong number", "routine"),
    ("thanks!", "none"),
    ("got it thx", "none"),
    ("i'll take the 2:30", "routine"),
    ("bp today 122/78", "routine"),
    ("stop texting me, i want to die", "emergency"),
    ("call 911", "emergency"),
    ("been hard for 5 hours and it hurts, took trazodone", "emergency"),
    ("form has to be in by 5 today or they fire me", "urgent"),
    ("ativan ran out and now im shaking and sweating", "emergency"),
    ("hit my head when i fell, im on eliquis", "emergency"),
    ("fell and hit my head yesterday, im 78 years old", "emergency"),
    ("she had the baby 2 weeks ago and is hearing voices", "emergency"),
]


def rows(table: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (name, line.strip()) for name, lines in table.items() for line in lines.splitlines() if line.strip()
    ]


@pytest.mark.parametrize(("intent", "body"), rows(REQUESTS))
def test_a_request_is_read(intent: str, body: str) -> None:
    assert intent in triage(body, NOW).intents


@pytest.mark.parametrize(("intent", "body"), rows(NOT))
def test_what_sounds_like_a_request_is_not_one(intent: str, body: str) -> None:
    assert intent not in triage(body, NOW).intents


@pytest.mark.parametrize(("body", "urgency"), URGENCIES)
def test_the_guides_settled_cases(body: str, urgency: str) -> None:
    assert triage(body, NOW).urgency is Urgency(urgency)


def test_cancel_alone_is_a_stop_and_a_cancellation() -> None:
    assert triage("Cancel", NOW).intents == ("appointment.cancel", "consent.stop")


def test_several_matters_in_one_text_are_all_read() -> None:
    intents = triage(
        "need a refill on zoloft and also can we reschedule friday, and why was i billed twice", NOW
    ).intents
    assert {"medication.refill", "appointment.reschedule", "admin"} <= set(intents)


def test_unclear_stands_alone() -> None:
    assert triage("gggvb n", NOW).intents == ("unclear",)


@pytest.mark.parametrize(
    "body",
    [
        "no quiero que nadie de ahí cargue con esto",
        "no me busquen que estoy en paz",
        "thanks for everything, I have paid the rent through march and gave my roommate the tv and all",
        "yes to tuesday though honestly I keep hoping that something happens to me before we ever get there",
    ],
)
def test_a_kind_word_does_not_explain_all_that_stands_around_it(body: str) -> None:
    read = triage(body, NOW)
    assert read.urgency is not Urgency.NONE
    assert "consent.stop" not in read.intents
