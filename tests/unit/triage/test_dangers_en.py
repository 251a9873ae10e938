"""Tables of English texts: each danger, and next to it the texts that only look like it."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from smsbot.domain import Urgency
from tests.readers import triage

NOW = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)

DANGERS = {
    "suicide": """
        i want to die
        I'm going to kill myself tonight
        I can’t stop having suicidal thoughts
        im so tired of living
        honestly everyone would be better off without me
        dont want to wake up tomorrow
        I don't see the point in going on anymore
        no reason to live
        I have a plan and the pills are lined up on my dresser
        been saving up my ambien for when i need it
        what is a lethal dose of amitriptyline
        how many xanax would it take to not wake up
        wrote letters to my kids, they're in the drawer
        less suicidal than last week
        i only sometimes want to die now
        wish i was never born
        if a truck hit me i wouldnt mind
        thinking about driving off the bridge on my way home
        kms lol
        i want to die lol
        gonna unalive myself
        s u i c i d e
        suic1de is all i think about
        ѕuicidal again
        my husband says he is going to shoot himself
        my daughter texted me goodbye and she is talking about ending her life
        I won't be needing the refill where I'm going
        please tell dr amari none of this was her fault
        said my goodbyes to everyone
        the voices tell me to kill myself
        my mom would be happier without me in her life
        I tried to hang myself last night
        q9 on the form i put 2
        I can't do this anymore, I want it all to end
        i dont think i want to be alive
        Refill please. Also I keep hoping I just don't wake up. Thanks, Ruth
        just let me die
        I'd rather be dead than do another month of this
        not suicidal exactly, just wouldn't mind being dead
        bought a gun today
        ready to be with my wife in heaven
        she locked herself in the bathroom with a razor and wont answer
        what's the least painful way to go
        """,
    "self_harm": """
        i cut myself again last night
        started cutting again
        I burned my arm with a lighter on purpose to feel something
        want to hurt myself so bad
        my son has fresh cuts on his arms
        self harm urges are back
        she's been scratching herself with a razor blade on her thighs
        """,
    "harm_to_others": """
        im going to kill him when he gets home
        I want to hurt my wife
        i have a gun and im going over there
        scared i'll hurt my baby
        I hit my son so hard last night
        thinking about stabbing my boss
        voices telling me to kill my neighbor
        I shook the baby
        """,
    "overdose": """
        took all my pills
        I swallowed the whole bottle of tylenol
        i overdosed
        took my lithium twice today, feel fine
        accidentally took two klonopin this morning instead of one
        my toddler got into my adderall
        the dog ate my zoloft
        took 12 trazodone at once last night
        dad took too many of his pills and he's really drowsy
        took a percocet with my xanax
        she doesn't know how many pills she took
        drank a bottle of vodka and took my xanax
        """,
    "chest_pain": """
        chest pain
        my chest feels tight and heavy
        pressure in my chest since noon
        pain down my left arm and jaw
        having a heart attack i think
        chest pain three days ago, gone now, didnt see anyone
        it feels like an elephant is sitting on my chest
        panic attack i think but my chest hurts
        """,
    "breathing": """
        cant breathe
        I cant catch my breath
        short of breath just walking to the kitchen
        his lips are blue
        hes breathing really slow after the infusion
        she is choking on a pill
        wheezing bad and my inhaler isnt helping
        oxygen is 86
        """,
    "stroke": """
        half my face is drooping
        my speech is slurred since this morning
        my left side went numb
        worst headache of my life out of nowhere
        suddenly lost vision in one eye
        can't move my right arm
        mom's words are coming out wrong and her mouth is crooked
        """,
    "unresponsive": """
        i fainted in the shower yesterday
        passed out at work
        my husband won't wake up
        blacked out this morning
        found my mom on the floor
        he is unresponsive
        """,
    "seizure": """
        had a seizure last night
        he was shaking all over and his eyes rolled back
        convulsions twice today
        went stiff and jerked then wet herself
        """,
    "anaphylaxis": """
        my throat is closing up
        tongue is swelling
        face and lips swollen after the new pill
        hives everywhere and i cant breathe
        i can barely swallow and my lips are huge
        """,
    "hypertensive_crisis": """
        bp 190/110
        182 over 95
        blood pressure was 176/124
        BP 201 99 after the session
        one ninety over one ten on the cuff
        """,
    "serotonin_or_nms": """
        fever 103 and my muscles are rigid since the haldol
        sweating and twitching and burning up since they added tramadol
        on lithium, hands shaking bad and cant walk straight
        throwing up on lithium and so confused
        I think I have serotonin syndrome
        """,
    "severe_rash": """
        rash with blisters since the lamictal
        skin is peeling off my hands
        rash and fever, sores in my mouth
        lamictal rash and now my eyes are crusty and burning
        """,
    "confusion": """
        she doesn't know where she is
        dad doesn't recognize me and he was fine this morning
        he's suddenly confused and not making any sense
        grandma put her phone in the fridge and keeps asking for her dead husband
        """,
    "danger_from_others": """
        my husband hit me
        he says he's going to kill me if I leave
        im not safe at home
        he wont let me leave and took my keys
        my boyfriend choked me last night
        hiding in the bathroom, he has a knife
        dont call this number, he checks my phone
        """,
    "impaired_driving": """
        im driving home and seeing double from the infusion
        just left your office driving myself, still floaty
        falling asleep at the wheel on this new dose
        took 2 hydroxyzine and im on 275 swerving
        """,
    "bleeding": """
        vomiting blood
        my stool is black like tar
        nosebleed wont stop for an hour
        soaking through a pad every hour
        """,
}

LOOK_ALIKES = """
    not suicidal at all
    no si no hi
    No thoughts of hurting myself or anyone
    I'm not suicidal, just sad
    denies suicidal ideation per my therapist
    my traffic was killing me
    im dying to see the results
    killing it at work
    that meme killed me 💀
    im dead 😂
    those tacos are to die for
    my phone died
    my boss is gonna kill me lol if i miss this
    chest pain last year, none since
    no chest pain or trouble breathing
    I used to want to die before the infusions
    I tried to kill myself in 2011, doing well now
    the dark thoughts are gone since the infusion
    can wellbutrin cause seizures?
    what if I faint during the infusion
    the leaflet says it can cause chest pain
    for the family history: dad had a stroke at 60
    my uncle killed himself when I was nine, put it in my chart
    had a seizure when i was 4, never again
    never passed out, never hit my head
    watched a movie where the guy wants to die, so good
    suicide prevention walk on saturday, can I still come friday?
    118/76 today
    bp 124 over 80
    my appointment is 10/12 at 180 Main St
    took a breath of fresh air today
    I made a rash decision
    skin feels great
    stroke of luck, got the morning off
    blood test friday, do I fast?
    is hypertension bad for ketamine
    not confused about the dose any more
    confused about my bill
    Can I drive home after the infusion?
    my husband drives me after the session because i get dizzy
    driving me crazy, this portal
    it's not an emergency
    what is my emergency contact on file
    who do I call in an emergency after hours
    call me at 9:11
    I cut my hair
    cut my dose in half like you said
    burned dinner, running 10 min late
    hit my deductible
    hit the gym today
    can i have wine with my klonopin
    should i take two lithium at night or one
    what happens if i miss a lithium do i double up
    choked up at the wedding, happy tears
    laughed so hard i couldn't breathe
    bill almost gave me a heart attack
    how do i get rid of old pills
    need my narcan refill
    my kid has a fever so we cant come thursday
    heavy heart today, grandma passed in spring
    please stop calling me crazy lol
    i didn't faint this time!
    no swelling no hives no fever
    seizure meds came in at the pharmacy
    black coffee ok before infusion?
    the baby is finally sleeping and not crying
    my ex is outside my budget lol
    end it at 3pm instead of 4? my visit i mean
    i'd kill for a morning slot
    shoot me a text when ready
    hang on, looking for my card
    stabbing at a guess, is it the 14th?
    I feel like a million bucks, sleep is great
    """


def rows(table: dict[str, str]) -> list[tuple[str, str]]:
    return [
        (flag, line.strip()) for flag, lines in table.items() for line in lines.splitlines() if line.strip()
    ]


@pytest.mark.parametrize(("flag", "body"), rows(DANGERS))
def test_a_danger_is_an_emergency_with_its_flag(flag: str, body: str) -> None:
    read = triage(body, NOW)
    assert read.urgency is Urgency.EMERGENCY
    assert flag in read.flags
    assert "crisis" in read.intents


@pytest.mark.parametrize(("_", "body"), rows({"": LOOK_ALIKES}))
def test_what_only_looks_like_danger_is_no_emergency(_: str, body: str) -> None:
    read = triage(body, NOW)
    assert read.urgency is not Urgency.EMERGENCY, read.evidence
