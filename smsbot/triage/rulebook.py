"""Loads the rule files: phrases and combinations that mean a flag or an intent.

A file starts with `format = 1`, may name word groups in `[words]`, and lists rules. In a pattern
  a space      is one or more spaces or commas, ` ?` is none or more;
  `~3`         is up to three words in between, within the sentence;
  `{name}`     is a word group of the file or of shared.toml;
everything else is RE2 syntax, so every pattern takes linear time on any input.
Files of the same name in a clinic's folder replace rules of the same id, add new ones, and switch
one off with `off = true`. A rulebook keeps what its files say, so that it can be written down and read back.
"""

from __future__ import annotations

import hashlib
import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import Any

import re2

from smsbot.domain import Flag, Intent, Urgency
from smsbot.triage.reading import least_urgency

FORMAT = 1
RULES_DIR = Path(__file__).parent / "rules"

_GAP = re.compile(r" ~(\d+) ")
_SPACE = re.compile(r"\[[^\]]*\]| (\?)?")  # a space, but not one inside a class like [ .!]
_GROUP = re.compile(r"\{([a-z_]+)\}")
_TEXT, _TEXTS, _YES_NO, _NUMBER = "a text", "a list of texts", "true or false", "a number"
_KINDS = {
    **dict.fromkeys(("id", "flag", "intent", "urgency", "why", "any", "unless", "unless_text"), _TEXT),
    **dict.fromkeys(("near", "needs"), _TEXTS),
    **dict.fromkeys(("firm", "off"), _YES_NO),
    **dict.fromkeys(("within", "score"), _NUMBER),
}
_OVERRIDE = "override/"  # before the name of a file of the clinic's own
_TIME = "$toml"  # JSON has no dates and times: they stand as {"$toml": "2026-11-23"}

Sources = Sequence[tuple[str, Mapping[str, Any]]]


class RuleError(ValueError):
    """A rule file says something the engine cannot read. The message names file, rule and remedy."""


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule, compiled. Fits when `any` matches, or all of `near` do within `within` characters."""

    id: str
    why: str
    flag: Flag | None
    intent: Intent | None
    urgency: Urgency
    firm: bool  # never silenced by negation, past and the like
    score: float
    within: int
    needs: frozenset[str]
    any: Any = field(repr=False)
    near: tuple[Any, ...] = field(repr=False)
    unless: Any = field(repr=False)
    unless_text: Any = field(repr=False)


@dataclass(frozen=True, slots=True)
class Rulebook:
    """All rules in a fixed order, their checksum, and a filter that says which of them can match at all.

    `content` is what the files say, as JSON: `[[name, table], ...]`, for rulebook_from_content.
    """

    rules: tuple[Rule, ...]
    checksum: str
    thresholds: Mapping[str, float]
    content: str = field(repr=False)
    is_edited: bool  # a file of the clinic's own was read
    sieve: Any = field(repr=False)
    sieve_rules: tuple[int, ...] = field(repr=False)

    def candidates(self, text: str) -> list[Rule]:
        """The rules worth trying on `text`, in book order."""
        hits = {self.sieve_rules[index] for index in self.sieve.Match(text, True)}
        return [self.rules[index] for index in sorted(hits)]


def load_rulebook(override_dir: Path | None = None, extra: Path | None = None) -> Rulebook:
    """Reads the package's rule files and a clinic's overrides. Raises RuleError.

    `extra` is one more file, not in use yet. Named like a rule file it stands where that override would, so
    that the rulebook is the one that putting it into the clinic's folder gives; else it comes last.
    """
    return _rulebook(list(_sources(override_dir, extra)))


def rule_file_names() -> tuple[str, ...]:
    """The names under which a clinic's folder may hold files of its own; others are not read."""
    return tuple(path.name for path in _package_files())


def rulebook_from_content(content: str) -> Rulebook:
    """The rulebook that was written down as `content`; its checksum is made anew. Raises RuleError."""
    sources = sources_of(content)
    for name, table in sources:
        _check_table(name, table)
    return _rulebook(sources)


def sources_of(content: str) -> list[tuple[str, dict[str, Any]]]:
    """The files of a rulebook that was written down: name and table of each. Raises RuleError."""
    try:
        sources = [(name, table) for name, table in json.loads(content, object_hook=_time_back)]
    except (ValueError, TypeError) as error:
        raise RuleError(f"a stored rulebook cannot be read: {error}") from error
    if not all(isinstance(name, str) and isinstance(table, dict) for name, table in sources):
        raise RuleError("a stored rulebook cannot be read: it must be a list of names and tables")
    return sources


def checksum_of(sources: Sources) -> str:
    """SHA-256 of what the files say, not of how they are laid out."""
    return hashlib.sha256(repr(sources).encode()).hexdigest()


def _rulebook(sources: Sources) -> Rulebook:
    words: dict[str, str] = {}
    entries: dict[str, dict[str, Any]] = {}
    thresholds: dict[str, float] = {}
    for name, table in sources:
        thresholds.update(_thresholds(name, table, known=thresholds))
        words.update({key: _lines(value) for key, value in table.get("words", {}).items()})
        for entry in table.get("rule", []):
            _check_entry(name, entry)
            entries[entry["id"]] = entry
    rules = tuple(_compile(entry, words) for entry in entries.values() if not entry.get("off", False))
    sieve, owners = _sieve(rules)
    return Rulebook(
        rules=rules,
        checksum=checksum_of(sources),
        thresholds=thresholds,
        content=json.dumps(sources, ensure_ascii=False, default=_time_as_json),
        is_edited=any(name.startswith(_OVERRIDE) for name, _ in sources),
        sieve=sieve,
        sieve_rules=owners,
    )


def _thresholds(name: str, table: Mapping[str, Any], known: Mapping[str, float]) -> Mapping[str, float]:
    """The file's thresholds; a clinic's file may change those that are known, not name others."""
    stated = table.get("thresholds", {})
    for key, value in stated.items():
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
            raise RuleError(f"{name}: threshold {key}: must be a number from 0 to 1, not {value!r}")
        if known and key not in known:
            raise RuleError(f"{name}: unknown threshold {key}; there are: {', '.join(known)}")
    return {key: float(value) for key, value in stated.items()}


def _sources(override_dir: Path | None, extra: Path | None) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path in _package_files():
        yield path.name, _read(path)
        own = override_dir / path.name if override_dir is not None else None
        if extra is not None and extra.name == path.name:
            own = extra
        if own is not None and (own is extra or own.is_file()):
            yield f"{_OVERRIDE}{path.name}", _read(own)
    if extra is not None and extra.name not in rule_file_names():
        yield f"{_OVERRIDE}{extra.name}", _read(extra)


def _package_files() -> list[Path]:
    return sorted(RULES_DIR.glob("*.toml"), key=lambda path: (path.stem != "shared", path.name))


def _read(path: Path) -> Mapping[str, Any]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleError(f"{path.name}: not readable as TOML: {error}") from error
    except OSError as error:
        raise RuleError(f"{path.name}: cannot be opened: {error.strerror}") from error
    _check_table(path.name, table)
    return table


def _check_table(name: str, table: Mapping[str, Any]) -> None:
    if table.get("format") != FORMAT:
        raise RuleError(f"{name}: must begin with `format = {FORMAT}`")
    for part in ("words", "thresholds"):
        if not isinstance(table.get(part, {}), dict):
            raise RuleError(f"{name}: [{part}] must be a table")
    for word, patterns in table.get("words", {}).items():
        if not isinstance(patterns, str):
            raise RuleError(f"{name}: word group {word}: must be a text, not {patterns!r}")
    rules = table.get("rule", [])
    if not isinstance(rules, list) or not all(isinstance(entry, dict) for entry in rules):
        raise RuleError(f"{name}: rules must stand under [[rule]]")


def _check_entry(name: str, entry: Mapping[str, Any]) -> None:
    rule = entry.get("id")
    if not rule or not isinstance(rule, str):
        raise RuleError(f"{name}: a rule has no id")
    unknown = set(entry) - set(_KINDS)
    if unknown:
        raise RuleError(f"{name}: rule {rule}: unknown keys {sorted(unknown)}")
    for key, value in entry.items():
        if not _is_of_kind(value, _KINDS[key]):
            raise RuleError(f"{name}: rule {rule}: {key} must be {_KINDS[key]}, not {value!r}")
    if entry.get("off", False):
        return
    if not entry.get("why") or not (entry.get("any") or entry.get("near")):
        raise RuleError(f"{name}: rule {rule}: needs `why`, and `any` or `near`")
    if not any(key in entry for key in ("flag", "intent", "urgency")):
        raise RuleError(f"{name}: rule {rule}: needs a flag, an intent or an urgency")


def _is_of_kind(value: Any, kind: str) -> bool:
    if kind == _TEXTS:
        return isinstance(value, list) and all(isinstance(one, str) for one in value)
    if kind == _NUMBER:
        return isinstance(value, int | float) and not isinstance(value, bool)
    return isinstance(value, str if kind == _TEXT else bool)


def _lines(patterns: str) -> str:
    """One pattern a line (a line that starts with # is a remark) as one alternation."""
    lines = (line.strip() for line in patterns.splitlines())
    return "|".join(line for line in lines if line and not line.startswith("#"))


def expand(pattern: str, words: Mapping[str, str]) -> str:
    """The RE2 text of a pattern as written in a rule file. Raises RuleError for an unknown word group."""
    for _ in range(5):
        if not _GROUP.search(pattern):
            break
        pattern = _GROUP.sub(lambda match: f"(?:{_group(match.group(1), words)})", pattern)
    pattern = _GAP.sub(r"(?:[ ,:]+[^\\s,.!?;]+){0,\1} ", pattern)
    return spaced(pattern)


def spaced(pattern: str) -> str:
    """A space stands for spaces or commas, ` ?` for none or more of them; [classes] stay as they are."""
    return _SPACE.sub(_spaced_one, pattern)


def _spaced_one(match: re.Match[str]) -> str:
    if match.group(0).startswith("["):
        return match.group(0)
    return "[ ,]*" if match.group(1) else "[ ,]+"


def _group(name: str, words: Mapping[str, str]) -> str:
    if name not in words:
        raise RuleError(f"unknown word group {{{name}}}")
    return words[name]


def _pattern(patterns: str, words: Mapping[str, str], rule: str) -> Any:
    try:
        return re2.compile(rf"(?:\b|^)(?:{expand(_lines(patterns), words)})(?:\b|$)")
    except RuleError as error:
        raise RuleError(f"rule {rule}: {error}") from error
    except re2.error as error:
        raise RuleError(f"rule {rule}: a pattern cannot be read: {error}") from error


def _compile(entry: Mapping[str, Any], words: Mapping[str, str]) -> Rule:
    def pattern(key: str) -> Any:
        return _pattern(entry[key], words, entry["id"]) if entry.get(key) else None

    try:
        flag = Flag(entry["flag"]) if "flag" in entry else None
        intent = Intent(entry["intent"]) if "intent" in entry else None
        stated = Urgency(entry["urgency"]) if "urgency" in entry else None
    except ValueError as error:
        raise RuleError(f"rule {entry['id']}: {error}") from error
    return Rule(
        id=entry["id"],
        why=entry["why"],
        flag=flag,
        intent=intent,
        urgency=least_urgency(flag, stated),
        firm=bool(entry.get("firm", False)),
        score=float(entry.get("score", 0.9)),
        within=int(entry.get("within", 60)),
        needs=frozenset(entry.get("needs", ())),
        any=pattern("any"),
        near=tuple(_pattern(part, words, entry["id"]) for part in entry.get("near", ())),
        unless=pattern("unless"),
        unless_text=pattern("unless_text"),
    )


def _sieve(rules: tuple[Rule, ...]) -> tuple[Any, tuple[int, ...]]:
    sieve, owners = re2.Filter(), []
    for index, rule in enumerate(rules):
        for pattern in filter(None, (rule.any, rule.near[0] if rule.near else None)):
            sieve.Add(pattern.pattern)
            owners.append(index)
    sieve.Compile()
    return sieve, tuple(owners)


def _time_as_json(value: Any) -> dict[str, str]:
    if not isinstance(value, date | time):
        raise TypeError(f"no value of TOML: {type(value).__name__}")
    return {_TIME: value.isoformat()}


def _time_back(table: dict[str, Any]) -> Any:
    return tomllib.loads(f"at = {table[_TIME]}")["at"] if set(table) == {_TIME} else table
