"""A clinic's own wording: what is taken over, and every error of it at once."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from smsbot.cli import main
from smsbot.clinic import load_clinic
from smsbot.domain import Reply
from smsbot.replies import Wording, WordingError, load_wording, render
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
    assert len(errors) == 3 and all("is missing" in error for error in errors)


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


PORTUGUESE = {
    "We got your message": "Recebemos sua mensagem",
    "Please call": "Ligue para",
    "Emergency? Call 911.": "Perigo? Ligue 911.",
    "We aim to read it": "Queremos ler",
}


def portuguese() -> str:
    """A file in a language that nothing is shipped in; what is not translated here stands for itself."""
    text = (SHIPPED / "en.toml").read_text(encoding="utf-8")
    for english, word in PORTUGUESE.items():
        text = text.replace(english, word)
    return text


def test_a_clinic_adds_a_language_by_a_file_beside_its_profile(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    profile = (SHIPPED.parent / "defaults" / "clinic.toml").read_text(encoding="utf-8")
    profile = profile.replace('languages = ["en", "es", "ht"]', 'languages = ["en", "pt"]')
    (tmp_path / "clinic.toml").write_text(profile, encoding="utf-8")
    (tmp_path / "wording").mkdir()
    own(tmp_path / "wording", portuguese(), "pt")
    monkeypatch.setenv("CLINIC_FILE", str(tmp_path / "clinic.toml"))
    monkeypatch.setenv("SMSBOT_HOME", str(tmp_path / "home"))
    shown = CliRunner().invoke(main, ["replies", "preview", "--language", "pt"])
    assert shown.exit_code == 0 and "Recebemos sua mensagem" in shown.stdout
    both = CliRunner().invoke(main, ["replies", "preview", "--language", "all", "--situation", "STOP"]).stdout
    assert "Office" in both and "ht" not in both
    own(tmp_path / "wording", "format = 1\n[received]\nneutral = 'Recebemos.'\n", "pt")
    clinic = load_clinic(tmp_path / "clinic.toml")
    errors = errors_of(tmp_path / "wording", clinic.languages)
    keys = load_wording(None, ("en",)).texts["en"]
    assert len(errors) == len(keys) - 1
    assert all(error.startswith("pt.toml:") and "is missing. Translate: " in error for error in errors)


def test_four_languages_do_not_fit_one_text_and_the_first_three_go_out(tmp_path: Path) -> None:
    wording = load_wording(own(tmp_path, portuguese(), "pt"), (*ALL, "pt"))
    clinic = replace(load_clinic(None), languages=(*ALL, "pt"))
    now = datetime(2026, 12, 2, 15, tzinfo=UTC)
    office = clinic.office_at(now)
    said = render(wording, (Reply("received.neutral"),), (), office, clinic, now=now)
    assert said.count("\n") == 2 and "Recebemos" not in said
    assert render(wording, (Reply("received.neutral"),), ("pt",), office, clinic, now=now).startswith("Receb")


@pytest.mark.parametrize(
    ("sentence", "lacks"),
    [
        ('[crisis_short]\nlifeline = "Call 911."', "lacks 988"),
        ('[crisis_short]\noverdose = "Call 911 now."', "lacks 1-800-222-1222"),
        ('[notice]\nprivacy = "Texts are not private."', "lacks 911"),
        ('[crisis]\nunsure = "Call 988 or us."', "lacks 911"),
        ('[follow]\ntaken = "We have it."', "lacks 911"),
        ('[times]\nby_weekday = "By {weekday}."', "lacks {time}"),
        ('[ask]\ntimes = "When, {name}?"', "unknown placeholder {name}"),
    ],
)
def test_what_must_not_be_lost_is_asked_of_the_newer_sentences_too(
    tmp_path: Path, sentence: str, lacks: str
) -> None:
    assert any(lacks in error for error in errors_of(own(tmp_path, f"format = 1\n{sentence}\n")))


@pytest.mark.parametrize(
    ("sentence", "situation"),
    [
        ('[notice]\nprivacy = "Not private: 911. %s"' % ("long " * 40), "first text"),
        ('[ask]\ntimes = "%s?"' % ("when " * 40), "no time named"),
        ('[follow]\nnobody = "%s."' % ("nobody " * 60), "follow.nobody_lifeline"),
        ('[crisis_short]\nmedical = "911. %s"' % ("long " * 90), "crisis again: medical"),
    ],
)
def test_the_newer_sentences_are_measured_too(tmp_path: Path, sentence: str, situation: str) -> None:
    errors = errors_of(own(tmp_path, f"format = 1\n{sentence}\n"))
    assert any(situation in error and "at most" in error for error in errors), errors


def test_the_example_in_the_docs_is_taken_over(tmp_path: Path) -> None:
    page = (SHIPPED.parents[1] / "docs" / "wording.md").read_text(encoding="utf-8")
    example = (
        page[page.index("    format = 1") : page.index("It is checked when")].replace("\n    ", "\n").strip()
    )
    wording = load_wording(own(tmp_path, example), ("en",))
    assert wording.texts["en"]["received.neutral"] == "We have your message."
    assert wording.texts["en"]["notice.privacy"].endswith("call 911.")
