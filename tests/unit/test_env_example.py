"""`.env.example` says what the settings are, and changes nothing when it is copied as it is."""

from __future__ import annotations

import shutil
from pathlib import Path

from dotenv import dotenv_values

from smsbot.config import SETTINGS, load_settings
from tests.system import ROOT

EXAMPLE = ROOT / ".env.example"


def blocks() -> dict[str, list[str]]:
    """The comment lines that stand directly above each setting."""
    above: list[str] = []
    found = {}
    for line in EXAMPLE.read_text(encoding="utf-8").splitlines():
        if line.startswith("#"):
            above.append(line.removeprefix("#").strip())
        else:
            if "=" in line:
                found[line.partition("=")[0]] = above
            above = []
    return found


def test_the_example_names_every_setting_in_the_order_of_the_code() -> None:
    assert list(blocks()) == list(SETTINGS)


def test_each_setting_is_explained_in_the_words_of_the_code() -> None:
    assert {name: comment[:1] for name, comment in blocks().items()} == {
        name: [meaning] for name, meaning in SETTINGS.items()
    }


def test_no_setting_has_a_value() -> None:
    assert set(dotenv_values(EXAMPLE).values()) == {""}


def test_a_copy_of_it_changes_nothing(tmp_path: Path) -> None:
    without = load_settings({}, root=tmp_path)
    shutil.copy(EXAMPLE, tmp_path / ".env")
    assert load_settings({}, root=tmp_path) == without
