"""A clinic's own wording: what is taken over, and every error of it at once."""

from __future__ import annotations

from pathlib import Path

import pytest

from smsbot.replies import Wording, WordingError, load_wording
from smsbot.replies.render import KEYS
from smsbot.replies.situations import too_long
from smsbot.replies.wording import SHIPPED, read_wording

ALL = ("en", "es", "ht")


def own(folder: Path, text: str, language: str = "en") -> Path:
    (folder / f"{language}.toml").write_text(text, encoding="utf-8")
    return folder


def errors_of(folder: Path, languages: tuple[str, ...] = ("en",)) -> tuple[str, ...]:
    with pytest.raises(WordingError) as caught:
        load_wording(folder, languages)
    return caught.value.errors


def test_the_shipped_wording_is_whole_in_every_language() -> None:
    wording = load_wording(None, ALL)
    keys = wording.texts["en"].keys()
    assert KEYS.issubset(keys)
    assert all(wording.texts[language].keys() == keys for language in ALL)


@pytest.mark.parametrize("languages", [("en",), ("es",), ("ht",), ("en", "es"), ALL])
def test_the_shipped_wording_keeps_to_its_segments(languages: tuple[str, ...]) -> None:
    assert too_long(load_wording(None, languages)) == []


@pytest.mark.parametrize("language", ["es", "ht"])
def test_the_shipped_translations_pass_the_checks_a_clinics_own_must_pass(
    tmp_path: Path, language: str
) -> None:
    text = (SHIPPED / f"{language}.toml").read_text(encoding="utf-8")
    assert "NATIVE SPEAKERS" in text
    assert load_wording(own(tmp_path, text, language), (language,)).texts[language]["received.neutral"]


def test_a_clinics_own_sentence_replaces_the_shipped_one_alone(tmp_path: Path) -> None:
    own(tmp_path, 'format = 1\n[received]\nneutral = "It’s here."\n')
    wording = load_wording(tmp_path, ALL)
    assert wording.texts["en"]["received.neutral"] == "It's here."
    shipped = load_wording(None, ALL)
    assert wording.texts["en"]["received.office"] == shipped.texts["en"]["received.office"]
    assert wording.texts["es"] == shipped.texts["es"]


def test_all_errors_of_a_file_are_told_at_once_with_their_lines(tmp_path: Path) -> None:
    own(
        tmp_path,
        "\n".join(
            [
                "format = 1",
                "stray = 'x'",
                "[received]",
                'neutrl = "Hi."',
                'office = "Hi {name}."',
                'whole = "Hi {time!r}."',
                'appointment = ""',
                "media = 5",
                "[times]",
                'weekday = "From {weekday}."',
                "[crisis]",
                'lifeline = "Call 911."',
                'private = "Call 911."',
            ]
        ),
    )
    errors = errors_of(tmp_path)
    for line, says in [
        (2, "Put it below its [table] line"),
        (4, "Did you mean received.neutral?"),
        (5, "unknown placeholder {name}"),
        (6, "no placeholder"),
        (7, "is empty"),
        (8, "Write it in quotes"),
        (10, "lacks {time}"),
        (12, "lacks 988"),
        (13, "keep it neutral"),
    ]:
        assert any(error.startswith(f"en.toml:{line}: ") and says in error for error in errors), (
            line,
            errors,
        )
    assert len(errors) == 9


@pytest.mark.parametrize("brackets", ["{", "}", "{{time}}", "{}", "{time:>9}", "{office_phone.x}", "{0}"])
def test_only_plain_placeholders_pass(tmp_path: Path, brackets: str) -> None:
    own(tmp_path, f'format = 1\n[times]\nuntil = "Until {{time}} {brackets}."\n')
    assert errors_of(tmp_path)[0].startswith("en.toml:3: times.until: has ")


def test_a_missing_format_and_a_broken_file_are_told(tmp_path: Path) -> None:
    assert "Write format = 1" in errors_of(own(tmp_path, '[received]\nneutral = "Hi."\n'))[0]
    assert errors_of(own(tmp_path, "format = 1\n[received\n"))[0].startswith("en.toml:2: ")


def test_a_language_without_wording_is_told(tmp_path: Path) -> None:
    assert "wording/fr.toml" in errors_of(tmp_path, ("en", "fr"))[0]


def test_a_new_language_is_added_by_a_whole_file(tmp_path: Path) -> None:
    text = (SHIPPED / "en.toml").read_text(encoding="utf-8")
    assert load_wording(own(tmp_path, text, "fr"), ("en", "fr")).texts["fr"]
    lines = [line for line in text.splitlines() if not line.startswith("lifeline")]
    errors = errors_of(own(tmp_path, "\n".join(lines), "fr"), ("en", "fr"))
    assert len(errors) == 2 and all("is missing" in error for error in errors)


@pytest.mark.parametrize(
    ("sentence", "situation"),
    [
        ('[received]\nneutral = "%s"' % ("long " * 60), "medication, a symptom"),
        ('[received]\nneutral = "%s 💙"' % ("dear " * 22), "medication, a symptom"),  # UCS-2
        ('[crisis]\nmedical = "Call 911. %s"' % ("long " * 90), "crisis: medical"),
    ],
)
def test_a_reply_over_its_segments_is_told_with_its_words(
    tmp_path: Path, sentence: str, situation: str
) -> None:
    own(tmp_path, f"format = 1\n{sentence}\n")
    errors = errors_of(tmp_path)
    assert any(situation in error and "at most" in error for error in errors), errors


def test_a_reading_with_errors_still_gives_what_could_be_read(tmp_path: Path) -> None:
    wording, errors = read_wording(own(tmp_path, "nonsense"), ("en",))
    assert errors and isinstance(wording, Wording)
    assert wording.texts["en"]["received.neutral"] == "We got your message."
