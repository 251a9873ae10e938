"""What goes out later in an emergency, by no text of the patient's: a person has it, or nobody has yet."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from smsbot.clinic import Clinic
from smsbot.domain import Flag
from smsbot.replies.facts import Facts, facts_at
from smsbot.replies.kinds import crisis_kind
from smsbot.replies.render import known_languages, speak
from smsbot.replies.sentences import CRISIS_KINDS
from smsbot.replies.wording import Wording

TAKEN = "follow.taken"
NOBODY = "follow.nobody"
FOLLOW_KEYS = (TAKEN, *(f"{NOBODY}_{kind}" for kind in CRISIS_KINDS))
"""What `follow_up` can say."""


def follow_key(flags: Iterable[Flag]) -> str | None:
    """What to say when nobody has taken a case with these flags; the numbers are those of the first reply.

    None for danger from others: on a phone that may be watched no second text appears, of any kind.
    """
    kind = crisis_kind(frozenset(flags))
    return None if kind == "private" else f"{NOBODY}_{kind}"


def follow_up(
    wording: Wording, key: str, languages: tuple[str, ...], clinic: Clinic, *, now: datetime
) -> str:
    """The text for one of FOLLOW_KEYS, ready to send; a key unknown gets the words with both numbers.

    `languages` as for `render`: () is every language of the clinic. `now` is aware.
    """
    facts = facts_at(now, clinic.office_at(now), clinic)
    return say_later(wording, key, known_languages(wording, languages, clinic), facts)


def say_later(wording: Wording, key: str, languages: tuple[str, ...], facts: Facts) -> str:
    """The same from facts."""
    is_short = len(languages) > 1
    if key == TAKEN:
        keys = ["short.taken", "short.emergency"] if is_short else [TAKEN]
    else:
        kind = key.removeprefix(f"{NOBODY}_")
        kind = kind if kind in CRISIS_KINDS else "both"
        keys = ["short.not_reached", f"short.{kind}"] if is_short else [NOBODY, f"crisis_short.{kind}"]
        if not facts.covered:
            keys.append("short.nobody" if is_short else "team.nobody")
    return speak(wording, keys, languages, facts)
