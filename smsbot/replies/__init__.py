"""Every word a patient can receive, in every language. Pure: files are read once, at start."""

from __future__ import annotations

from pathlib import Path

from smsbot.replies.language import language_shown, reply_languages
from smsbot.replies.render import render
from smsbot.replies.segments import segments, to_gsm
from smsbot.replies.situations import preview, too_long
from smsbot.replies.wording import Wording, WordingError, read_wording

__all__ = [
    "Wording",
    "WordingError",
    "language_shown",
    "load_wording",
    "preview",
    "render",
    "reply_languages",
    "segments",
    "to_gsm",
]


def load_wording(override_dir: Path | None, languages: tuple[str, ...]) -> Wording:
    """The wording of these languages, files in `override_dir` (`en.toml` ...) going over the shipped ones.

    Raises WordingError with every error at once: keys, placeholders, numbers left out, lengths.
    """
    wording, errors = read_wording(override_dir, languages)
    errors = errors or too_long(wording)
    if errors:
        raise WordingError(errors)
    return wording
