"""The languages of short texts and of mixed ones."""

from __future__ import annotations

from pathlib import Path
from time import process_time

import pytest

from smsbot.triage.language import read_languages


def _table() -> list[tuple[str, list[tuple[str, ...]]]]:
    lines = (Path(__file__).parent / "language_table.txt").read_text(encoding="utf-8").splitlines()
    rows = (line.split("|") for line in lines if not line.startswith("#"))
    return [(body.strip(), [tuple(each.split("+")) for each in right.split()]) for body, right in rows]


@pytest.mark.parametrize(("body", "right"), _table())
def test_the_table_of_texts_is_in_its_languages(body: str, right: list[tuple[str, ...]]) -> None:
    assert read_languages(body) in right


def test_a_borrowed_word_or_a_name_is_no_second_language() -> None:
    assert read_languages("Mrs. Beauvoir says hola to everybody at the clinic") == ("en",)
    assert read_languages("la doctora me mandó el refill al Walgreens") == ("es",)


def test_a_long_text_is_read_in_bounded_work() -> None:
    started = process_time()
    read_languages("zxq wkje " * 178)
    assert process_time() - started < 0.3  # a hundredth of that on a quiet machine
