"""The corpus format in; text, JSON and a page out; the command around them."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner

from smsbot.cli.evaluate import evaluate
from smsbot.domain import Urgency, Window
from smsbot.evaluation.examples import CorpusError, read_bodies, read_examples
from smsbot.evaluation.page import as_html
from smsbot.evaluation.report import Report, as_json, make_report, make_rival
from smsbot.evaluation.shares import share
from smsbot.evaluation.text import as_text
from tests.unit.evaluation.made import pair

ROW = {
    "body": "chest pain & <b>fear</b>",
    "lang": "en",
    "urgency": "emergency",
    "flags": ["chest_pain"],
    "flags_allowed": ["chest_pain", "heart"],
    "intents": ["crisis"],
    "intents_allowed": ["crisis", "symptom"],
    "medications": ["Sertraline"],
}


def made_report() -> Report:
    pairs = [
        pair(
            "emergency", "none", body="<script>alert(1)</script> it hurts", flags=("chest_pain",), id="lost"
        ),
        pair("emergency", "emergency", flags=("suicide",), read_flags=("suicide",), language="ht"),
        pair("routine", "routine", language="es", confidence=0.8),
    ]
    rivals = [make_rival("keyword list", pairs)]
    return make_report(
        "engine 1", ["made.jsonl"], pairs, {"ready_s": 0.4}, {"everyday_emergency": share(1, 1000)}, rivals
    )


def write(path: Path, *rows: object) -> Path:
    path.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    return path


def test_a_row_of_the_corpus_is_read_whole(tmp_path: Path) -> None:
    window = {"start": "2026-11-24T08:00", "end": "2026-11-24T12:00"}
    more = {"windows": [window], "excluded": [], "received_at": "2026-11-23T10:00:00-05:00", "writer": "w9"}
    context = {"context": {"earlier": ["hi"], "question": "safe_now"}}
    example = read_examples([write(tmp_path / "a.jsonl", ROW | more | context)])[0]
    assert example.urgency is Urgency.EMERGENCY and example.writer == "w9"
    assert example.medications == {"sertraline"}
    assert example.windows == {Window("2026-11-24T08:00", "2026-11-24T12:00")}
    assert example.situation.earlier[0].body == "hi" and example.situation.now == example.received_at


def test_what_a_row_does_not_say_is_not_known(tmp_path: Path) -> None:
    example = read_examples([write(tmp_path / "a.jsonl", {"body": "hi"})])[0]
    assert (example.urgency, example.flags, example.medications, example.windows) == (None, None, None, None)
    assert example.id == "a-0001"


@pytest.mark.parametrize(
    "row",
    [
        {"lang": "en"},
        {"body": 3},
        ROW | {"flags": ["nonsense"]},
        ROW | {"urgency": "soon"},
        [1],
        ROW | {"received_at": "2026-11-23T10:00:00"},
    ],  # fmt: skip
)
def test_a_bad_line_is_named(tmp_path: Path, row: object) -> None:
    with pytest.raises(CorpusError, match=r"^a\.jsonl:2: "):
        read_examples([write(tmp_path / "a.jsonl", ROW, row)])


def test_everyday_texts_may_stand_under_text_or_body(tmp_path: Path) -> None:
    assert read_bodies(write(tmp_path / "a.jsonl", {"text": "one"}, {"body": "two"})) == ["one", "two"]
    with pytest.raises(CorpusError):
        read_bodies(write(tmp_path / "b.jsonl", {"words": "one"}))


def test_the_text_says_bars_figures_and_misses() -> None:
    text = as_text(made_report())
    assert re.search(r"emergencies read as emergency +≥ 0\.97 +0\.500 \(0\.\d+–0\.\d+\) +missed", text)
    assert re.search(r"everyday texts read as emergency +≤ 0\.001 +0\.001 .* +met", text)
    assert re.search(r"memory added +≤ 250 MB +– +not measured", text)
    assert "missed emergency: lost read none, truth emergency [chest_pain]" in text
    assert "Haitian Creole" in text and "keyword list" in text


def test_the_json_is_plain_and_whole() -> None:
    found = json.loads(json.dumps(as_json(made_report())))
    assert found["figures"]["emergency_recall"] == found["figures"]["emergency_recall"] | {
        "value": 0.5,
        "hits": 1,
        "of": 2,
    }
    assert found["confusion"]["emergency"]["none"] == 1
    assert found["languages"]["ht"]["messages"] == 1
    assert found["flags"]["chest_pain"]["missed"] == 1
    assert found["misses"][0]["id"] == "lost"
    assert found["compared"][0]["name"] == "keyword list"
    assert {bar["verdict"] for bar in found["bars"]} == {"met", "missed", "not measured"}


def test_the_page_stands_alone_and_escapes_what_people_wrote() -> None:
    page = as_html(made_report())
    assert "<script" not in page and "&lt;script&gt;" in page
    assert not re.search(r"(?:src|href)\s*=|url\(|@import|https?://", page)
    assert "prefers-color-scheme: dark" in page
    assert page.count("<svg") == 7  # confusion, four measures by language, confidence, flags


def test_the_page_can_be_made_of_nothing_but_windows() -> None:
    report = make_report("engine 1", ["w.jsonl"], [pair(None, "none", windows=())], {})
    assert "nothing to count" in as_html(report) and "not measured" in as_text(report)


@pytest.fixture
def at_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("SMSBOT_HOME", str(tmp_path / "home"))
    return tmp_path


def test_the_command_measures_a_file(at_home: Path) -> None:
    file = write(
        at_home / "a.jsonl",
        ROW,
        {"body": "thanks!", "lang": "en", "urgency": "none", "flags": [], "intents": ["social"]},
    )
    page = at_home / "page.html"
    done = CliRunner().invoke(
        evaluate, [str(file), "--json", "--compare", "--html", str(page), "--everyday", str(file)]
    )
    assert done.exit_code == 0, done.output
    found = json.loads(done.stdout)
    assert found["messages"] == 2 and found["figures"]["emergency_recall"]["of"] == 1
    assert found["figures"]["everyday_emergency"]["of"] == 2
    assert found["costs"]["ready_s"] > 0 and found["costs"]["hostile_ms"] > 0
    assert len(found["compared"]) == 3
    assert page.read_text("utf-8").startswith("<!doctype html>")


def test_without_a_file_or_a_checkout_the_command_says_what_to_do(
    at_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("smsbot.__file__", str(at_home / "lib" / "smsbot" / "__init__.py"))
    done = CliRunner().invoke(evaluate, [])
    assert done.exit_code == 1
    assert done.stdout == "" and "name a FILE" in done.stderr


def test_a_broken_file_fails_in_plain_words(at_home: Path) -> None:
    done = CliRunner().invoke(evaluate, [str(write(at_home / "a.jsonl", {"lang": "en"}))])
    assert done.exit_code == 1 and "a.jsonl:1" in done.stderr
    assert CliRunner().invoke(evaluate, [str(write(at_home / "b.jsonl"))]).exit_code == 1
