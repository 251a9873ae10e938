"""A rulebook can be written down and read back, and a file can be tried before it is put in place."""

from __future__ import annotations

import hashlib
import json
import tomllib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from smsbot.cli.protocol import as_toml
from smsbot.domain import Flag, Urgency
from smsbot.triage import Engine, RuleError
from smsbot.triage.rulebook import (
    RULES_DIR,
    load_rulebook,
    rule_file_names,
    rulebook_from_content,
    sources_of,
)

NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
OWN = """
format = 1
[[rule]]
id = "own.zebra"
flag = "psychosis"
why = "talks of zebras"
any = '''
zebras? in the (?:kitchen|hall)
# the patients' own word
the stripes
'''
"""


def write(folder: Path, name: str, text: str) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return folder / name


def test_the_checksum_is_that_of_what_the_files_say_in_their_order() -> None:
    paths = sorted(RULES_DIR.glob("*.toml"), key=lambda path: (path.stem != "shared", path.name))
    said = [(path.name, tomllib.loads(path.read_text(encoding="utf-8"))) for path in paths]
    assert load_rulebook().checksum == hashlib.sha256(repr(said).encode()).hexdigest()


def test_a_rulebook_that_is_read_back_is_the_same_and_reads_the_same(tmp_path: Path) -> None:
    write(tmp_path, "en.toml", OWN)
    book = load_rulebook(tmp_path)
    again = rulebook_from_content(book.content)
    assert (again.checksum, again.content, again.is_edited) == (book.checksum, book.content, True)
    body = "there are zebras in the kitchen"
    assert Engine(again).triage(body, NOW) == Engine(book).triage(body, NOW)
    assert Flag.PSYCHOSIS in Engine(again).triage(body, NOW).flags


@pytest.mark.parametrize(
    "value", ["2026-11-23", "2026-11-23T10:00:00Z", "2026-11-23T10:00:00.5-05:00", "10:00:00", "0.1", "1e300"]
)
def test_values_that_json_does_not_know_come_back_too(tmp_path: Path, value: str) -> None:
    write(tmp_path, "en.toml", f"format = 1\n[review]\nlast = {value}\nby = 'Zoë \U0001f993'\n")
    book = load_rulebook(tmp_path)
    assert rulebook_from_content(book.content).checksum == book.checksum


def test_only_a_file_of_the_clinic_makes_a_rulebook_edited(tmp_path: Path) -> None:
    assert not load_rulebook().is_edited
    assert not load_rulebook(tmp_path).is_edited
    write(tmp_path, "en.toml", "format = 1\n")
    assert load_rulebook(tmp_path).is_edited


def test_a_file_on_trial_gives_the_rulebook_that_it_will_give_in_place(tmp_path: Path) -> None:
    folder = write(tmp_path / "rules", "en.toml", "format = 1\n[thresholds]\n").parent
    write(folder, "thresholds.toml", "format = 1\n[thresholds]\ncertain = 0.5\n")
    trial = load_rulebook(folder, extra=write(tmp_path / "draft", "en.toml", OWN))
    assert trial.checksum != load_rulebook(folder).checksum
    write(folder, "en.toml", OWN)
    assert load_rulebook(folder).checksum == trial.checksum
    assert trial.thresholds["certain"] == 0.5


def test_a_file_on_trial_of_any_other_name_comes_last(tmp_path: Path) -> None:
    folder = write(tmp_path / "rules", "en.toml", OWN).parent
    off = write(tmp_path, "trial.toml", "format = 1\n[[rule]]\nid = 'own.zebra'\noff = true\n")
    book = load_rulebook(folder, extra=off)
    assert "own.zebra" in {rule.id for rule in load_rulebook(folder).rules}
    assert "own.zebra" not in {rule.id for rule in book.rules}
    assert book.is_edited
    assert "trial.toml" not in rule_file_names()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("format = ", "not readable as TOML"),
        ("[[rule]]\nid = 'a'", "must begin with `format = 1`"),
        ("format = 1\n[[rule]]\nid = 'a.b'\nwhy = 'x'\nflag = 'fall'\nany = '(oops'", "a.b.*cannot be read"),
        ("format = 1\n[[rule]]\nid = 'a.b'\nwhy = 'x'\nflag = 'fall'\nany = '{nobody}'", "a.b.*nobody"),
        ("format = 1\n[[rule]]\nid = 'a.b'\nwhy = 'x'\nflag = 'hunger'\nany = 'x'", "a.b.*hunger"),
        ("format = 1\n[[rule]]\nid = 'a.b'\nwhy = 'x'\nflag = 'fall'\nany = 5", "a.b: any must be a text"),
        ("format = 1\n[[rule]]\nid = 'a.b'\nwhy = 'x'\nflag = 'fall'\nnear = 'x'", "near must be a list"),
        ("format = 1\n[[rule]]\nid = 'a.b'\noff = 'yes'", "off must be true or false"),
        ("format = 1\n[[rule]]\nid = 'a.b'\noff = true\nwithin = 'x'", "within must be a number"),
        ("format = 1\n[rule]\nid = 'a.b'", r"\[\[rule\]\]"),
        ("format = 1\nwords = 3", r"\[words\] must be a table"),
        ("format = 1\n[words]\nme = ['a', 'b']", "word group me"),
    ],
)
def test_a_broken_file_is_refused_with_its_reason(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(RuleError, match=reason):
        load_rulebook(extra=write(tmp_path, "trial.toml", text))


@pytest.mark.parametrize(
    "content", ["", "{", "5", "[[1, {}]]", '[["en.toml", []]]', '{"a": 1}', "[[1, 2, 3]]"]
)
def test_content_that_is_no_rulebook_is_refused(content: str) -> None:
    with pytest.raises(RuleError, match="cannot be read"):
        rulebook_from_content(content)


def test_content_of_another_format_is_refused() -> None:
    with pytest.raises(RuleError, match="format = 1"):
        rulebook_from_content(json.dumps([["en.toml", {"format": 2}]]))


def test_shown_files_read_back_as_what_they_said(tmp_path: Path) -> None:
    odd = """
format = 1
note = "tab\\t, quote ' and \\" and \\u001b[31m \\u202e \\u00a0 \\\\d"
at = 2026-11-23T10:00:00Z
["odd table"]
"odd key" = { a = [1, 2.5, true, "x'"], b = "'''" }
"""
    write(tmp_path, "es.toml", odd)
    for name, table in sources_of(load_rulebook(tmp_path).content):
        shown = as_toml(table)
        assert tomllib.loads(shown) == table, name
        assert "\x1b" not in shown
        assert "\u202e" not in shown


def test_the_example_of_the_protocol_page_is_a_file_that_works(tmp_path: Path) -> None:
    page = (Path(__file__).parents[3] / "docs" / "protocol.md").read_text(encoding="utf-8")
    example = page.split("```toml\n")[1].split("```")[0]
    book = load_rulebook(extra=write(tmp_path, "en.toml", example))
    read = Engine(book).triage("the herons are back", NOW)
    assert read.urgency is Urgency.EMERGENCY
