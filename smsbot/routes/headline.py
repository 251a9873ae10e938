"""The title of an alert where there is one: urgency and case code, as they stand in its first words."""

from __future__ import annotations

import re

_OPENING = re.compile(r"[A-Z]+ - case [A-Z0-9]{2,8}\b")
_PLAIN = "A case is waiting"


def headline(body: str) -> str:
    """`EMERGENCY - case K7F2`, or words that say as little. Lock screens show it."""
    match = _OPENING.match(body)
    return match.group(0) if match else _PLAIN
