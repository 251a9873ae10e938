"""Whether we may text: STOP, START, and HELP, as carrier words or in plain ones."""

from __future__ import annotations

from smsbot.domain import Consent, ConsentChange, Inbound, Intent, Outcome, Reply, Situation, Triage, Urgency
from smsbot.handlers.outcomes import EMERGENCY_LINE, outcome
from smsbot.handlers.words import opts_back_in, whole_word

MEANT_THE_VISIT = "CANCEL alone stops our texts, but may have meant the visit: call."


def concerns(inbound: Inbound, triage: Triage, situation: Situation) -> bool:
    """Whether consent is at stake although no intent says so: the provider acted, or YES undoes a STOP."""
    opted_out = situation.consent is Consent.OPTED_OUT
    return inbound.opt_out_type is not None or (opted_out and opts_back_in(inbound.body, inbound.recipient))


def handle(inbound: Inbound, triage: Triage, situation: Situation) -> Outcome:
    """The change of consent and its one answer; whether we or the provider send it is the policy's matter."""
    asked = (inbound.opt_out_type or "").upper()
    if asked == "STOP" or Intent.CONSENT_STOP in triage.intents:
        return _stop(inbound, triage)
    starts = opts_back_in(inbound.body, inbound.recipient) and situation.consent is Consent.OPTED_OUT
    if asked == "START" or Intent.CONSENT_START in triage.intents or starts:
        return outcome(Urgency.NONE, Reply("consent.start"), consent=ConsentChange.START)
    return _help(inbound, triage)


def _stop(inbound: Inbound, triage: Triage) -> Outcome:
    """CANCEL alone is both: texts stop, and a person finds out whether the visit was meant."""
    if whole_word(inbound.body) != "cancel":
        return outcome(Urgency.NONE, Reply("consent.stop"), consent=ConsentChange.STOP)
    return outcome(
        Urgency.ROUTINE,
        Reply("consent.stop_visit"),
        notes=(MEANT_THE_VISIT,),
        consent=ConsentChange.STOP,
    )


def _help(inbound: Inbound, triage: Triage) -> Outcome:
    """HELP alone may be distress on this line: urgent. INFO and "who is this" need nobody."""
    if whole_word(inbound.body) == "help":
        return outcome(Urgency.highest(triage.urgency, Urgency.URGENT), Reply("consent.help"), EMERGENCY_LINE)
    more = (EMERGENCY_LINE,) if triage.urgency.rank >= Urgency.URGENT.rank else ()
    return outcome(Urgency.NONE, Reply("consent.help"), *more)
