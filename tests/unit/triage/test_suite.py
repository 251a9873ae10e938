"""The frozen emergency suite: what the guide makes an emergency is read as one, however it is spelt."""

from __future__ import annotations

import json
import tomllib
from collections import Counter
from functools import lru_cache
from pathlib import Path

import pytest

from smsbot.domain import EMERGENCY_FLAGS, Flag, Urgency
from smsbot.evaluation.examples import Example, read_examples
from smsbot.triage import load_engine
from training import gate
from training.make_suite import make_rows, read_bases
from training.noise import NOISES

FLAG_MAP = Path(__file__).parents[3] / "corpus/flag_map.toml"
LEAST_BASES = 8  # texts as people write them, of each emergency flag in each language
LEAST_NOISY = 20  # rows of each kind of noise
MOST_LISTED = 138  # may only be lowered


@lru_cache(maxsize=1)
def missed() -> list[Example]:
    return gate.suite_misses(load_engine(), read_examples([gate.SUITE]))


def test_every_row_is_read_as_emergency() -> None:
    assert [(row.id, row.body) for row in gate.new_misses(missed())] == []


def test_the_list_of_misses_only_shrinks() -> None:
    listed = gate.listed_misses()
    repaired = set(listed) - {row.id for row in missed()}
    assert sorted(repaired) == [], "read rightly by now: run `python -m training.gate --shrink`"
    assert len(listed) <= MOST_LISTED
    assert len(listed) == len(set(listed))


def test_the_suite_is_what_its_maker_makes() -> None:
    kept = [json.loads(line) for line in gate.SUITE.read_text("utf-8").splitlines()]
    assert kept == make_rows(), (
        "the suite is frozen: change training/suite and run `python -m training.make_suite`"
    )


def test_every_row_has_its_own_id() -> None:
    counts = Counter(str(row["id"]) for row in make_rows())
    assert [name for name, count in counts.items() if count > 1] == []


@pytest.mark.parametrize("language", ["en", "es", "ht"])
@pytest.mark.parametrize("flag", sorted(EMERGENCY_FLAGS))
def test_every_emergency_flag_has_enough_texts_in_every_language(flag: Flag, language: str) -> None:
    written = [base for base in read_bases() if base.language == language and base.source == "natural"]
    assert sum(flag in base.flags for base in written) >= LEAST_BASES


@pytest.mark.parametrize("noise", sorted(NOISES))
def test_every_kind_of_noise_is_there_and_changes_the_text(noise: str) -> None:
    rows = [row for row in make_rows() if row["noise"] == noise]
    assert len(rows) >= LEAST_NOISY
    assert all(row["body"] != row["base"] for row in rows)


def test_the_flag_map_names_each_of_the_55_raw_ids_with_flags_of_the_guide() -> None:
    table = flag_map()
    assert len(table) == 55
    for name, entry in table.items():
        assert all(Flag(flag) for flag in entry["flags"]), name
        floor = Flag(entry["flags"][0]).least_urgency if entry["flags"] else Urgency.NONE
        assert Urgency(entry["urgency"]).rank >= floor.rank or "why" in entry, name


def test_wherever_the_map_departs_from_the_raw_list_it_says_why() -> None:
    assert [
        name
        for name, entry in flag_map().items()
        if entry["raw"] != entry["urgency"] and not entry.get("why")
    ] == []


def test_the_phrases_of_the_suite_come_from_ids_of_the_map() -> None:
    sources = {base.source.removeprefix("red:") for base in read_bases() if base.source.startswith("red:")}
    table = flag_map()
    assert sources <= set(table)
    assert {name for name, entry in table.items() if entry["urgency"] == "emergency"} <= sources


def flag_map() -> dict[str, dict[str, list[str] | str]]:
    table = tomllib.loads(FLAG_MAP.read_text("utf-8"))
    assert table.pop("format") == 1
    return table


@pytest.fixture
def small_gate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A suite of two rows, one of which no engine can read, with nothing listed and nothing recorded."""
    rows = [row for row in make_rows() if row["body"] == "i want to die"][:1]
    rows.append(rows[0] | {"id": "en-hopeless", "body": "the blue chair is in the garden"})
    suite = tmp_path / "suite.jsonl"
    suite.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    monkeypatch.setattr(gate, "SUITE", suite)
    monkeypatch.setattr(gate, "MISSES", tmp_path / "misses.txt")
    monkeypatch.setattr(gate, "LAST", tmp_path / "last.json")
    gate.write_misses([])
    return tmp_path


def unseen(folder: Path, *bodies: str) -> str:
    rows = [{"body": body, "lang": "en", "urgency": "emergency"} for body in bodies]
    path = folder / "unseen.jsonl"
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def test_the_gate_refuses_an_engine_that_misses_a_row(
    small_gate: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert gate.main([unseen(small_gate, "i want to die")]) == 1
    assert "en-hopeless is not read as emergency" in capsys.readouterr().out


def test_the_gate_lets_pass_what_is_listed_and_records_its_recall(small_gate: Path) -> None:
    gate.write_misses(read_examples([gate.SUITE])[1:])
    assert gate.main([unseen(small_gate, "i want to die", "ok see you then"), "--record"]) == 0
    recorded = next(iter(json.loads(gate.LAST.read_text("utf-8")).values()))
    assert recorded["emergency_recall"] == 0.5


def test_the_gate_refuses_a_lower_recall_and_does_not_record_it(small_gate: Path) -> None:
    gate.write_misses(read_examples([gate.SUITE])[1:])
    messages = unseen(small_gate, "ok see you then")
    better = {gate.data_checksum([Path(messages)]): {"emergency_recall": 1.0}}
    gate.LAST.write_text(json.dumps(better), encoding="utf-8")
    assert gate.main([messages, "--record"]) == 1
    assert json.loads(gate.LAST.read_text("utf-8")) == better


def test_shrinking_takes_repaired_rows_off_and_adds_none(small_gate: Path) -> None:
    readable, hopeless = read_examples([gate.SUITE])
    gate.write_misses([readable])
    gate.shrink([hopeless])
    assert gate.listed_misses() == []
    gate.write_misses([readable, hopeless])
    gate.shrink([hopeless])
    assert gate.listed_misses() == ["en-hopeless"]
