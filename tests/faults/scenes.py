"""What is made to happen around a kill, so that every statement is reached by one of the scenes."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

EMERGENCY = "chest tight since the infusion"
ROUTINE = "Could I come in next Tuesday afternoon for a follow up?"
THANKS = "thank you!!"
SILENCE = {"do": "receipts_never", "match": {"path": r"/Messages\.json$"}}
CREATE = {"method": "POST", "path": r"/Messages\.json$"}


@dataclass(frozen=True, slots=True)
class Scene:
    """One text and what surrounds it.

    `earlier` texts have settled before; `before` is done to the case then (`take`, `end_alert`); `faults` is
    the provider's script; `arrives` is whether the alert reaches the nurse at all. `is_taken_over`: somebody
    takes the case once the first attempt has failed.
    """

    name: str
    text: str = EMERGENCY
    earlier: tuple[str, ...] = ()
    before: str = ""
    repeats: bool = False
    faults: tuple[dict[str, Any], ...] = ()
    cases: int = 1
    replies: int = 1
    arrives: bool = True
    is_taken_over: bool = False
    has_receipts: bool = True

    @property
    def script(self) -> tuple[dict[str, Any], ...]:
        """The fault script. Without receipts only a look tells what became of an alert."""
        return self.faults if self.has_receipts else (*self.faults, SILENCE)


PLAIN = Scene("plain")

ACCEPTING = (
    PLAIN,
    Scene("a case that rises", earlier=(ROUTINE,)),
    # nobody is told twice within minutes what an emergency's first answer said
    Scene("a case that does not rise", ROUTINE, earlier=(EMERGENCY,), replies=0),
    Scene("thanks without a case", THANKS, cases=0, replies=0),
    Scene("thanks in a case", THANKS, earlier=(EMERGENCY,), replies=0),
    Scene("an opt-out", "STOP", cases=0, replies=0),
    Scene("a case somebody has taken", earlier=(EMERGENCY,), before="take", replies=0),
    Scene("a routine text in a case somebody has taken", ROUTINE, (EMERGENCY,), "take", replies=0),
    Scene("a case nobody is told of any more", earlier=(EMERGENCY,), before="end_alert", replies=0),
    Scene("a case resolved a moment ago", ROUTINE, earlier=(ROUTINE,), before="resolve", replies=0),
    Scene("a repeat", repeats=True),
)

_DELIVERING = (
    PLAIN,
    Scene("an error", faults=({"do": "500", "match": CREATE, "times": 1},)),
    Scene("too many requests", faults=({"do": "429", "match": CREATE, "times": 1},)),
    Scene("a number that is refused", faults=({"do": "refuse", "match": CREATE},), arrives=False),
    Scene("accepted, then dropped", faults=({"do": "drop_after_accept", "match": CREATE, "times": 1},)),
    Scene("dropped", faults=({"do": "drop_before", "match": CREATE, "times": 1},)),
    Scene("nonsense", faults=({"do": "nonsense", "match": CREATE, "times": 1},)),
    Scene(
        "a list that fails",
        faults=({"do": "500", "match": CREATE, "times": 1}, {"do": "list_500", "times": 3}),
    ),
    Scene(
        "a case taken meanwhile",
        faults=({"do": "429", "match": CREATE, "times": 1},),
        arrives=False,
        is_taken_over=True,
    ),
)

# A receipt would say at once what a dead process has sent; here the provider's list is asked.
DELIVERING = tuple(replace(scene, has_receipts=False) for scene in _DELIVERING)

RECEIVING = (
    PLAIN,
    Scene("receipts doubled", faults=({"do": "receipts_doubled"},)),
    Scene("receipts reversed", faults=({"do": "receipts_reversed"},)),
    Scene("not delivered", faults=({"do": "undelivered"},)),
)
