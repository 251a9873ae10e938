"""What a route is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """What a dispatch sends: opened for the moment of sending only."""

    dispatch_id: str
    recipient: str
    body: str
    first_tried_at: datetime


@dataclass(frozen=True, slots=True)
class Posted:
    """What the provider calls it, and the state it gave."""

    provider_id: str
    status: str


class RouteError(Exception):
    """A send or a look failed.

    `is_retryable`: try again later. `is_doubtful`: it may have left all the same, so look before sending.
    """

    def __init__(self, code: str, *, is_retryable: bool, is_doubtful: bool = False) -> None:
        self.code = code
        self.is_retryable = is_retryable
        self.is_doubtful = is_doubtful
        super().__init__(code)


class Route(Protocol):
    """A way out of the system."""

    def send(self, letter: Letter) -> Posted:
        """Send it, or raise RouteError."""

    def find(self, letter: Letter, known: set[str]) -> Posted | None:
        """Look whether it has left already, leaving out ids that belong to other dispatches."""
