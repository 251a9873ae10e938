"""The fault script: what shall go wrong, for which request, how often. Same script, same seed: same failures.

A rule is `{"do", "match": {"path", "method", "to", "nth", "rate"}, "times", "seed", "code", "seconds",
"accept", "url"}`; all but `do` may be left out. `path` is a regular expression, `nth` counts what matches the
rest (1 is the first, a list is possible), `rate` is 0 to 1, `times` is how often it strikes at most. `accept`
says whether the request does its work before its answer goes wrong; left out, as the fault's name says. `url`
is where a `redirect` leads; left out, to the host where the bytes of attachments lie.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass, field
from typing import Any

from smsbot.simulator.provider_state import Store, insert

# What befalls a request, what befalls the receipts of a message, and what becomes of the message itself.
REQUEST = frozenset(
    {"500", "429", "slow", "hang", "drop_after_accept", "drop_before", "nonsense", "refuse"}
    | {"list_500", "redirect"}
    | {"too_large", "endless", "trickle", "wrong_type"}  # an attachment's bytes
)
RECEIPTS = frozenset({"receipts_late", "receipts_doubled", "receipts_reversed", "receipts_never"})
FATE = frozenset({"undelivered"})
_ACCEPTS_FIRST = frozenset({"slow", "drop_after_accept"})
_MATCHES = frozenset({"path", "method", "to", "nth", "rate"})
_SECONDS = {"slow": 10.0, "hang": 60.0, "receipts_late": 30.0, "trickle": 60.0}
_OWN_MATCH = {
    "list_500": {"method": "GET", "path": r"/Messages\.json$"},
    "redirect": {"method": "GET", "path": r"/Media/ME\w+$"},
    **dict.fromkeys(
        ("too_large", "endless", "trickle", "wrong_type"),
        {"method": "GET", "path": r"/(Media|_cdn)/ME\w+$"},
    ),
}
_CODES = {"refuse": 21612, "undelivered": 30003}


@dataclass(frozen=True, slots=True)
class Rule:
    """One line of the fault script. `accept`: the request does its work, and only its answer goes wrong."""

    do: str
    match: dict[str, Any] = field(default_factory=dict)
    times: int | None = None
    seed: int | str = 0
    code: int = 0
    seconds: float = 0.0
    accept: bool = False
    url: str = ""

    @classmethod
    def read(cls, raw: dict[str, Any]) -> Rule:
        """A rule from its JSON. Raises ValueError for anything that would be ignored silently."""
        do = str(raw.get("do"))
        if do not in REQUEST | RECEIPTS | FATE:
            raise ValueError(f"unknown fault; `do` is one of {', '.join(sorted(REQUEST | RECEIPTS | FATE))}")
        unknown = (set(raw) - set(cls.__slots__)) | (set(raw.get("match") or {}) - _MATCHES)
        if unknown:
            raise ValueError(f"a rule has no {', '.join(sorted(unknown))}")
        defaults = {
            "seconds": _SECONDS.get(do, 0.0),
            "code": _CODES.get(do, 0),
            "accept": do in _ACCEPTS_FIRST,
        }
        return cls(**(defaults | raw | {"do": do, "match": raw.get("match") or {}}))


@dataclass(frozen=True, slots=True)
class Subject:
    """What a rule is held against: a request, or a reply by TwiML (path `twiml`)."""

    path: str
    method: str
    to: str


def fits(rule: Rule, subject: Subject) -> bool:
    """Whether a rule is about this kind of request at all, whatever the count."""
    match = _OWN_MATCH.get(rule.do, {}) | rule.match
    return (
        re.search(match.get("path", ""), subject.path) is not None
        and match.get("method", subject.method).upper() == subject.method
        and match.get("to", subject.to) == subject.to
    )


def fires(rule: Rule, seen: int) -> bool:
    """Whether the rule strikes the request that is number `seen` of those it fits."""
    nth = rule.match.get("nth", seen)
    share = int.from_bytes(hashlib.sha256(f"{rule.seed}:{seen}".encode()).digest()[:8]) / 2**64
    return seen in (nth if isinstance(nth, list) else [nth]) and share < rule.match.get("rate", 1.0)


class Faults:
    """The script in force, with its counts, kept on disk."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def add(self, rules: list[dict[str, Any]]) -> None:
        """Put rules behind those in force. Raises ValueError, and adds none, if one is wrong."""
        for rule in rules:
            Rule.read(rule)
        with self._store.writing() as db:
            for rule in rules:
                insert(db, "faults", {"rule": json.dumps(rule)})

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self._store.change("DELETE FROM faults")

    def listed(self) -> list[dict[str, Any]]:
        """The rules in force, each with how many requests it fitted (`seen`) and struck (`fired`)."""
        rows = self._store.rows("SELECT * FROM faults ORDER BY seq")
        return [json.loads(row["rule"]) | {"seen": row["seen"], "fired": row["fired"]} for row in rows]

    def strike(self, family: frozenset[str], subject: Subject) -> Rule | None:
        """The first rule of this family that strikes now. Counts it."""
        if not self._store.rows("SELECT 1 FROM faults LIMIT 1"):
            return None
        with self._store.writing() as db:
            for row in db.execute("SELECT * FROM faults ORDER BY seq").fetchall():
                rule = Rule.read(json.loads(row["rule"]))
                is_spent = rule.times is not None and row["fired"] >= rule.times
                if rule.do not in family or is_spent or not fits(rule, subject):
                    continue
                is_struck = fires(rule, row["seen"] + 1)
                db.execute(
                    "UPDATE faults SET seen = seen + 1, fired = fired + ? WHERE seq = ?",
                    (is_struck, row["seq"]),
                )
                if is_struck:
                    return rule
        return None
