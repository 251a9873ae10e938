"""What the README and the docs say is true: commands run, flags and files exist, links lead somewhere."""

from __future__ import annotations

import ast
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree

import click
import pytest

from smsbot.cli import main
from smsbot.config import SETTINGS
from smsbot.web import create_app
from smsbot.wiring import Wiring
from tests.system import ROOT, clean_environ

PAGES = [ROOT / name for name in ("README.md", "CHANGELOG.md", *sorted(map(str, ROOT.glob("docs/**/*.md"))))]
CODE = sorted((ROOT / "smsbot").rglob("*.py"))
OPERATIONS = (ROOT / "docs" / "operations.md").read_text(encoding="utf-8")
# Checked without being run: they start servers, ask one that runs, or change this folder.
NOT_RUN = re.compile(r"make |curl |\. \.(venv|/\.env)|cp \.env|chmod |smsbot (run|sweep)\b")
# First words of commands; another one needs a check of its own here.
KNOWN = {"make", "smsbot", "curl", "cp", "chmod", "mkdir", "echo", "python", "."}


def fences(page: Path, language: str) -> Iterator[str]:
    """The code blocks of one language, without their indentation."""
    pattern = rf"^( *)```{language}\n(.*?)^ *```"
    for indent, block in re.findall(pattern, page.read_text(encoding="utf-8"), re.M | re.S):
        yield re.sub(rf"^{indent}", "", block, flags=re.M)


def commands() -> list[str]:
    """Every command line that the pages show, in order, comments taken off."""
    blocks = [block for page in PAGES for block in fences(page, "sh")]
    lines = [line.partition("  #")[0].strip() for block in blocks for line in block.splitlines()]
    return [line for line in lines if line]


def smsbot_commands() -> list[list[str]]:
    """The words after `smsbot` wherever the pages show that command, in blocks and in running text."""
    shown = [part for line in commands() for part in line.split("|") if part.strip().startswith("smsbot ")]
    for page in PAGES:
        shown += re.findall(r"`(smsbot [a-z][^`]*)`", page.read_text(encoding="utf-8"))
    return [shlex.split(line.replace("[", " ").replace("]", " "))[1:] for line in shown]


@pytest.mark.parametrize("line", commands())
def test_every_command_shown_is_one_that_is_checked_here(line: str) -> None:
    assert line.split()[0] in KNOWN


def test_make_targets_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.M))
    text = "\n".join([*commands(), *(page.read_text(encoding="utf-8") for page in PAGES)])
    shown = set(re.findall(r"(?:^|`(?:PORT=\d+ )?)make ([a-z-]+)", text, re.M))
    assert {"run", "test"} <= shown
    assert shown <= targets


@pytest.mark.parametrize("words", smsbot_commands(), ids=" ".join)
def test_smsbot_commands_and_flags_stand_in_their_help(words: list[str]) -> None:
    command: click.Command = main
    context = click.Context(main, info_name="smsbot")
    for word in words:
        if not isinstance(command, click.Group):
            break
        # `cases|alerts` names several
        for name in word.split("|"):
            assert name in command.commands, f"smsbot has no command {name}"
        command = command.commands[word.split("|")[0]]
        context = click.Context(command, parent=context, info_name=word)
    text = command.get_help(context)
    assert [word for word in words if word.startswith("--") and word not in text] == []


@pytest.mark.thorough
def test_the_cheap_commands_run_in_their_order_in_a_fresh_home(tmp_path: Path) -> None:
    blank = dict.fromkeys(SETTINGS, "")  # so that no `.env` of this folder counts
    environ = clean_environ(**{**blank, "SMSBOT_HOME": str(tmp_path / "home")})
    environ["PATH"] = f"{Path(sys.executable).parent}:{environ['PATH']}"
    run = [line.replace("smsbot/defaults", f"{ROOT}/smsbot/defaults") for line in commands()]
    run = [line for line in run if not NOT_RUN.match(line)]
    assert len(run) > 10
    for line in run:
        done = subprocess.run(
            ["/bin/sh", "-c", line], cwd=tmp_path, env=environ, capture_output=True, text=True, timeout=60
        )
        assert done.returncode == 0, f"{line}\n{done.stderr}"
    assert (tmp_path / "smsbot-backup.db").stat().st_size > 0
    assert (tmp_path / "keys-backup.json").stat().st_mode & 0o077 == 0


def test_addresses_shown_exist(wiring: Wiring) -> None:
    routes = {rule.rule for rule in create_app(wiring).url_map.iter_rules()}
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    shown = set(re.findall(r"(?:localhost:8080|sms\.example\.com)(/[a-z/]*)", text))
    assert {"/readyz", "/simulator", "/twilio/sms", "/twilio/sms/fallback"} <= shown
    assert shown <= routes


def test_the_webhook_addresses_ask_for_retries() -> None:
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "/twilio/sms#rc=3&rp=all" in text
    assert "/twilio/sms/fallback#rc=3&rp=all" in text


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_files_named_exist(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:smsbot|tests|docs|requirements)/[\w./-]*)`", text))
    named |= set(re.findall(r"`([\w-]+\.py)`", text))
    for block in fences(page, "text"):
        named |= {line.split()[0] for line in block.splitlines() if line}
        named |= set(re.findall(r"\b(?:smsbot|tests)/[\w./]+", block))
    assert [name for name in sorted(named) if not (ROOT / name).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_links_and_pictures_lead_to_files(page: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text(encoding="utf-8"))
    local = [link for link in links if not link.startswith("http")]
    assert [link for link in local if not (page.parent / link).exists()] == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_no_page_names_a_folder_of_one_machine(page: Path) -> None:
    assert not re.search(r"/(home|root|tmp|Users|work)/", page.read_text(encoding="utf-8"))


def test_settings_named_exist() -> None:
    text = "\n".join(page.read_text(encoding="utf-8") for page in PAGES)
    named = set(
        re.findall(r"`((?:SMSBOT|TWILIO|DATABASE|REDIS|METRICS|HEARTBEAT|CLINIC|PUBLIC)_[A-Z_]+)`", text)
    )
    assert {"PUBLIC_URL", "TWILIO_AUTH_TOKEN_SECONDARY"} <= named
    assert named <= set(SETTINGS)


def test_the_picture_of_the_flow_is_drawn_for_light_and_dark() -> None:
    picture = ROOT / "docs" / "flow.svg"
    assert ElementTree.parse(picture).getroot().tag == "{http://www.w3.org/2000/svg}svg"  # noqa: S314 (ours)
    assert "prefers-color-scheme: dark" in picture.read_text(encoding="utf-8")


def test_decisions_are_numbered_without_a_gap_and_say_what_they_cost() -> None:
    decisions = sorted((ROOT / "docs" / "decisions").glob("*.md"))
    assert [page.name[:4] for page in decisions] == [
        f"{number:04}" for number in range(1, len(decisions) + 1)
    ]
    for page in decisions:
        text = page.read_text(encoding="utf-8")
        assert re.findall(r"^\*\*(\w+)\.\*\*", text, re.M) == ["Context", "Choice", "Cost"], page.name
        assert text.startswith(f"# {page.name[:4]} ")


def calls(of: str, method: str | None = None) -> Iterator[ast.Call]:
    """Every call of a name, or of a method of that name, in the product's code."""
    for path in CODE:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call):
                continue
            called = ast.unparse(node.func)
            if called == of or (method is None and called.startswith(f"{of}.")):
                yield node


def names_in(node: ast.expr) -> set[str]:
    """The names that an argument can be: itself, or either side of a choice."""
    if isinstance(node, ast.IfExp):
        return names_in(node.body) | names_in(node.orelse)
    return {node.value} if isinstance(node, ast.Constant) and isinstance(node.value, str) else set()


def listed() -> set[str]:
    """What the operations page names in code marks."""
    return set(re.findall(r"`([a-z_]+)`", OPERATIONS))


def test_every_log_event_is_listed() -> None:
    events = set().union(*(names_in(call.args[0]) for call in calls("log") if call.args))
    assert {"text_taken_in", "dispatch_put_off", "part_died"} <= events
    assert events - listed() == set()


def test_no_event_is_listed_that_the_code_does_not_know() -> None:
    table = OPERATIONS.partition("| event | when |")[2].partition("The audit log")[0]
    shown = {
        name
        for line in table.splitlines()
        for name in re.findall(r"`([a-z_]+)`", line.split("|")[1] if "|" in line else "")
    }
    events = set().union(*(names_in(call.args[0]) for call in calls("log") if call.args))
    assert shown - events == set()


def test_every_kind_of_audit_event_is_listed() -> None:
    kinds = set().union(*(names_in(call.args[1]) for call in calls("audit.record", "") if len(call.args) > 1))
    made = [word.value for call in calls("Event", "") for word in call.keywords if word.arg == "kind"]
    kinds |= set().union(*map(names_in, made))
    assert {"case_taken", "not_delivered"} <= kinds
    assert kinds - listed() == set()


def test_every_metric_is_listed() -> None:
    metrics: set[str] = set()
    for kind in ("Counter", "Gauge", "Histogram", "Summary"):
        metrics |= set().union(*(names_in(call.args[0]) for call in calls(kind, "") if call.args))
    assert "smsbot_refused_webhooks_total" in metrics
    assert metrics - listed() == set()
