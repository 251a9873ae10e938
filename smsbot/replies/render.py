"""One text out of everything that was decided: the sentences in order, filled in, as short as they come."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from smsbot.clinic import Clinic
from smsbot.domain import Office, Reply
from smsbot.replies.facts import Facts, facts_at
from smsbot.replies.segments import segments, to_gsm
from smsbot.replies.sentences import KEYS, in_one_language, in_several_languages, known_words
from smsbot.replies.wording import Wording

__all__ = ["AT_ONCE", "KEYS", "compose", "known_languages", "most_segments", "render", "speak"]

AT_ONCE = 3
"""More languages do not fit one text: to a contact whose language is not known, the clinic's first ones."""


def render(
    wording: Wording,
    replies: tuple[Reply, ...],
    languages: tuple[str, ...],
    office: Office,
    clinic: Clinic,
    *,
    now: datetime,
    team_alerted: bool = False,
    look_by: datetime | None = None,
) -> str:
    """The one text that answers, ready to send; "" when there is nothing to say.

    One language gives whole sentences. Several, none, or none that the clinic has: the short form in each
    of them (none: in the clinic's), a line each. `now` is aware; `team_alerted` may be true only when an
    alert to somebody who can be reached is written down together with this reply. `look_by` (aware): by when
    a person must have looked at the case; told where it may be, see `facts_at`.
    """
    facts = facts_at(now, office, clinic, team_alerted=team_alerted, look_by=look_by)
    return compose(wording, known_words(replies), known_languages(wording, languages, clinic), facts)


def known_languages(wording: Wording, languages: tuple[str, ...], clinic: Clinic) -> tuple[str, ...]:
    """Those that there are words in, else the clinic's; as many as fit one text."""
    known = tuple(language for language in languages if language in wording.texts)
    return (known or clinic.languages)[:AT_ONCE]


def most_segments(replies: tuple[Reply, ...]) -> int:
    """How many segments a reply may take: three in an emergency, else two."""
    return 3 if any(reply.key.startswith(("crisis.", "crisis_short.", "answer.")) for reply in replies) else 2


def compose(wording: Wording, replies: tuple[Reply, ...], languages: tuple[str, ...], facts: Facts) -> str:
    """The text from facts. Of several ways to tell the time the cheapest is taken, the first if equal.

    In several languages a question or the notice leaves no room to tell the time: then it is left out.
    """
    if not replies:
        return ""
    ways = [_said(wording, replies, languages, facts, times) for times in facts.times or ("",)]
    best = min(ways, key=segments)
    crowded = len(languages) > 1 and any(reply.key.startswith(("ask.", "notice.")) for reply in replies)
    if crowded and segments(best) > most_segments(replies):
        return _said(wording, replies, languages, facts, None)
    return best


def _said(
    wording: Wording, replies: tuple[Reply, ...], languages: tuple[str, ...], facts: Facts, times: str | None
) -> str:
    keys = in_one_language if len(languages) == 1 else in_several_languages
    return speak(wording, list(keys(replies, facts, times)), languages, facts)


def speak(wording: Wording, keys: Iterable[str], languages: tuple[str, ...], facts: Facts) -> str:
    """These sentences in each language, a line each."""
    lines = []
    for language in languages:
        fill = facts.fill(wording, language)
        lines.append(" ".join(wording.say(language, key, fill) for key in keys))
    return to_gsm("\n".join(lines))
