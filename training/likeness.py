"""How alike two messages are: the share of their words that both have. Keeps copies out of the corpus."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict

LIMIT = 0.8  # of the words of both together; from here on one of the two is left out
_SHORT = 4  # messages of fewer words ("ok thanks", "STOP") are copies only when all their words agree


def words_of(body: str) -> frozenset[str]:
    """The words of a message without case, accents and punctuation; emoji count as words."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", body.lower()) if not unicodedata.combining(c))
    return frozenset(re.findall(r"[a-z0-9']+|[^\W\d_a-z]+|[^\w\s.,!'\"-]", plain))


def near_duplicates(records: list[dict[str, object]]) -> list[tuple[int, int]]:
    """Pairs of places (earlier, later) of messages that are alike beyond `LIMIT`."""
    bags = [words_of(str(record["body"])) for record in records]
    holders: dict[str, list[int]] = defaultdict(list)
    counts: dict[str, int] = defaultdict(int)
    for bag in bags:
        for word in bag:
            counts[word] += 1
    pairs = []
    for place, bag in enumerate(bags):
        # Two bags that agree on 80 % of their words share one of the rarest fifth of either.
        rare = sorted(bag, key=lambda word: (counts[word], word))[: len(bag) - int(LIMIT * len(bag)) + 1]
        for other in sorted({other for word in rare for other in holders[word]}):
            if _alike(bags[other], bag):
                pairs.append((other, place))
        for word in rare:
            holders[word].append(place)
    return pairs


def drop_near_duplicates(records: list[dict[str, object]]) -> tuple[list[dict[str, object]], list[str]]:
    """The records without the later one of each alike pair, and the ids left out."""
    dropped: set[int] = set()
    for earlier, later in near_duplicates(records):
        if earlier not in dropped:
            dropped.add(later)
    kept = [record for place, record in enumerate(records) if place not in dropped]
    return kept, [str(records[place]["id"]) for place in sorted(dropped)]


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    if min(len(one), len(other)) < _SHORT:
        return one == other
    return len(one & other) >= LIMIT * len(one | other)
