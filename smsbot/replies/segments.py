"""How many segments a text costs, and the letters that keep it in the cheap alphabet.

GSM-7 (3GPP TS 23.038): 160 characters in one segment, 153 each in several; characters of the extension
table count twice. One character outside it makes the whole text UCS-2: 70 in one, 67 each in several.
"""

from __future__ import annotations

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENSION = frozenset("\f^{}\\[~]|€")

# Typographic signs that a phone or an editor puts in by itself. Accents are no such thing: they stay.
_PLAIN = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′´`", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2009\u200a\u202f\t", " "),
        **dict.fromkeys("\u200b\u200c\u200d\u2060\ufeff\u00ad", ""),
        "…": "...",
        "•": "-",
    }
)


def to_gsm(text: str) -> str:
    """The text with typographic quotes, dashes, dots and spaces replaced. Letters keep their accents."""
    return text.translate(_PLAIN)


def is_gsm(text: str) -> bool:
    """Whether the text fits the GSM-7 alphabet and its extension."""
    return _BASIC.union(_EXTENSION).issuperset(text)


def segments(text: str) -> int:
    """The number of segments the text is sent in; 0 for an empty one."""
    if is_gsm(text):
        return _count([2 if sign in _EXTENSION else 1 for sign in text], 160, 153)
    return _count([2 if ord(sign) > 0xFFFF else 1 for sign in text], 70, 67)


def _count(widths: list[int], alone: int, joined: int) -> int:
    if sum(widths) <= alone:
        return 1 if widths else 0
    count, room = 1, joined
    for width in widths:
        if width > room:  # an escape pair or an emoji is never cut in two
            count, room = count + 1, joined
        room -= width
    return count
