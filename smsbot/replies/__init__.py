"""Every word a patient can receive, in every language. Pure: files are read once, at start."""

from __future__ import annotations

from pathlib import Path

from smsbot.replies.follow import follow_key, follow_up
from smsbot.replies.kinds import BODY, crisis_kind
from smsbot.replies.language import language_shown, languages_for, reply_languages
from smsbot.replies.reading import preview
from smsbot.replies.render import render
from smsbot.replies.segments import segments, to_gsm
from smsbot.replies.sentences import may_carry_notice
from smsbot.replies.situations import too_long
from smsbot.replies.wording import Wording, WordingError, read_wording

__all__ = [
    "BODY",
    "Wording",
    "WordingError",
    "crisis_kind",
    "follow_key",
    "follow_up",
    "language_shown",
    "languages_for",
    "load_wording",
    "may_carry_notice",
    "preview",
    "render",
    "reply_languages",
    "segments",
    "to_gsm",
]


def load_wording(override_dir: Path | None, languages: tuple[str, ...]) -> Wording:
    """The wording of these languages, files in `override_dir` (`en.toml` ...) going over the shipped ones.

    Raises WordingError with every error at once: keys, placeholders, numbers left out, and, when those are
    right, lengths. The shipped files' lengths hold by test: measuring them takes 0.3 s of every start.
    """
    wording, errors = read_wording(override_dir, languages)
    has_own = override_dir and any((override_dir / f"{language}.toml").exists() for language in languages)
    if has_own and not errors:
        errors = too_long(wording)
    if errors:
        raise WordingError(errors)
    return wording
