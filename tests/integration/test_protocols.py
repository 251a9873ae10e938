"""Protocols are stored by checksum, signed off, and compared on the texts of the last days."""

from __future__ import annotations

import json
import shutil
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from sqlalchemy import event, select, update
from structlog.testing import capture_logs

from smsbot import clock, protocols
from smsbot.cli import main
from smsbot.cli.compare import past_texts
from smsbot.clinic import SAMPLE
from smsbot.db import Database
from smsbot.domain import Situation
from smsbot.intake.missed_call import note_missed_call
from smsbot.intake.situation import read_situation
from smsbot.models import Event, Message, Protocol
from smsbot.triage import Engine
from smsbot.triage.rulebook import checksum_of, load_rulebook
from smsbot.web import create_app
from smsbot.wiring import Wiring, build
from tests.conftest import Clock
from tests.integration.conftest import Browser
from tests.system import NURSE
from tests.texts import inbound

BANNER = "The triage rules were changed and nobody has signed them off"
HERON = """
format = 1
[[rule]]
id = "own.heron"
urgency = "emergency"
why = "the clinic's own alarm word"
any = "blue heron"
"""
NO_HERON = 'format = 1\n[[rule]]\nid = "own.heron"\noff = true\n'


@pytest.fixture
def database() -> dict[str, str]:
    """SQLite is enough here."""
    return {}


@pytest.fixture
def rules(wiring: Wiring) -> Path:
    """The rules folder of a clinic that added a rule of its own."""
    shutil.copy(SAMPLE, wiring.settings.home / "clinic.toml")
    folder = wiring.settings.home / "rules"
    folder.mkdir()
    (folder / "en.toml").write_text(HERON, encoding="utf-8")
    return folder


@pytest.fixture
def edited(wiring: Wiring, rules: Path, engine: Engine) -> Iterator[Wiring]:
    """The same home, started with the clinic's own rules."""
    parts = build(wiring.settings, replace(engine, book=load_rulebook(rules)))
    yield parts
    parts.close()


@pytest.fixture
def smsbot(wiring: Wiring, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A runner whose environment is this home's; the weights are not loaded again for each command."""
    monkeypatch.setattr("smsbot.triage.engine.load_model", lambda: engine.model)
    for name, value in (("SMSBOT_HOME", str(wiring.settings.home)), ("PORT", str(wiring.settings.port))):
        monkeypatch.setenv(name, value)
    return CliRunner()


def run(smsbot: CliRunner, *words: str) -> Result:
    return smsbot.invoke(main, list(words), catch_exceptions=False)


def stored(wiring: Wiring) -> list[Protocol]:
    with wiring.db.reading() as session:
        return list(session.scalars(select(Protocol).order_by(Protocol.first_used_at)))


def events(wiring: Wiring, kind: str) -> list[Event]:
    with wiring.db.reading() as session:
        return list(session.scalars(select(Event).where(Event.kind == kind)))


def signed_in(wiring: Wiring, name: str) -> Browser:
    browser = Browser(create_app(wiring).test_client())
    assert browser.sign_in(f"{name}@example.com").status_code == 303
    return browser


def test_the_first_start_stores_the_protocol_and_later_ones_do_not(wiring: Wiring, engine: Engine) -> None:
    create_app(wiring)
    again = build(wiring.settings, engine)
    create_app(again)
    again.close()
    (protocol,) = stored(wiring)
    assert (protocol.checksum, protocol.is_edited, protocol.signed_at) == (engine.book.checksum, False, None)
    assert protocols.rulebook_of(protocol).checksum == engine.book.checksum


def test_processes_that_start_at_once_store_it_once(wiring: Wiring, engine: Engine) -> None:
    starts = threading.Barrier(6)
    was_new: list[bool] = []

    def start() -> None:
        db = Database(wiring.settings.database_url)
        starts.wait()
        was_new.append(protocols.store_protocol(db, engine.book))
        db.close()

    threads = [threading.Thread(target=start) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(was_new) == [False] * 5 + [True]
    assert len(stored(wiring)) == 1


def test_a_database_that_takes_no_writes_does_not_stop_the_start(wiring: Wiring) -> None:
    event.listen(wiring.db.engine, "connect", lambda raw, _: raw.execute("PRAGMA query_only=ON"))
    wiring.db.engine.dispose()
    with capture_logs() as logs:
        client = create_app(wiring).test_client()
    assert client.get("/healthz").status_code == 200
    assert "protocol_not_stored" in [line["event"] for line in logs]
    assert stored(wiring) == []


def test_edited_rules_show_a_banner_to_administrators_alone(edited: Wiring, wiring: Wiring) -> None:
    assert BANNER not in signed_in(wiring, "admin").get("/").text, "these are as shipped"
    assert BANNER in signed_in(edited, "admin").get("/").text
    assert BANNER not in signed_in(edited, "nurse").get("/").text
    assert BANNER not in Browser(create_app(edited).test_client()).get("/sign-in").text


def test_signing_removes_the_banner_until_the_rules_change_again(
    edited: Wiring, rules: Path, smsbot: CliRunner
) -> None:
    browser = signed_in(edited, "admin")
    page = browser.get("/").text
    checksum = edited.engine.book.checksum if edited.engine else ""
    assert f"smsbot protocol sign --checksum {checksum[:12]} --by NAME" in page
    done = run(smsbot, "protocol", "sign", "--checksum", checksum[:12], "--by", "Dr. Ada Example")
    assert (done.exit_code, done.stdout) == (0, f"{checksum}\n")
    assert BANNER not in browser.get("/").text
    (rules / "en.toml").write_text(HERON.replace("blue", "grey"), encoding="utf-8")
    again = build(edited.settings, Engine(load_rulebook(rules)))
    assert BANNER in signed_in(again, "admin").get("/").text
    again.close()


def test_the_banner_costs_one_query_and_a_list_that_refreshes_none(edited: Wiring) -> None:
    browser = signed_in(edited, "admin")
    asked: list[str] = []
    event.listen(edited.db.engine, "before_cursor_execute", lambda *given: asked.append(given[2]))
    browser.get("/")
    assert sum("protocols" in statement for statement in asked) == 1
    asked.clear()
    browser.get("/?poll=1")
    assert sum("protocols" in statement for statement in asked) == 0
    assert asked


def test_a_sign_off_before_the_first_use_or_after_is_audited_with_its_name_sealed(
    edited: Wiring, smsbot: CliRunner
) -> None:
    run(smsbot, "protocol", "sign", "--by", "Dr. Ada Example")
    second = run(smsbot, "protocol", "sign", "--by", "Dr. Ben Example")
    assert "Before: Dr. Ada Example" in second.stderr
    (protocol,) = stored(edited)
    assert protocol.signed_by == "Dr. Ben Example"
    noted = events(edited, "protocol_signed")
    assert [one.note for one in noted] == ["Dr. Ada Example", "Dr. Ben Example"]
    assert {json.dumps(one.details) for one in noted} == {json.dumps({"checksum": protocol.checksum})}


@pytest.mark.parametrize("name", ["", "  ", "x" * 121, "Ada\x1b[31m"])
def test_a_sign_off_needs_a_name(wiring: Wiring, smsbot: CliRunner, name: str) -> None:
    assert run(smsbot, "protocol", "sign", "--by", name).exit_code == 2
    assert stored(wiring) == []


def test_protocols_are_listed_and_shown(wiring: Wiring, edited: Wiring, smsbot: CliRunner) -> None:
    assert "No protocol is stored yet" in run(smsbot, "protocol", "list").stderr
    create_app(wiring)
    create_app(edited)
    rows = [json.loads(line) for line in run(smsbot, "protocol", "list", "--json").stdout.splitlines()]
    assert {(row["is_edited"], row["is_in_force"]) for row in rows} == {(False, False), (True, True)}
    assert set(rows[0]) == {
        "checksum", "is_edited", "is_in_force", "first_used_at", "signed_by", "signed_at",
    }  # fmt: skip
    own = next(row["checksum"] for row in rows if row["is_edited"])
    assert own[:12] in run(smsbot, "protocol", "list").stdout
    shown = run(smsbot, "protocol", "show", f"sha256:{own[:8].upper()}").stdout
    assert "override/en.toml" in shown
    assert "any = 'blue heron'" in shown
    files = dict(json.loads(run(smsbot, "protocol", "show", own, "--json").stdout))
    assert files["override/en.toml"]["rule"][0]["id"] == "own.heron"


def test_an_altered_protocol_is_not_taken_for_what_was_stored(wiring: Wiring, smsbot: CliRunner) -> None:
    create_app(wiring)
    (protocol,) = stored(wiring)
    for altered in (protocol.content.replace("chest", "chess"), "", "[]"):
        with wiring.db.writing() as session:
            session.execute(update(Protocol).values(content=altered))
        for words in (("protocol", "show"), ("triage", "--compare")):
            done = run(smsbot, *words, protocol.checksum)
            assert (done.exit_code, done.stdout) == (1, "")
            assert "altered in the database" in done.stderr


def test_a_protocol_of_another_version_is_shown_and_not_compared(wiring: Wiring, smsbot: CliRunner) -> None:
    sources = [("en.toml", {"format": 1, "rule": [{"id": "a.b", "why": "x", "flag": "hunger", "any": "x"}]})]
    values = {"checksum": checksum_of(sources), "content": json.dumps(sources), "is_edited": False}
    with wiring.db.writing() as session:
        session.add(Protocol(**values, first_used_at=clock.now()))
    assert "flag = 'hunger'" in run(smsbot, "protocol", "show", values["checksum"]).stdout
    done = run(smsbot, "triage", "--compare", values["checksum"])
    assert done.exit_code == 1
    assert "This version of smsbot cannot use" in done.stderr


def compared(smsbot: CliRunner, *words: str) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    done = run(smsbot, "triage", "--json", "--compare", *words)
    assert done.exit_code == 0, done.stderr
    *changes, last = [json.loads(line) for line in done.stdout.splitlines()]
    return changes, last["summary"]


@pytest.fixture
def texts(edited: Wiring, time: Clock) -> dict[str, str]:
    """A month of texts, by what they say: the message's id."""
    create_app(edited)
    old = inbound("blue heron, long ago")
    edited.intake.receive(old)
    time.forward(days=31)
    for body in ("thank you!!", "the blue heron is back", "chest tight since the infusion"):
        edited.intake.receive(inbound(body))
        time.forward(hours=2)
    with edited.db.reading() as session:
        query = select(Message).where(Message.direction == "in")
        return {message.body: message.id for message in session.scalars(query)}


def test_a_rule_that_is_switched_off_shows_the_emergency_it_would_lose(
    edited: Wiring, texts: dict[str, str], smsbot: CliRunner, tmp_path: Path
) -> None:
    trial = tmp_path / "en.toml"
    trial.write_text(NO_HERON, encoding="utf-8")
    changes, summary = compared(smsbot, str(trial))
    lost = texts["the blue heron is back"]
    assert [(one["id"], one["from"]) for one in changes] == [(lost, "emergency")]
    assert changes[0]["to"] != "emergency"
    assert changes[0]["intents_removed"] == ["crisis"]
    assert "text" not in changes[0]
    assert summary["emergencies_lost"] == [lost]
    assert (summary["texts"], summary["changed"], summary["raised"], summary["lowered"]) == (3, 1, 0, 1)
    assert len(compared(smsbot, str(trial), "--days", "60")[1]["emergencies_lost"]) == 2
    told = run(smsbot, "triage", "--compare", str(trial)).stdout
    assert "heron" not in told
    assert f"EMERGENCIES THAT WOULD BE LOST: 1\n  {lost}\n1 of 3 texts" in told
    assert events(edited, "texts_read") == []
    assert len(stored(edited)) == 1, "a file on trial is no protocol that was used"


def test_a_stored_protocol_is_found_by_the_beginning_of_its_checksum(
    wiring: Wiring, texts: dict[str, str], smsbot: CliRunner
) -> None:
    create_app(wiring)
    shipped = next(one.checksum for one in stored(wiring) if not one.is_edited)
    changes, summary = compared(smsbot, shipped[:8])
    assert summary["to"] == shipped
    assert [one["id"] for one in changes] == [texts["the blue heron is back"]]
    assert compared(smsbot, f"sha256:{shipped}")[1] == summary


def test_a_rule_that_is_added_shows_what_it_would_raise(
    edited: Wiring, texts: dict[str, str], smsbot: CliRunner, tmp_path: Path
) -> None:
    trial = tmp_path / "trial.toml"
    trial.write_text(HERON.replace("heron", "rule").replace("blue rule", "thank you"), encoding="utf-8")
    changes, summary = compared(smsbot, str(trial))
    assert [(one["id"], one["to"]) for one in changes] == [(texts["thank you!!"], "emergency")]
    assert (summary["raised"], summary["lowered"], summary["emergencies_lost"]) == (1, 0, [])
    done = run(smsbot, "triage", "--compare", str(trial))
    assert "No emergency would be lost.\n1 of 3 texts" in done.stdout
    assert "a file named trial.toml would not be read" in done.stderr


def test_texts_sent_in_pieces_are_read_together_as_they_were(
    edited: Wiring, smsbot: CliRunner, tmp_path: Path, time: Clock
) -> None:
    for body, minutes in (("the blue", 1), ("heron is back", 20), ("the blue", 11), ("heron once more", 0)):
        edited.intake.receive(inbound(body))
        time.forward(minutes=minutes)
    trial = tmp_path / "en.toml"
    split = HERON.replace('urgency = "emergency"', 'flag = "bleeding"')
    (edited.settings.home / "rules" / "en.toml").write_text(split, encoding="utf-8")
    trial.write_text(NO_HERON, encoding="utf-8")
    with edited.db.reading() as session:
        query = select(Message).where(Message.direction == "in").order_by(Message.created_at)
        ids = [message.id for message in session.scalars(query)]
    changes, _ = compared(smsbot, str(trial))
    assert [(one["id"], one["flags_removed"]) for one in changes] == [(ids[1], ["bleeding"])]


def test_a_situation_is_rebuilt_as_intake_saw_it(wiring: Wiring, time: Clock) -> None:
    live: dict[str, Situation] = {}
    for number, minutes in enumerate((0, 1, 8, 3, 11, *[1] * 12)):
        time.forward(minutes=minutes)
        late = timedelta(minutes=7 if number % 5 == 4 else 0)
        text = inbound(f"text {number}", received_at=time() - late)
        index = wiring.vault.blind_index("number", text.sender)
        with wiring.db.reading() as session:
            live[text.body] = read_situation(session, index, wiring.clinic, text.received_at).situation
        wiring.intake.receive(text)
        wiring.intake.receive(inbound("somebody else", "+15615550119"))
    rebuilt = {one.body: one.situation for one in past_texts(wiring, time() - timedelta(days=1))}
    assert rebuilt.pop("somebody else")
    assert list(rebuilt) == list(live), "in the order in which they were taken in"
    for body, was in live.items():
        now = rebuilt[body]
        assert (now.now, now.zone, now.earlier, now.office) == (was.now, was.zone, was.earlier, was.office)
    assert {len(one.earlier) for one in live.values()} >= {0, 1, 2, 3}


def test_texts_of_staff_and_missed_calls_are_not_compared(
    edited: Wiring, rules: Path, smsbot: CliRunner, time: Clock
) -> None:
    edited.intake.receive(inbound("a blue heron called me back", NURSE))
    note_missed_call(edited.intake, inbound(""))
    time.forward(minutes=20)
    edited.intake.receive(inbound("PATIENT the blue heron is back", NURSE))
    (rules / "en.toml").unlink()
    _, summary = compared(smsbot, edited.engine.book.checksum if edited.engine else "")
    assert (summary["texts"], summary["raised"]) == (1, 1)


def test_the_words_are_shown_on_demand_and_that_is_audited_as_a_read(
    edited: Wiring, texts: dict[str, str], smsbot: CliRunner, tmp_path: Path
) -> None:
    trial = tmp_path / "en.toml"
    trial.write_text(NO_HERON, encoding="utf-8")
    assert "'the blue heron is back'" in run(smsbot, "triage", "--compare", str(trial), "--text").stdout
    changes, _ = compared(smsbot, str(trial), "--text")
    assert changes[0]["text"] == "the blue heron is back"
    noted = events(edited, "texts_read")
    assert [one.details["message_ids"] for one in noted] == [[texts["the blue heron is back"]]] * 2
    assert "heron is" not in json.dumps([one.details for one in noted])


def test_the_rules_in_force_change_nothing_and_say_so(
    edited: Wiring, texts: dict[str, str], smsbot: CliRunner, rules: Path
) -> None:
    changes, summary = compared(smsbot, str(rules / "en.toml"))
    assert (changes, summary["changed"], summary["texts"]) == ([], 0, 3)
    assert "the same protocol" in run(smsbot, "triage", "--compare", str(rules / "en.toml")).stderr


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ("0123456789ab", "No protocol with the checksum 0123456789ab is stored. `smsbot protocol list`"),
        ("0123", "at least 8 digits of a checksum that `smsbot protocol list` shows"),
        ("no-such-file.toml", "neither a file nor a checksum: name a rule file"),
    ],
)
def test_an_unknown_protocol_names_what_to_do(
    wiring: Wiring, smsbot: CliRunner, given: str, words: str
) -> None:
    done = run(smsbot, "triage", "--compare", given)
    assert (done.exit_code, done.stdout) == (1, "")
    assert words in done.stderr


def test_a_broken_file_is_refused_with_its_reason(wiring: Wiring, smsbot: CliRunner, tmp_path: Path) -> None:
    trial = tmp_path / "en.toml"
    trial.write_text(HERON.replace("blue heron", "(blue"), encoding="utf-8")
    done = run(smsbot, "triage", "--compare", str(trial))
    assert (done.exit_code, done.stdout) == (1, "")
    assert "own.heron: a pattern cannot be read" in done.stderr


@pytest.mark.parametrize("words", [("hello", "--compare", "x"), ("hello", "--json"), ("--days", "3")])
def test_options_of_comparing_belong_to_comparing(smsbot: CliRunner, words: tuple[str, ...]) -> None:
    assert run(smsbot, "triage", *words).exit_code == 2
