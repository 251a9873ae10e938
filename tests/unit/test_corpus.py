"""The corpus keeps to the guide, covers every label in every language, and holds no copies."""

from __future__ import annotations

import json
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest

from smsbot.domain import Flag, Intent, Urgency
from training.likeness import near_duplicates, words_of

CORPUS = Path(__file__).parents[2] / "corpus"
LEAST_IN_ALL = 55  # training messages of each flag
LEAST_IN_A_LANGUAGE = 4  # of each flag in English, Spanish and Haitian Creole (mixed texts count for none)


@lru_cache(maxsize=1)
def records() -> list[dict[str, object]]:
    files = sorted(CORPUS.glob("*/*.jsonl"))
    return [
        json.loads(line) | {"part": file.parent.name}
        for file in files
        for line in file.read_text("utf-8").splitlines()
    ]


def training() -> list[dict[str, object]]:
    return [record for record in records() if record["part"] == "train"]


def names(record: dict[str, object], key: str) -> list[str]:
    value = record[key]
    assert isinstance(value, list)
    return value


def test_there_are_at_least_eight_thousand_training_messages() -> None:
    assert len(training()) >= 8000


def test_every_id_is_there_once() -> None:
    counts = Counter(record["id"] for record in records())
    assert [name for name, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("flag", list(Flag))
def test_every_flag_has_enough_messages_in_every_language(flag: Flag) -> None:
    held = Counter(record["lang"] for record in training() if flag in names(record, "flags"))
    assert sum(held.values()) >= LEAST_IN_ALL
    assert min(held[language] for language in ("en", "es", "ht")) >= LEAST_IN_A_LANGUAGE, held


@pytest.mark.parametrize("intent", list(Intent))
def test_every_intent_stands_in_every_language(intent: Intent) -> None:
    held = Counter(record["lang"] for record in training() if intent in names(record, "intents"))
    assert min(held[language] for language in ("en", "es", "ht")) >= LEAST_IN_A_LANGUAGE, held


def test_every_label_keeps_the_guides_floors() -> None:
    broken = []
    for record in records():
        urgency = Urgency(str(record["urgency"]))
        flags = [Flag(name) for name in names(record, "flags")]
        intents = [Intent(name) for name in names(record, "intents")]
        if any(flag.least_urgency.rank > urgency.rank for flag in flags):
            broken.append(record["id"])
        if (Intent.CRISIS in intents) != (urgency is Urgency.EMERGENCY) or not intents:
            broken.append(record["id"])
    assert broken == []


def test_what_must_be_read_may_be_read() -> None:
    for record in records():
        assert set(names(record, "flags")) <= set(names(record, "flags_allowed")), record["id"]
        assert set(names(record, "intents")) <= set(names(record, "intents_allowed")), record["id"]


def test_a_third_of_the_messages_are_emergencies_or_look_like_none() -> None:
    held = Counter(record["urgency"] for record in training())
    assert all(held[urgency] >= len(training()) // 10 for urgency in Urgency), held


def test_no_two_messages_are_alike_within_and_across_parts() -> None:
    ids = [record["id"] for record in records()]
    assert [(ids[one], ids[other]) for one, other in near_duplicates(records())] == []


def test_likeness_sees_a_copy_with_other_accents_and_marks() -> None:
    pair = [{"body": "Pa gen grenn ankò, m bezwen yon lòt!"}, {"body": "pa gen grenn anko m bezwen yon lot"}]
    assert near_duplicates(pair) == [(0, 1)]
    assert (
        near_duplicates([{"body": "refill my zoloft please"}, {"body": "refill my lamictal soon ok"}]) == []
    )


def test_words_are_read_without_case_and_accents() -> None:
    assert words_of("Ésta MAÑANA, no!") == {"esta", "manana", "no"}
