"""What the pages of the wording show: plain view objects."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from types import MappingProxyType

from sqlalchemy.orm import Session

from smsbot.clinic import Clinic
from smsbot.clinic_changes import Past, history, is_crisis, newest, of_wording, values_of, wording_name
from smsbot.clinic_changes.wording import shipped
from smsbot.replies import Wording, preview
from smsbot.replies.wording import MODEL, placeholders
from smsbot.web.administration.wording_words import TITLES, when_sent
from smsbot.web.case_people import LANGUAGE_NAMES
from smsbot.wiring import Wiring

_MOST_PREVIEWS = 6


@dataclass(frozen=True, slots=True)
class Sentence:
    """One line of the list."""

    key: str
    text: str
    when: str
    is_crisis: bool
    is_changed: bool


@dataclass(frozen=True, slots=True)
class WordingPage:
    """The list: one language, in groups."""

    language: str
    languages: list[tuple[str, str]]
    groups: list[tuple[str, list[Sentence]]]


@dataclass(frozen=True, slots=True)
class Sample:
    """A whole text that holds the sentence."""

    situation: str
    state: str
    text: str
    segments: int


@dataclass(frozen=True, slots=True)
class SentencePage:
    """One sentence: what it says, when, within what, and how it came about."""

    title: str
    language: str
    language_name: str
    key: str
    text: str
    in_file: str
    original: str | None  # the package's own; None for a language that the clinic has added
    when: str
    placeholders: list[str]
    is_crisis: bool
    is_changed: bool
    samples: list[Sample]
    more: int  # texts that hold it besides
    history: list[Past]


def wording_page(parts: Wiring, session: Session, language: str) -> WordingPage:
    """Every sentence of a language, as patients are sent it."""
    changed = of_wording(values_of(newest(session)))
    texts = parts.wording.texts[language]
    groups = []
    for group, title in TITLES.items():
        keys = [key for key in texts if key.partition(".")[0] == group]
        lines = [
            Sentence(key, texts[key], when_sent(key), is_crisis(key), (language, key) in changed)
            for key in keys
        ]
        if lines:
            groups.append((title, lines))
    return WordingPage(language, languages(parts), groups)


def languages(parts: Wiring) -> list[tuple[str, str]]:
    """The clinic's languages and their English names."""
    return [(code, LANGUAGE_NAMES.get(code, code)) for code in parts.clinic.languages]


def sentence_page(
    parts: Wiring, session: Session, language: str, key: str, now: datetime, text: str | None = None
) -> SentencePage:
    """The page of one sentence; with `text` the samples are of these words, which nobody has saved."""
    name = wording_name(language, key)
    row = newest(session, name).get(name)
    wording = parts.wording if text is None else _with(parts.wording, language, key, text)
    samples = samples_of(parts.clinic, wording, language, key, now)
    return SentencePage(
        title=TITLES.get(key.partition(".")[0], key),
        language=language,
        language_name=LANGUAGE_NAMES.get(language, language),
        key=key,
        text=parts.wording.texts[language][key] if text is None else text,
        in_file=parts.living.files.wording.texts[language][key],
        original=shipped(language).get(key),
        when=when_sent(key),
        placeholders=_placeholders(key),
        is_crisis=is_crisis(key),
        is_changed=row is not None and row.value is not None,
        samples=samples[:_MOST_PREVIEWS],
        more=max(0, len(samples) - _MOST_PREVIEWS),
        history=history(session, name),
    )


def _placeholders(key: str) -> list[str]:
    return sorted((placeholders(shipped(MODEL).get(key, "")) or set()) | {"office_phone"})


def _with(wording: Wording, language: str, key: str, text: str) -> Wording:
    texts = {**wording.texts, language: MappingProxyType({**wording.texts[language], key: text})}
    return Wording(MappingProxyType(texts))


@dataclass(frozen=True, slots=True)
class _Noting(Wording):
    """Notes how one sentence came out each time it was said."""

    wanted: tuple[str, str]
    said: set[str]

    def say(self, language: str, key: str, fill: Mapping[str, str]) -> str:
        text = Wording.say(self, language, key, fill)  # a class with slots is made anew: super() is lost
        if (language, key) == self.wanted:
            self.said.add(text)
        return text


def samples_of(clinic: Clinic, wording: Wording, language: str, key: str, now: datetime) -> list[Sample]:
    """Every text that holds this sentence, each once, as patients would get it after `now`."""
    said: set[str] = set()
    noting = _Noting(wording.texts, (language, key), said)
    found: dict[str, Sample] = {}
    for shown in preview(clinic, noting, now):
        if any(words in shown.text for words in said):
            found.setdefault(shown.text, Sample(shown.situation, shown.state, shown.text, shown.segments))
        said.clear()
    return sorted(found.values(), key=lambda sample: sample.segments)
