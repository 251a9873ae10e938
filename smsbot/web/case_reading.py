"""What was read out of all texts of a case together: what is named, what is asked for, in which language."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from smsbot.models import Contact
from smsbot.web.case_people import language_name
from smsbot.web.case_texts import Text

STAFF_LANGUAGE = "en"


@dataclass(frozen=True)
class Reading:
    """The chips of a case."""

    medications: tuple[str, ...]
    wished: tuple[str, ...]  # of the newest text that names times, for a wish replaces the one before
    excluded: tuple[str, ...]
    language: str | None  # in English; None when staff can read all of it


def read_reading(texts: Sequence[Text], contact: Contact) -> Reading:
    """Of the texts that are shown."""
    named = dict.fromkeys(name for text in texts for name in text.details.get("medications", ()))
    timed = [text for text in texts if text.wished or text.excluded]
    newest = timed[-1] if timed else None
    return Reading(
        medications=tuple(named),
        wished=newest.wished if newest else (),
        excluded=newest.excluded if newest else (),
        language=_foreign(texts, contact),
    )


def _foreign(texts: Sequence[Text], contact: Contact) -> str | None:
    """The language that staff may need help with: what their newest texts are in, or what was set."""
    read = [text.triage.language for text in texts if text.triage is not None]
    for code in (contact.language, contact.set_language, *reversed(read)):
        if code and code != STAFF_LANGUAGE:
            return language_name(code)
    return None
