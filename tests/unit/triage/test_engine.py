"""The engine as a whole: evidence, hostile input, overrides, determinism, the situation."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from smsbot.domain import EMERGENCY_FLAGS, EarlierText, Flag, Intent, Situation, Urgency
from smsbot.triage import RuleError, load_engine
from smsbot.triage.decide import decide
from smsbot.triage.normalise import fold, with_placeholders
from smsbot.triage.reading import Label, Reading
from smsbot.triage.rulebook import load_rulebook
from smsbot.triage.rules import find_hits
from tests.readers import rules_alone, triage

NOW = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)

FOLDED = [
    ("I can’t BREATHE!!! sooooo bad", "i cant breathe! so bad"),
    ("s u i c i d e", "suicide"),
    ("s.u.i.c.i.d.e", "suicide"),
    ("k i l l  m y s e l f", "kill myself"),
    ("ѕuicide", "suicide"),
    ("su1cide k!ll", "suicide kill"),
    ("su\u200bicide", "suicide"),
    ("ｄｉｅ", "die"),
    ("¿Me quiero morír?", " me quiero morir?"),
    ("m'ap mouri", "m ap mouri"),
    ("wanna die rn", "want to die right now"),
    ("bp 182/95", "bp 182/95"),
    ("10-20 mg", "10-20 mg"),
    ("passed-out", "passed out"),
]

HOSTILE = {
    "one letter": "a" * 1600,
    "spaced letters": "a " * 800,
    "repeated danger": "i want to die " * 115,
    "repeated denial": "not suicidal " * 123,
    "unfolding ligatures": "\ufdfa" * 1600,
    "dots": "." * 1600,
    "apostrophes": "'" * 1600,
    "digits": "1 2 3 4 5 6 7 8 9 0 " * 80,
    "readings": "180/95 " * 228,
    "emoji": "😂" * 1600,
    "half patterns": "took all of my " * 106,
    "everything at once": ("pressure chest pain took two pills wine driving dizzy fell hit head " * 30)[
        :1600
    ],
    "nested negation": "no not never no not without " * 57,
    "combining marks": "a" + "\u0301" * 1599,
    "brackets": "([{" * 533,
}


def labels_of(body: str) -> tuple[Flag, ...]:
    return triage(body, NOW).flags


@pytest.mark.parametrize(("body", "plain"), FOLDED)
def test_every_way_of_typing_is_one_spelling(body: str, plain: str) -> None:
    assert fold(body).text.strip() == plain.strip()


@pytest.mark.parametrize("body", [body for body, _ in FOLDED] + ["👍🏽 ok", "\ufdfa x", "", " \n\n "])
def test_every_folded_character_knows_its_place(body: str) -> None:
    folded = fold(body)
    assert len(folded.positions) == len(folded.text)
    assert all(0 <= place < len(body) for place in folded.positions)
    assert list(folded.positions) == sorted(folded.positions)


EVIDENCE = [
    ("Hello, I WANT TO DIE. Bye", Flag.SUICIDE, "WANT TO DIE"),
    ("ok… my CHEST   hurts", Flag.CHEST_PAIN, "CHEST   hurts"),
    ("😂😂 s u i c i d e", Flag.SUICIDE, "s u i c i d e"),
    ("Mwen vle mouri tanpri", Flag.SUICIDE, "vle mouri"),
    ("Doctora: no puedo respirár", Flag.BREATHING, "no puedo respirár"),
    ("my bp was 190/110 today", Flag.HYPERTENSIVE_CRISIS, "190/110"),
]


@pytest.mark.parametrize(("body", "flag", "words"), EVIDENCE)
def test_evidence_points_into_the_text_as_it_was_sent(body: str, flag: Flag, words: str) -> None:
    shown = [body[item.start : item.end] for item in triage(body, NOW).evidence if item.flag is flag]
    assert any(words in found for found in shown)


def test_every_flag_and_every_reason_has_evidence() -> None:
    read = triage("took my lithium twice and my chest hurts", NOW)
    assert {item.flag for item in read.evidence if item.flag} >= set(read.flags)
    assert all(item.why and 0 <= item.start <= item.end for item in read.evidence)


@pytest.mark.parametrize("name", HOSTILE)
def test_rules_take_linear_time_on_hostile_input(name: str) -> None:
    engine = load_engine()
    body = HOSTILE[name]
    best = min(_milliseconds(lambda: find_hits(engine.book, fold(body), frozenset())) for _ in range(5))
    assert best < 50


def _milliseconds(work: object) -> float:
    start = time.process_time()
    work()  # type: ignore[operator]
    return (time.process_time() - start) * 1000


def test_a_danger_behind_many_denials_is_still_found() -> None:
    assert Flag.SUICIDE in labels_of("not suicidal. " * 12 + "actually i want to kill myself")


@pytest.mark.parametrize("body", ["i want to die", "CANCEL", "mèsi", "¿cuándo es mi cita?", ""])
def test_the_same_text_gives_the_same_triage(body: str) -> None:
    first, second = load_engine(), load_engine()
    assert first.triage(body, NOW) == second.triage(body, NOW) == first.triage(body, NOW)


def test_the_engine_names_itself_with_the_protocol_checksum() -> None:
    engine = load_engine()
    digest = engine.protocol_checksum.removeprefix("sha256:")
    assert len(digest) == 64
    rules = f"engine-2 sha256:{digest[:12]}"
    assert engine.model is not None
    assert engine.triage("hi", NOW).engine == f"{rules} learned:{engine.model.version}"
    assert rules_alone().triage("hi", NOW).engine == f"{rules} rules alone"


def override(folder: Path, text: str) -> Path:
    (folder / "en.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_clinic_adds_a_rule(tmp_path: Path) -> None:
    rule = 'id = "clinic.purple"\nflag = "suicide"\nwhy = "our code word"\nany = "code purple"'
    engine = load_engine(override(tmp_path, f"format = 1\n[[rule]]\n{rule}\n"))
    assert engine.triage("code purple", NOW).urgency is Urgency.EMERGENCY
    assert triage("code purple", NOW).urgency is not Urgency.EMERGENCY
    assert engine.protocol_checksum != load_engine().protocol_checksum


def test_a_clinic_replaces_a_rule_by_its_id(tmp_path: Path) -> None:
    rule = 'id = "en.emergency.priapism"\nurgency = "emergency"\nwhy = "changed"\nany = "green banana"'
    engine = load_engine(override(tmp_path, f"format = 1\n[[rule]]\n{rule}\n"))
    assert engine.triage("green banana", NOW).urgency is Urgency.EMERGENCY
    assert engine.triage("priapism", NOW).urgency is not Urgency.EMERGENCY


def test_a_clinic_switches_a_rule_off(tmp_path: Path) -> None:
    engine = load_engine(
        override(tmp_path, 'format = 1\n[[rule]]\nid = "en.emergency.priapism"\noff = true\n')
    )
    assert engine.triage("priapism", NOW).urgency is not Urgency.EMERGENCY


BROKEN = {
    "no format": "[[rule]]\nid = 'x'",
    "not TOML": "format = 1\n[[rule",
    "no id": "format = 1\n[[rule]]\nwhy = 'x'",
    "unknown key": "format = 1\n[[rule]]\nid = 'x'\nflaq = 'suicide'\nwhy = 'y'\nany = 'z'",
    "unknown flag": "format = 1\n[[rule]]\nid = 'x'\nflag = 'nonsense'\nwhy = 'y'\nany = 'z'",
    "bad pattern": "format = 1\n[[rule]]\nid = 'x'\nflag = 'suicide'\nwhy = 'y'\nany = '('",
    "unknown group": "format = 1\n[[rule]]\nid = 'x'\nflag = 'suicide'\nwhy = 'y'\nany = '{nothing}'",
    "no pattern": "format = 1\n[[rule]]\nid = 'x'\nflag = 'suicide'\nwhy = 'y'",
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_rule_file_is_refused_with_a_reason(name: str, tmp_path: Path) -> None:
    with pytest.raises(RuleError):
        load_engine(override(tmp_path, BROKEN[name]))


def test_every_rule_says_why_and_has_an_id_of_its_file() -> None:
    for rule in load_rulebook().rules:
        assert rule.why and rule.id.split(".")[0] in ("en", "es", "ht")


def test_every_emergency_flag_has_rules_in_english_spanish_and_creole() -> None:
    covered = {(rule.flag, rule.id.split(".")[0]) for rule in load_rulebook().rules}
    missing = [
        (flag, language)
        for flag in EMERGENCY_FLAGS - {Flag.HYPERTENSIVE_CRISIS}
        for language in ("en", "es", "ht")
        if (flag, language) not in covered
    ]
    assert missing == []  # hypertensive_crisis is read from figures, in any language


def before(*bodies: str, minutes: float = 1, question: str | None = None) -> Situation:
    earlier = tuple(EarlierText(body, NOW - timedelta(minutes=minutes)) for body in bodies)
    return Situation(now=NOW, earlier=earlier, question=question)


def test_a_thought_sent_in_two_texts_is_read_as_one() -> None:
    assert triage("die", NOW, before("i just want to")).urgency is Urgency.EMERGENCY
    assert triage("die", NOW, before("i just want to", minutes=60)).urgency is not Urgency.EMERGENCY


def test_an_earlier_danger_alone_does_not_colour_the_next_text() -> None:
    assert triage("ok thanks", NOW, before("i want to die")).urgency is Urgency.NONE


@pytest.mark.parametrize("body", ["no", "NO", "nope", "not really", "idk", "i dont think so", "non", "no sé"])
def test_no_to_are_you_safe_is_an_emergency(body: str) -> None:
    assert triage(body, NOW, before(question="safe_now")).urgency is Urgency.EMERGENCY
    assert triage(body, NOW).urgency is not Urgency.EMERGENCY


@pytest.mark.parametrize("body", ["yes", "im safe", "si", "wi"])
def test_yes_to_are_you_safe_is_none(body: str) -> None:
    assert triage(body, NOW, before(question="safe_now")).urgency.rank < Urgency.EMERGENCY.rank


def test_an_evasive_answer_to_are_you_safe_is_urgent() -> None:
    assert triage("whatever", NOW, before(question="safe_now")).urgency is Urgency.URGENT


def test_crisis_stands_exactly_with_emergency() -> None:
    for body in ("i want to die", "refill please", "hives on my arm", "thanks", "call 911"):
        read = triage(body, NOW)
        assert (Intent.CRISIS in read.intents) is (read.urgency is Urgency.EMERGENCY)


@pytest.mark.parametrize(
    "body", ["да помогите мне пожалуйста", "請幫我", "مرحبا انا بحاجة", "blorp fnarg zzyx qwop"]
)
def test_what_cannot_be_read_is_never_none(body: str) -> None:
    assert triage(body, NOW).urgency is not Urgency.NONE


@pytest.mark.parametrize(
    ("body", "flag", "read"),
    [
        ("182/95", Flag.HYPERTENSIVE_CRISIS, True),
        ("182 over 95", Flag.HYPERTENSIVE_CRISIS, True),
        ("bp 182 95", Flag.HYPERTENSIVE_CRISIS, True),
        ("178/121", Flag.HYPERTENSIVE_CRISIS, True),
        ("presion 18 con 11", Flag.HYPERTENSIVE_CRISIS, True),
        ("tansyon 19/11", Flag.HYPERTENSIVE_CRISIS, True),
        ("my top number is 190", Flag.HYPERTENSIVE_CRISIS, True),
        ("one ninety four over one oh eight", Flag.HYPERTENSIVE_CRISIS, True),
        ("150/95", Flag.HIGH_BP, True),
        ("134/96", Flag.HIGH_BP, True),
        ("118/76", Flag.HIGH_BP, False),
        ("dob 4/11/1949", Flag.HIGH_BP, False),
        ("11/12 infusion", Flag.HIGH_BP, False),
        ("24/7", Flag.HIGH_BP, False),
        ("phq9: 2,1,2,1,0,1,2,0,1", Flag.SUICIDE, True),
        ("phq9: 2,1,2,1,0,1,2,0,0", Flag.SUICIDE, False),
        ("question 9 on the phq i put 2", Flag.SUICIDE, True),
        ("question 9 was 0 on the survey", Flag.SUICIDE, False),
        ("3 pills left", Flag.OUT_OF_MEDICATION, False),
        ("2 pills left", Flag.OUT_OF_MEDICATION, True),
        ("me queda una pastilla", Flag.OUT_OF_MEDICATION, True),
        ("2 sessions left", Flag.OUT_OF_MEDICATION, False),
        ("missed two doses of zoloft", Flag.DOSE_ERROR, True),
    ],
)
def test_figures_are_read_as_numbers(body: str, flag: Flag, read: bool) -> None:
    assert (flag in labels_of(body)) is read


def test_a_placeholder_keeps_the_places_of_the_original() -> None:
    body = "out of Zoloft now"
    generic = with_placeholders(fold(body), ((7, 13),), "drugx")
    assert generic.text == "out of drugx now"
    start = generic.text.index("drugx")
    assert body[slice(*generic.original_span(start, start + 5))] == "Zoloft"


def test_a_learned_layer_may_raise_and_takes_the_place_of_the_last_resort() -> None:
    unsure = Reading.of("fallback", [Label("?", 0, 1, None, Intent.UNCLEAR, Urgency.ROUTINE, 0.4)])
    learned = Reading.of("learned", [Label("learned", 0, 5, Flag.SUICIDE, None, Urgency.EMERGENCY, 0.8)])
    assert decide([unsure]).intents == (Intent.UNCLEAR,)
    raised = decide([unsure, learned])
    assert raised.urgency is Urgency.EMERGENCY
    assert raised.intents == (Intent.CRISIS,)


def test_confidence_is_low_when_nothing_was_understood_and_high_for_plain_danger() -> None:
    assert triage("gggvb n", NOW).confidence <= 0.5
    assert triage("im going to kill myself", NOW).confidence >= 0.9
