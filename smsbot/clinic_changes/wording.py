"""Sentences changed on a screen: exactly what is asked of a clinic's own wording file is asked of them."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from smsbot.clinic import ChangeError, read_toml
from smsbot.replies import Wording, to_gsm
from smsbot.replies.sentences import CRISIS_KINDS
from smsbot.replies.situations import too_long
from smsbot.replies.wording import MODEL, SHIPPED, flat, problems

CRISIS = ("crisis.", "crisis_short.", "follow.", "team.")
_CRISIS_SHORT = {
    f"short.{kind}" for kind in (*CRISIS_KINDS, "alerted", "nobody", "taken", "not_reached", "emergency")
}
LONGEST = 600

Sentences = Mapping[tuple[str, str], str]
"""Sentences by language and key."""


def is_crisis(key: str) -> bool:
    """Whether this sentence is part of what somebody in danger is told: the medical director's words."""
    return key.startswith(CRISIS) or key in _CRISIS_SHORT or key in ("also.emergency", "notice.privacy")


def wording_name(language: str, key: str) -> str:
    """The name under which a change of this sentence is kept."""
    return f"wording.{language}.{key}"


def shipped(language: str) -> dict[str, str]:
    """The package's own sentences of a language; none for one that a clinic has added."""
    path = SHIPPED / f"{language}.toml"
    return flat(read_toml(path), []) if path.exists() else {}


def overlaid(wording: Wording, sentences: Sentences) -> Wording:
    """The wording with these sentences instead of its own. What cannot be used is left out."""
    if not sentences:
        return wording
    model = shipped(MODEL)
    texts = {language: dict(own) for language, own in wording.texts.items()}
    for (language, key), text in sentences.items():
        if language in texts and not list(problems(key, text, model)):
            texts[language][key] = text
    return Wording(MappingProxyType({name: MappingProxyType(own) for name, own in texts.items()}))


def check_sentence(wording: Wording, sentences: Sentences, language: str, key: str, text: str | None) -> None:
    """Whether this sentence may be said (None: the file's again). Raises ChangeError with every reason.

    `wording` as the files have it, `sentences` what screens have changed besides: lengths are of whole texts,
    so that a sentence which fits alone may not fit with its neighbours.
    """
    if language not in wording.texts:
        raise ChangeError("There is no wording in that language.")
    model = shipped(MODEL)
    if key not in model:
        raise ChangeError("There is no such sentence.")
    others = {place: said for place, said in sentences.items() if place != (language, key)}
    if text is not None:
        if len(text) > LONGEST:
            raise ChangeError(f"The sentence is longer than {LONGEST} characters. Shorten it.")
        if wrong := [f"The sentence {problem}" for problem in problems(key, text, model)]:
            raise ChangeError(*wrong)
        others[language, key] = text
    errors = too_long(overlaid(wording, others))
    if errors:
        raise ChangeError(*(_in_words(error) for error in errors[:4]))


def tidy(text: str) -> str:
    """The sentence as it is kept: one line, typographic signs replaced by cheap ones."""
    return to_gsm(" ".join(text.split()))


def _in_words(error: str) -> str:
    """The line without the names of files: nobody at a screen has them."""
    return error.partition(": ")[2] or error
