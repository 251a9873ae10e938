"""The `smsbot` command as a stranger would use it."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from smsbot.cli import main
from smsbot.wiring import Wiring
from tests.system import ROOT, clean_environ
from tests.texts import inbound


@pytest.fixture
def database() -> dict[str, str]:
    """SQLite is enough here."""
    return {}


@pytest.fixture
def smsbot(wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> Iterator[CliRunner]:
    """A runner whose environment is this home's."""
    for name, value in (("SMSBOT_HOME", str(wiring.settings.home)), ("PORT", str(wiring.settings.port))):
        monkeypatch.setenv(name, value)
    yield CliRunner()


def run(smsbot: CliRunner, *words: str, input: str | bytes | None = None) -> Result:
    return smsbot.invoke(main, list(words), input=input)


def test_triage_reads_one_text(smsbot: CliRunner) -> None:
    done = run(smsbot, "triage", "chest tight since the infusion")
    answer = json.loads(done.stdout)
    assert done.exit_code == 0
    assert answer["urgency"] == "emergency"
    assert answer["flags"] == ["chest_pain"]
    assert list(answer) == [
        "id", "urgency", "intents", "flags", "language", "languages", "confidence", "medications", "windows",
        "excluded", "evidence", "engine",
    ]  # fmt: skip
    evidence = answer["evidence"][0]
    assert set(evidence) == {"flag", "start", "end", "why"}
    assert 0 <= answer["confidence"] <= 1


def test_triage_reads_lines_in_order_and_names_bad_ones(smsbot: CliRunner) -> None:
    lines = [
        json.dumps({"id": "a", "body": "thank you!!"}),
        "not json",
        "",
        json.dumps({"id": "c"}),
        json.dumps({"id": "d", "body": "hola", "received_at": "yesterday"}),
        json.dumps(["a list"]),
        json.dumps({"id": 7, "body": "Tues afternoon please", "received_at": "2026-11-23T10:00:00-05:00"}),
    ]
    done = run(smsbot, "triage", input="\n".join(lines))
    answers = [json.loads(line) for line in done.stdout.splitlines()]
    assert done.exit_code == 1
    assert [answer["id"] for answer in answers] == ["a", None, "c", "d", None, 7]
    assert ["error" in answer for answer in answers] == [False, True, True, True, True, False]
    assert answers[-1]["windows"] == [{"start": "2026-11-24T12:00", "end": "2026-11-24T17:00"}]


def test_triage_takes_broken_bytes_as_a_bad_line(smsbot: CliRunner) -> None:
    done = run(smsbot, "triage", input=b'{"id": 1, "body": "\xff"}\n{"id": 2, "body": "ok"}\n')
    assert [json.loads(line)["id"] for line in done.stdout.splitlines()] == [None, 2]
    assert done.exit_code == 1


def test_triage_reads_earlier_texts_as_one(smsbot: CliRunner) -> None:
    line = {
        "id": 1,
        "body": "took the whole bottle",
        "context": {"earlier": ["hi", "so i did something stupid"]},
    }
    answer = json.loads(run(smsbot, "triage", input=json.dumps(line)).stdout)
    assert answer["urgency"] == "emergency"


def test_what_is_open_is_printed_for_scripts_and_for_people(smsbot: CliRunner, wiring: Wiring) -> None:
    text = inbound("chest tight since the infusion")
    wiring.intake.receive(text)
    case = json.loads(run(smsbot, "cases", "--json").stdout)
    assert set(case) == {
        "id", "code", "state", "urgency", "intents", "flags", "team", "owner_id", "message_sids",
        "opened_at", "look_by",
    }  # fmt: skip
    assert case["message_sids"] == [text.provider_sid]
    alert = json.loads(run(smsbot, "alerts", "--json").stdout)
    assert set(alert) == {"id", "case_id", "state", "step", "next_at"}
    assert alert["case_id"] == case["id"]
    rows = [json.loads(line) for line in run(smsbot, "dispatches", "--json").stdout.splitlines()]
    assert {row["purpose"] for row in rows} == {"alert", "reply"}
    assert set(rows[0]) == {
        "id", "case_id", "purpose", "route", "state", "attempts", "due_at", "provider_id", "error",
    }  # fmt: skip
    assert case["code"] in run(smsbot, "cases").stdout


def test_an_empty_list_says_so_and_prints_no_rows(smsbot: CliRunner) -> None:
    done = run(smsbot, "cases")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "No case is open" in done.stderr


def test_staff_are_added_listed_disabled_and_get_links(smsbot: CliRunner) -> None:
    words = ("--name", "Rosa Example", "--phone", "(561) 555-0160", "--role", "nurse", "--on-call")
    added = run(smsbot, "staff", "add", "rosa@example.com", *words)
    assert added.exit_code == 0
    assert "/welcome/" in added.stdout
    again = run(smsbot, "staff", "add", "ROSA@example.com", *words)
    assert again.exit_code == 1
    assert "on the list already" in again.stderr
    rows = [json.loads(line) for line in run(smsbot, "staff", "list", "--json").stdout.splitlines()]
    rosa = next(row for row in rows if row["email"] == "rosa@example.com")
    assert (rosa["phone"], rosa["role"], rosa["on_call"]) == ("+15615550160", "nurse", True)
    assert run(smsbot, "staff", "reset", "rosa@example.com").stdout != added.stdout
    assert run(smsbot, "staff", "disable", "rosa@example.com").exit_code == 0
    assert run(smsbot, "staff", "disable", "nobody@example.com").exit_code == 1


@pytest.mark.parametrize(
    "words",
    [
        ("staff", "add", "x@example.com"),
        ("staff", "add", "x@example.com", "--name", "X", "--phone", "hello", "--role", "nurse"),
        ("staff", "add", "x@example.com", "--name", "X", "--phone", "+15615550160", "--role", "king"),
        ("nonsense",),
        ("cases", "--nonsense"),
    ],
)
def test_wrong_use_exits_with_2_and_says_why(smsbot: CliRunner, words: tuple[str, ...]) -> None:
    done = run(smsbot, *words)
    assert done.exit_code == 2
    assert done.stdout == ""
    assert done.stderr


def test_every_command_has_help(smsbot: CliRunner) -> None:
    for command in [[], *[[name] for name in main.commands]]:
        done = run(smsbot, *command, "--help")
        assert done.exit_code == 0
        assert "Usage:" in done.stdout


def test_replies_are_previewed(smsbot: CliRunner) -> None:
    shown = run(smsbot, "replies", "preview", "--language", "es").stdout
    assert "911" in shown
    assert "[en]" not in shown


def test_wrong_settings_are_told_without_a_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "smsbot", "cases"],
        env=clean_environ(SMSBOT_HOME=str(tmp_path), PORT="x", BIND="y", PYTHONPATH=str(ROOT)),
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert "PORT" in done.stderr
    assert "BIND" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_unprepared_home_is_told_to_migrate(tmp_path: Path) -> None:
    environ = clean_environ(SMSBOT_HOME=str(tmp_path / "new"), PYTHONPATH=str(ROOT))
    command = [sys.executable, "-m", "smsbot"]
    first = subprocess.run([*command, "cases"], env=environ, capture_output=True, text=True, timeout=60)
    assert first.returncode == 1
    assert "smsbot migrate" in first.stderr
    assert subprocess.run([*command, "migrate"], env=environ, timeout=60, capture_output=True).returncode == 0
    assert subprocess.run([*command, "cases"], env=environ, timeout=60, capture_output=True).returncode == 0
