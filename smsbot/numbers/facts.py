"""What was read from the rows, before anything is worked out: counts and times, no words, no numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

SLOT_SECONDS = 900  # texts are counted by quarters of an hour since 1970


@dataclass(frozen=True, slots=True)
class Need:
    """A case became this urgent at this moment. `due_at`: when it was promised that a person had looked.

    Moments are seconds since 1970.
    """

    case_id: str
    urgency: str
    at: float
    due_at: float | None = None


@dataclass(frozen=True, slots=True)
class Changed:
    """What the system read in a text, and what a person says it should have read."""

    was_urgency: str
    urgency: str
    was: frozenset[str] = frozenset()  # intents and flags
    now: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Lost:
    """So many things of one purpose that never arrived, for one reason."""

    purpose: str
    route: str
    error: str | None
    count: int


@dataclass(frozen=True, slots=True)
class Work:
    """What one person did."""

    name: str
    taken: int = 0
    replied: int = 0
    resolved: int = 0

    @property
    def all(self) -> int:
        """Everything together."""
        return self.taken + self.replied + self.resolved


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything about a period. Keys of `slots` are a quarter of an hour and an urgency."""

    slots: Mapping[tuple[int, str], int] = field(default_factory=dict)
    intents: Mapping[str, int] = field(default_factory=dict)
    needs: Sequence[Need] = ()
    looks: Mapping[str, Sequence[float]] = field(
        default_factory=dict
    )  # by case, in order, seconds since 1970
    takes: Mapping[str, Sequence[float]] = field(default_factory=dict)
    resolved: Mapping[str, Sequence[float]] = field(default_factory=dict)
    overdue: Mapping[str, int] = field(default_factory=dict)  # now, by urgency
    tried: Mapping[str, int] = field(default_factory=dict)  # what was to leave, by purpose
    lost: Sequence[Lost] = ()
    changed: Sequence[Changed] = ()
    opened: Mapping[str, int] = field(default_factory=dict)  # cases by team
    open_now: Mapping[str, int] = field(default_factory=dict)
    work: Sequence[Work] = ()
