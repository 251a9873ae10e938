"""Loads the rule files: phrases and combinations that mean a flag or an intent.

A file starts with `format = 1`, may name word groups in `[words]`, and lists rules. In a pattern
  a space      is one or more spaces or commas, ` ?` is none or more;
  `~3`         is up to three words in between, within the sentence;
  `{name}`     is a word group of the file or of shared.toml;
everything else is RE2 syntax, so every pattern takes linear time on any input.
Files of the same name in a clinic's folder replace rules of the same id, add new ones, and switch
one off with `off = true`.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
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
_KEYS = frozenset(
    {"id", "flag", "intent", "why", "any", "near", "within", "unless", "unless_text"}
    | {"needs", "urgency", "firm", "score", "off"}
)


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
    """All rules in a fixed order, their checksum, and a filter that says which of them can match at all."""

    rules: tuple[Rule, ...]
    checksum: str
    thresholds: Mapping[str, float]
    sieve: Any = field(repr=False)
    sieve_rules: tuple[int, ...] = field(repr=False)

    def candidates(self, text: str) -> list[Rule]:
        """The rules worth trying on `text`, in book order."""
        hits = {self.sieve_rules[index] for index in self.sieve.Match(text, True)}
        return [self.rules[index] for index in sorted(hits)]


def load_rulebook(override_dir: Path | None = None) -> Rulebook:
    """Reads the package's rule files and a clinic's overrides. Raises RuleError."""
    sources = list(_sources(override_dir))
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
    return Rulebook(rules, _checksum(sources), thresholds, *_sieve(rules))


def _thresholds(name: str, table: Mapping[str, Any], known: Mapping[str, float]) -> Mapping[str, float]:
    """The file's thresholds; a clinic's file may change those that are known, not name others."""
    stated = table.get("thresholds", {})
    for key, value in stated.items():
        if not isinstance(value, int | float) or isinstance(value, bool) or not 0 <= value <= 1:
            raise RuleError(f"{name}: threshold {key}: must be a number from 0 to 1, not {value!r}")
        if known and key not in known:
            raise RuleError(f"{name}: unknown threshold {key}; there are: {', '.join(known)}")
    return {key: float(value) for key, value in stated.items()}


def _sources(override_dir: Path | None) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for path in sorted(RULES_DIR.glob("*.toml"), key=lambda path: (path.stem != "shared", path.name)):
        yield path.name, _read(path)
        if override_dir is not None and (override_dir / path.name).is_file():
            yield f"override/{path.name}", _read(override_dir / path.name)


def _read(path: Path) -> Mapping[str, Any]:
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleError(f"{path.name}: not readable as TOML: {error}") from error
    if table.get("format") != FORMAT:
        raise RuleError(f"{path.name}: must begin with `format = {FORMAT}`")
    return table


def _check_entry(name: str, entry: Mapping[str, Any]) -> None:
    rule = entry.get("id")
    if not rule or not isinstance(rule, str):
        raise RuleError(f"{name}: a rule has no id")
    unknown = set(entry) - _KEYS
    if unknown:
        raise RuleError(f"{name}: rule {rule}: unknown keys {sorted(unknown)}")
    if entry.get("off", False):
        return
    if not entry.get("why") or not (entry.get("any") or entry.get("near")):
        raise RuleError(f"{name}: rule {rule}: needs `why`, and `any` or `near`")
    if not any(key in entry for key in ("flag", "intent", "urgency")):
        raise RuleError(f"{name}: rule {rule}: needs a flag, an intent or an urgency")


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
    text = rf"(?:\b|^)(?:{expand(_lines(patterns), words)})(?:\b|$)"
    try:
        return re2.compile(text)
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


def _checksum(sources: list[tuple[str, Mapping[str, Any]]]) -> str:
    """Of what the files say, not of how they are laid out."""
    return hashlib.sha256(repr(sources).encode()).hexdigest()
