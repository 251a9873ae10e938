"""The wording: every sentence a patient can receive, per language, from files that a clinic may override."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from string import Formatter
from types import MappingProxyType

from smsbot.clinic import TomlPage, nearest, read_toml
from smsbot.replies.segments import to_gsm

SHIPPED = Path(__file__).parent
MODEL = "en"  # its shipped file says which keys exist, and what each may be filled with
_ANYWHERE = {"office_phone"}
# Words that must outlive every translation and every edit.
_LASTING = re.compile(r"1-800-222-1222|\b911\b|\b988\b|\bSTART\b|\bSTOP\b")


class WordingError(Exception):
    """The wording cannot be used. `errors` holds one line for each thing to mend."""

    def __init__(self, errors: Iterable[str]) -> None:
        self.errors = tuple(errors)
        super().__init__("\n".join(self.errors))


@dataclass(frozen=True, slots=True)
class Wording:
    """Sentences by language and key, placeholders unfilled."""

    texts: Mapping[str, Mapping[str, str]]

    def say(self, language: str, key: str, fill: Mapping[str, str]) -> str:
        """The sentence, filled in. Raises KeyError for a language or key that was not loaded."""
        return self.texts[language][key].format_map(fill)


def read_wording(override_dir: Path | None, languages: tuple[str, ...]) -> tuple[Wording, list[str]]:
    """The sentences of these languages and every error of their files; lengths are checked elsewhere."""
    errors: list[str] = []
    model = flat(read_toml(SHIPPED / f"{MODEL}.toml"), errors)
    texts = {}
    for language in languages:
        shipped, own = SHIPPED / f"{language}.toml", (override_dir or SHIPPED) / f"{language}.toml"
        if not shipped.exists() and not own.exists():
            errors.append(
                f"{language}.toml:1: {language}: has no wording. "
                f"Put wording/{language}.toml beside clinic.toml, or take {language} out of `languages`."
            )
            continue
        merged = flat(read_toml(shipped), errors) if shipped.exists() else {}
        if override_dir is not None and own.exists():
            merged |= _own(own, model, complete=not merged, errors=errors)
        texts[language] = MappingProxyType(merged)
    return Wording(MappingProxyType(texts)), errors


def _own(path: Path, model: Mapping[str, str], *, complete: bool, errors: list[str]) -> dict[str, str]:
    """A clinic's own file; `complete` when nothing is shipped in that language."""
    try:
        page = read_toml(path)
    except ValueError as error:
        errors.append(str(error))
        return {}
    found = flat(page, errors)
    for key, text in found.items():
        errors += [page.complain(_split(key), problem) for problem in problems(key, text, model)]
    for key in model.keys() - found.keys() if complete else ():
        errors.append(page.complain(_split(key), f'is missing. Translate: "{model[key]}"'))
    return {key: text for key, text in found.items() if key in model}


def flat(page: TomlPage, errors: list[str]) -> dict[str, str]:
    """The file's sentences by dotted key, typographic signs already replaced."""
    flat = {}
    if page.data.get("format") != 1:
        errors.append(
            page.complain(("format",), "is missing or not known to this version. Write format = 1.")
        )
    for table, content in page.data.items():
        if table == "format":
            continue
        if not isinstance(content, dict):
            errors.append(page.complain((table,), "stands outside a table. Put it below its [table] line."))
            continue
        for key, text in content.items():
            if isinstance(text, str):
                flat[f"{table}.{key}"] = to_gsm(text)
            else:
                errors.append(page.complain((table, key), "is no text. Write it in quotes."))
    return flat


def problems(key: str, text: str, model: Mapping[str, str]) -> Iterable[str]:
    """What is wrong with one sentence of a clinic's own."""
    if key not in model:
        yield f"is not a key of the wording.{nearest(key, model)}"
        return
    if not text.strip():
        yield "is empty. Write a sentence, or take the line out."
    used, wanted = placeholders(text), placeholders(model[key]) or set()
    if used is None:
        yield "has a curly bracket that is no placeholder. Write placeholders like {time}, no other brackets."
        return
    for name in sorted(used - wanted - _ANYWHERE):
        yield f"has an unknown placeholder {{{name}}}.{nearest(name, wanted | _ANYWHERE)}"
    if key.startswith(("times.", "clock.")):
        for name in sorted(wanted - used):
            yield f"lacks {{{name}}}. Put it where the time is said."
    for number in sorted(set(_LASTING.findall(model[key])) - set(_LASTING.findall(text))):
        yield f"lacks {number}. It must stay in this sentence."
    if key == "crisis.private" and re.search(r"\d", text):
        yield "holds a number. Somebody else may read this phone: keep it neutral."


def placeholders(text: str) -> set[str] | None:
    """The names in curly brackets; None when a bracket is anything but a plain {name}."""
    try:
        parts = list(Formatter().parse(text))
    except ValueError:
        return None
    names = {name for _, name, _, _ in parts if name is not None}
    plain = all(not spec and not conversion for _, _, spec, conversion in parts)
    return (
        names
        if plain and "{{" not in text and "}}" not in text and all(map(str.isidentifier, names))
        else None
    )


def _split(key: str) -> tuple[str, ...]:
    return tuple(key.split("."))
