"""What a text costs, at the edges where one more character costs a segment."""

from __future__ import annotations

import pytest

from smsbot.replies.segments import is_gsm, segments, to_gsm


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("", 0),
        ("a" * 160, 1),
        ("a" * 161, 2),
        ("a" * 306, 2),
        ("a" * 307, 3),
        ("é" * 160, 1),
        ("á" * 70, 1),
        ("á" * 71, 2),
        ("á" * 134, 2),
        ("á" * 135, 3),
        ("a" * 69 + "á", 1),
        ("€" * 80, 1),  # the extension table counts twice
        ("€" * 81, 2),
        ("a" * 152 + "€" + "a" * 152, 3),  # 306 septets, but the pair is not cut: 152, then 153 and one
        ("😀" * 35, 1),
        ("😀" * 36, 2),
        ("á" * 66 + "😀" + "á" * 66, 3),
    ],
)
def test_segments_are_counted_as_the_carriers_count_them(text: str, count: int) -> None:
    assert segments(text) == count


@pytest.mark.parametrize(
    ("typed", "sent"),
    [
        ("can’t “wait” – now…", 'can\'t "wait" - now...'),
        ("9 AM\u200b", "9 AM"),
        ("mañana, ¿sí? Él llegó", "mañana, ¿sí? Él llegó"),
        ("kreyòl, mèsi", "kreyòl, mèsi"),
    ],
)
def test_typographic_signs_are_replaced_and_accents_stay(typed: str, sent: str) -> None:
    assert to_gsm(typed) == sent


@pytest.mark.parametrize(
    ("text", "fits"), [("ñ¿¡èéùìòàüÑ", True), ("sábado", False), ("[~]", True), ("👍", False)]
)
def test_the_cheap_alphabet_is_known(text: str, fits: bool) -> None:
    assert is_gsm(text) is fits
