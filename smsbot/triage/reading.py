"""What every layer of triage gives back: labels with their evidence, and how urgent they make the text."""

from __future__ import annotations

from dataclasses import dataclass, field

from smsbot.domain import Flag, Intent, Urgency


@dataclass(frozen=True, slots=True)
class Label:
    """A flag or an intent read at `start:end` of the original body.

    `score` is 0 to 1, how surely this alone means the label. `urgency` is the least urgency it forces.
    """

    why: str
    start: int
    end: int
    flag: Flag | None = None
    intent: Intent | None = None
    urgency: Urgency = Urgency.NONE
    score: float = 0.9
    source: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """What one layer makes of a text. `urgency` is the least it asks for, none when it has no opinion."""

    layer: str
    labels: tuple[Label, ...] = ()
    urgency: Urgency = field(default=Urgency.NONE)

    @classmethod
    def of(cls, layer: str, labels: list[Label] | tuple[Label, ...]) -> Reading:
        """A reading whose urgency is the highest that its labels force."""
        return cls(layer, tuple(labels), Urgency.highest(*(label.urgency for label in labels)))


def least_urgency(flag: Flag | None, stated: Urgency | None) -> Urgency:
    """The higher of what a rule states and the floor of its flag."""
    floor = flag.least_urgency if flag else Urgency.NONE
    return Urgency.highest(floor, stated or Urgency.NONE)
