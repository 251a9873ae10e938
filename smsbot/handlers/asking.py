"""Asking once for what is missing, so that the office can act on the first answer."""

from __future__ import annotations

from dataclasses import replace

import re2

from smsbot.domain import (
    Flag,
    Inbound,
    Intent,
    OpenCase,
    Outcome,
    Question,
    Reply,
    Situation,
    Triage,
    Urgency,
)
from smsbot.handlers.quiet import case_of, is_staff_writing
from smsbot.handlers.senders import is_shared, is_unknown
from smsbot.handlers.words import plain

_WANTS_A_TIME = frozenset({Intent.APPOINTMENT_REQUEST, Intent.APPOINTMENT_RESCHEDULE})

_PHARMACY = re2.compile(
    r"\b(?:pharmac(?:y|ies|ist)|drug ?store|mail ?order|farmacias?|botica|drogueria|famasi"
    r"|cvs|wal ?greens?|wal ?mart|publix|costco|rite ?aid|winn ?dixie|sams(?: club)?|target|kroger|heb|h e b"
    r"|duane reade|express scripts|optum(?: ?rx)?|pill ?pack|navarro|sedanos|genoa|aldi|meijer|safeway"
    r"|(?:the |my )?(?:usual|same|regular) (?:place|store|one|spot)|(?:el )?(?:mismo|lugar de siempre)"
    r"|menm kote)\b"
)


def ask(outcome: Outcome, inbound: Inbound, triage: Triage, situation: Situation) -> Outcome:
    """The outcome with the one question that its case may be asked, if something is missing."""
    question = missing(inbound, triage)
    if question is None or not _may_ask(outcome, situation):
        return outcome
    return replace(outcome, replies=(*outcome.replies, Reply(f"ask.{question}")), asks=question)


def missing(inbound: Inbound, triage: Triage) -> Question | None:
    """What the office cannot act without, and the text does not say."""
    if (
        _WANTS_A_TIME.intersection(triage.intents)
        and not triage.windows
        and Flag.SAME_DAY not in triage.flags
    ):
        return Question.TIMES
    if Intent.MEDICATION_REFILL not in triage.intents:
        return None
    if not triage.medications:
        return Question.MEDICATION
    return None if _PHARMACY.search(plain(inbound.body)) else Question.PHARMACY


def _may_ask(outcome: Outcome, situation: Situation) -> bool:
    """Beside what can wait, a contact who is known to be one patient at most, and no staff member in talk."""
    return (
        outcome.urgency is Urgency.ROUTINE
        and outcome.consent is None
        and not any(reply.key.startswith("consent.") for reply in outcome.replies)
        and outcome.silence is None
        and situation.question is None
        and not is_unknown(situation)
        and not is_shared(situation)
        and not is_staff_writing(situation)
        and _is_unasked(case_of(situation), situation)
    )


def _is_unasked(case: OpenCase | None, situation: Situation) -> bool:
    """Whether the case was asked nothing yet, is no pressing one, and nobody has taken it."""
    if case is None:
        return True
    asked = any(
        key.startswith("ask.")
        for reply in situation.replies
        if reply.case_id == case.id
        for key in reply.keys
    )
    pressing = case.urgency.rank >= Urgency.URGENT.rank
    return case.asked is None and not asked and not pressing and not case.is_taken
