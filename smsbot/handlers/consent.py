"""Whether we may text: STOP, START, and HELP, as carrier words or in plain ones."""

from __future__ import annotations

from smsbot.domain import Consent, ConsentChange, Inbound, Intent, Outcome, Reply, Situation, Triage, Urgency
from smsbot.handlers.outcomes import EMERGENCY_LINE, outcome
from smsbot.handlers.words import VISIT_WORDS, opts_back_in, whole_word

MEANT_THE_VISIT = "This word alone stops our texts, but may have meant the visit: call."
PATIENT_STOPPED = "A patient of the list wants no more texts from us: agree on another way."


def concerns(inbound: Inbound, triage: Triage, situation: Situation) -> bool:
    """Whether consent is at stake although no intent says so: the provider acted, or YES undoes a STOP."""
    opted_out = situation.consent is Consent.OPTED_OUT
    return inbound.opt_out_type is not None or (opted_out and opts_back_in(inbound.body, inbound.recipient))


def handle(inbound: Inbound, triage: Triage, situation: Situation) -> Outcome:
    """The change of consent and its one answer; whether we or the provider send it is the policy's matter."""
    asked = (inbound.opt_out_type or "").upper()
    if asked == "STOP" or Intent.CONSENT_STOP in triage.intents:
        return _stop(inbound, situation)
    starts = opts_back_in(inbound.body, inbound.recipient) and situation.consent is Consent.OPTED_OUT
    if asked == "START" or Intent.CONSENT_START in triage.intents or starts:
        return outcome(Urgency.NONE, Reply("consent.start"), consent=ConsentChange.START)
    return _help(inbound, triage)


def _stop(inbound: Inbound, situation: Situation) -> Outcome:
    """Texts stop. A person sees to it when the visit may have been meant, or a patient is out of reach now.

    A STOP after a STOP is no news.
    """
    meant_visit = whole_word(inbound.body) in VISIT_WORDS
    is_news = situation.patients > 0 and situation.consent is not Consent.OPTED_OUT
    notes = ((MEANT_THE_VISIT,) if meant_visit else ()) + ((PATIENT_STOPPED,) if is_news else ())
    return outcome(
        Urgency.ROUTINE if notes else Urgency.NONE,
        Reply("consent.stop_visit" if meant_visit else "consent.stop"),
        notes=notes,
        consent=ConsentChange.STOP,
    )


def _help(inbound: Inbound, triage: Triage) -> Outcome:
    """HELP alone may be distress on this line: urgent. INFO and "who is this" need nobody."""
    if whole_word(inbound.body) == "help":
        return outcome(Urgency.highest(triage.urgency, Urgency.URGENT), Reply("consent.help"), EMERGENCY_LINE)
    more = (EMERGENCY_LINE,) if triage.urgency.rank >= Urgency.URGENT.rank else ()
    return outcome(Urgency.NONE, Reply("consent.help"), *more)
