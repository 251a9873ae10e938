"""How the learned part joins the rules: what it may raise, what it may take back, and by which thresholds."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from smsbot.domain import EarlierText, Flag, Intent, Situation, Urgency
from smsbot.triage import Engine, RuleError, load_engine
from smsbot.triage.join import ON_WORDS, learned_reading, thread_reading, without_the_unlikely
from smsbot.triage.learned import Learned
from smsbot.triage.reading import Label, Reading
from smsbot.triage.rulebook import load_rulebook

NOW = datetime(2026, 3, 3, 15, 0, tzinfo=UTC)
LIMITS = {
    "certain": 0.6,
    "look": 0.7,
    "intent": 0.4,
    "flag": 0.5,
    "unlikely_intent": 0.2,
    "unlikely_flag": 0.1,
}


def learned(
    emergency: float = 0.0, urgent: float = 0.0, named: dict[Intent | Flag, float] | None = None
) -> Learned:
    """What a model might say: `named` labels, all others at nought."""
    named = named or {}
    rest = 1 - emergency - urgent
    urgency = dict.fromkeys(Urgency, 0.0) | {
        Urgency.EMERGENCY: emergency,
        Urgency.URGENT: urgent,
        Urgency.ROUTINE: rest,
    }
    return Learned(
        urgency,
        {intent: named.get(intent, 0.0) for intent in Intent},
        {flag: named.get(flag, 0.0) for flag in Flag},
    )


def read(said: Learned) -> Reading:
    return learned_reading(said, LIMITS, lambda label: (0, 3))


@pytest.mark.parametrize(
    ("emergency", "urgent", "urgency"),
    [
        (0.60, 0.0, Urgency.EMERGENCY),
        (0.59, 0.0, Urgency.NONE),
        (0.59, 0.11, Urgency.URGENT),
        (0.0, 0.70, Urgency.URGENT),
        (0.0, 0.69, Urgency.NONE),
    ],
)
def test_two_thresholds_make_certain_and_a_person_should_look(
    emergency: float, urgent: float, urgency: Urgency
) -> None:
    assert read(learned(emergency, urgent)).urgency is urgency


def test_a_danger_is_named_only_beside_the_urgency_that_it_demands() -> None:
    named: dict[Intent | Flag, float] = {Flag.CHEST_PAIN: 0.9}
    assert [label.flag for label in read(learned(0.8, 0.0, named)).labels if label.flag] == [Flag.CHEST_PAIN]
    assert read(learned(0.1, 0.0, named)).labels == ()


def test_consent_is_never_read_by_the_model() -> None:
    assert read(learned(named={Intent.CONSENT_STOP: 0.99, Intent.CONSENT_START: 0.99})).labels == ()


def test_of_a_request_a_move_and_a_cancellation_the_likeliest_is_read() -> None:
    named: dict[Intent | Flag, float] = {
        Intent.APPOINTMENT_CANCEL: 0.6,
        Intent.APPOINTMENT_RESCHEDULE: 0.8,
        Intent.ADMIN: 0.5,
    }
    intents = {label.intent for label in read(learned(named=named)).labels}
    assert intents == {Intent.APPOINTMENT_RESCHEDULE, Intent.ADMIN}


def rule(flag: Flag | None = None, intent: Intent | None = None, urgency: Urgency = Urgency.URGENT) -> Label:
    return Label("a rule", 0, 1, flag, intent, urgency)


def kept(layer: str, label: Label, said: Learned) -> bool:
    return without_the_unlikely([Reading.of(layer, [label])], said, LIMITS)[0].labels == (label,)


def test_a_lesser_flag_or_request_of_a_rule_on_words_may_be_taken_back() -> None:
    assert not kept(ON_WORDS, rule(Flag.RASH), learned(named={Flag.RASH: 0.09}))
    assert kept(ON_WORDS, rule(Flag.RASH), learned(named={Flag.RASH: 0.10}))
    assert not kept(ON_WORDS, rule(intent=Intent.ADMIN), learned(named={Intent.ADMIN: 0.19}))
    assert kept(ON_WORDS, rule(intent=Intent.ADMIN), learned(named={Intent.ADMIN: 0.20}))


def test_what_a_rule_calls_an_emergency_is_never_taken_back() -> None:
    assert kept(ON_WORDS, rule(Flag.SUICIDE, urgency=Urgency.EMERGENCY), learned())
    assert kept(ON_WORDS, rule(None, None, Urgency.EMERGENCY), learned())


def test_consent_is_never_taken_back() -> None:
    assert kept(ON_WORDS, rule(intent=Intent.CONSENT_STOP), learned())


@pytest.mark.parametrize("layer", ["numbers", "situation", "frail fall", "fallback", "consent"])
def test_what_was_not_read_from_words_is_never_taken_back(layer: str) -> None:
    assert kept(layer, rule(Flag.HIGH_BP), learned())
    assert kept(layer, rule(intent=Intent.UNCLEAR), learned())


def test_a_blood_pressure_stands_against_the_model() -> None:
    class Calm:
        version = "calm"

        def read(self, body: str) -> Learned:
            return learned()

        def explain(self, body: str, label: Intent | Flag) -> tuple[int, int]:
            return (0, 0)

    engine = Engine(load_rulebook(), Calm())  # type: ignore[arg-type]
    assert Flag.HIGH_BP in engine.triage("bp 165/98 today", NOW).flags


def test_a_danger_in_a_thread_counts_when_it_was_not_there_before() -> None:
    danger, calm = learned(0.9, named={Flag.OVERDOSE: 0.8}), learned()
    found = thread_reading(calm, danger, LIMITS, "all of it")
    assert found.urgency is Urgency.EMERGENCY
    assert [(label.flag, label.start, label.end) for label in found.labels] == [(Flag.OVERDOSE, 0, 9)]
    assert thread_reading(danger, danger, LIMITS, "ok").labels == ()
    assert thread_reading(calm, calm, LIMITS, "ok").labels == ()
    assert thread_reading(calm, learned(0.9), LIMITS, "x").urgency is Urgency.EMERGENCY


@pytest.fixture(scope="module")
def engine() -> Engine:
    return load_engine()


def after(*bodies: str, minutes: float = 1) -> Situation:
    return Situation(
        now=NOW, earlier=tuple(EarlierText(body, NOW - timedelta(minutes=minutes)) for body in bodies)
    )


@pytest.mark.parametrize(
    ("body", "earlier"),
    [
        ("took the whole bottle", ("hi", "so i did something stupid")),
    ],
)
def test_a_danger_told_in_pieces_is_an_emergency(engine: Engine, body: str, earlier: tuple[str, ...]) -> None:
    assert engine.triage(body, NOW, after(*earlier)).urgency is Urgency.EMERGENCY


@pytest.mark.parametrize("body", ["thank you", "on my way", "👍", "ok see you tuesday"])
def test_harmless_words_after_a_danger_are_no_new_one(engine: Engine, body: str) -> None:
    told = after("so i did something stupid", "i took the whole bottle of pills")
    assert engine.triage(body, NOW, told).urgency is not Urgency.EMERGENCY


def limits_file(folder: Path, text: str) -> Path:
    (folder / "thresholds.toml").write_text(text, encoding="utf-8")
    return folder


def test_a_clinic_changes_one_threshold_and_keeps_the_others(tmp_path: Path) -> None:
    usual = load_rulebook()
    changed = load_rulebook(limits_file(tmp_path, "format = 1\n[thresholds]\ncertain = 0.3\n"))
    assert changed.thresholds == {**usual.thresholds, "certain": 0.3}
    assert changed.checksum != usual.checksum


@pytest.mark.parametrize(
    "text", ["certian = 0.3", "certain = 1.5", "certain = -0.1", "certain = 'high'", "certain = true"]
)
def test_a_threshold_that_makes_no_sense_is_refused_by_name(tmp_path: Path, text: str) -> None:
    with pytest.raises(RuleError, match=text.split()[0]):
        load_rulebook(limits_file(tmp_path, f"format = 1\n[thresholds]\n{text}\n"))
