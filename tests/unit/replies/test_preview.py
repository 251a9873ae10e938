"""Reading every text aloud before the first patient does: nothing is left out, and one can find things."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from smsbot.cli import main
from smsbot.clinic import load_clinic
from smsbot.replies import load_wording, preview
from smsbot.replies.facts import spoken_phone
from smsbot.replies.follow import FOLLOW_KEYS
from smsbot.replies.render import KEYS
from smsbot.replies.situations import SITUATIONS


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SMSBOT_HOME", str(tmp_path))


def run(*words: str) -> Result:
    return CliRunner().invoke(main, ["replies", "preview", *words])


def test_every_key_a_reply_can_have_stands_in_some_situation() -> None:
    assert {reply.key for replies in SITUATIONS.values() for reply in replies} == KEYS


def test_every_sentence_of_the_wording_can_be_read_in_it() -> None:
    """Except for other days, months and hours, and for what stands only where no time can be told."""
    clinic = load_clinic(None)
    wording = load_wording(None, clinic.languages)
    shown = "\n".join(one.text for one in preview(clinic, wording))
    for key, text in wording.texts["es"].items():
        if key.startswith(("days.", "months.", "clock.", "times.", "also.nobody", "received.office")):
            continue
        pattern = re.escape(text).replace(r"\{office_phone\}", ".+")
        assert re.search(pattern, shown), key


def test_every_situation_is_shown_in_every_language() -> None:
    clinic = load_clinic(None)
    shown = list(preview(clinic, load_wording(None, clinic.languages)))
    names = {one.situation for one in shown}
    assert names > set(SITUATIONS) and len(names) == len(SITUATIONS) + len(FOLLOW_KEYS) + 2
    for name in names:
        assert {one.language for one in shown if one.situation == name} == {"en", "es", "ht", "all"}, name


def test_texts_are_printed_as_they_are_read_each_once_with_their_moments() -> None:
    shown = run("--language", "en", "--situation", "a number not on the list, first text").stdout
    phone = spoken_phone(load_clinic(None).office_phone)
    assert shown == (
        "a number not on the list, first text\n\n"
        "  [en] open; closed (1 segment)\n"
        f"      We got your message. To talk with our office, please call {phone}. "
        "Texts are not private, and not for emergencies: for those, call 911.\n\n"
    )


def test_one_can_ask_for_some_situations_alone() -> None:
    shown = run("--situation", "Crisis", "--language", "es").stdout
    names = [line for line in shown.splitlines() if line and not line.startswith(" ")]
    assert len(names) > 20 and all("crisis" in name for name in names)
    assert "AYUDA" in shown and "[en]" not in shown


@pytest.mark.parametrize(
    ("words", "there_are"),
    [(("--language", "fr"), "ht"), (("--situation", "weather"), "office matters")],
)
def test_what_is_not_there_is_answered_with_what_there_is(words: tuple[str, ...], there_are: str) -> None:
    done = run(*words)
    assert done.exit_code == 2 and there_are in done.output
