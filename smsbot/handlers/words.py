"""Texts that are one carrier word, texts that repeat another, and texts made plain for patterns."""

from __future__ import annotations

import unicodedata

from smsbot.replies import to_gsm

STOP_WORDS = frozenset({"stop", "stopall", "unsubscribe", "cancel", "end", "quit", "revoke", "optout"})
START_WORDS = frozenset({"start", "yes", "unstop"})
HELP_WORDS = frozenset({"help", "info"})
CARRIER_WORDS = STOP_WORDS | START_WORDS | HELP_WORDS
"""What the provider acts on and answers by itself, as a whole message in any case."""

VISIT_WORDS = frozenset({"cancel", "end", "quit"})
"""Carrier words that a patient may mean for a visit."""

_TOLL_FREE = ("+1800", "+1833", "+1844", "+1855", "+1866", "+1877", "+1888")
_APOSTROPHES = dict.fromkeys(map(ord, "'’‘ʼ`´"))


def whole_word(body: str) -> str:
    """The text as the provider compares it with its keywords. "stop!" is none of them."""
    return body.strip().casefold()


def opts_back_in(body: str, recipient: str) -> bool:
    """Whether a blocked number is open again by this text. YES does nothing on toll-free lines."""
    word = whole_word(body)
    return word in START_WORDS and not (word == "yes" and recipient.startswith(_TOLL_FREE))


def same_words(one: str, other: str | None, *, cut_short: bool = False) -> bool:
    """Whether two texts say the same; with `cut_short`, `one` may be the other's beginning and "..."."""
    if not other:
        return False
    mine, theirs = (" ".join(to_gsm(text).casefold().split()) for text in (one, other))
    if cut_short and mine.endswith("..."):
        return len(mine) > 10 and theirs.startswith(mine.removesuffix("...").rstrip())
    return bool(mine) and mine == theirs


def folded(body: str) -> str:
    """Lower case without accents and apostrophes, signs kept: "I’m 2 días" is "im 2 dias"."""
    apart = unicodedata.normalize("NFKD", body.casefold().translate(_APOSTROPHES))
    kept = (sign for sign in apart if unicodedata.category(sign) not in ("Mn", "Cf"))
    return " ".join("".join(kept).split())


def plain(body: str) -> str:
    """The words of a text alone, with one space between them, for patterns."""
    return " ".join("".join(sign if sign.isalnum() else " " for sign in folded(body)).split())


def says_nothing(body: str) -> bool:
    """Whether a text is nothing but emoji and the like. "?" and an empty text are not: they may ask."""
    return not any(sign.isalnum() for sign in body) and any(
        unicodedata.category(sign) in ("So", "Sk") for sign in body
    )
