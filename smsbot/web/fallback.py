"""The address the provider goes to when the webhook failed: needs neither database nor Redis.

A text that cannot be taken in is kept in the spool and answered with fixed words: 988 and 911 as the danger
read in it asks for, else that our system is in trouble. The sweep's process takes it in later.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import structlog
from prometheus_client import Counter

from smsbot import clock
from smsbot.domain import ConsentChange, Inbound, Situation
from smsbot.replies import render, reply_languages
from smsbot.replies.unusual import trouble
from smsbot.twilio import twiml
from smsbot.twilio.form import read_inbound
from smsbot.twilio.signature import Fields
from smsbot.wiring import Wiring

INTAKE_SECONDS = 6.0  # a database that hangs: the provider waits for 15 s, and nobody else answers it

_spooled = Counter("smsbot_spooled_texts_total", "Texts kept in the spool because they could not be taken in")
_threads = ThreadPoolExecutor(max_workers=4, thread_name_prefix="fallback")

log = structlog.get_logger()


def take_in_or_keep(parts: Wiring, fields: Fields) -> str:
    """The TwiML for one signed text. Raises BadForm, and OSError when it cannot be kept in any way."""
    inbound = read_inbound(fields, clock.now(), parts.our_numbers)
    try:
        return _taken_in(parts, inbound)
    except Exception as error:  # whatever it is: behind this address there is none
        reason = type(error).__name__
    told = _words(parts, inbound)
    parts.spool.keep(fields, inbound.received_at, told)
    _spooled.inc()
    log.error("text_spooled", provider_sid=inbound.provider_sid, error=reason)
    return twiml.reply(told) if told else twiml.NO_REPLY


def _taken_in(parts: Wiring, inbound: Inbound) -> str:
    """The usual answer. Raises TimeoutError after INTAKE_SECONDS: should it be written down after all, the
    spool's copy is a repeat."""
    future = _threads.submit(parts.intake.receive, inbound)
    try:
        return future.result(timeout=INTAKE_SECONDS)
    finally:
        future.cancel()


def _words(parts: Wiring, inbound: Inbound) -> str:
    try:
        return fixed_words(parts, inbound)
    except Exception as error:  # the text must be kept all the same
        log.error("no_fixed_words", error=type(error).__name__)
        return ""


def fixed_words(parts: Wiring, inbound: Inbound) -> str:
    """What to say without knowing anything but the text; "" for nothing.

    Nothing is said where we never answer, nor to a STOP: it counts once the text is taken in.
    """
    clinic, now = parts.clinic, inbound.received_at
    situation = Situation(now=now, zone=clinic.zone.key, office=clinic.office_at(now))
    decision = parts.intake.deciding(inbound, situation)
    outcome = decision.outcome
    if not outcome.replies or outcome.consent is ConsentChange.STOP:
        return ""
    languages = reply_languages(inbound, decision.triage, situation, clinic.languages)
    if any(one.key.startswith("crisis.") for one in outcome.replies):
        return render(parts.wording, outcome.replies, languages, situation.office, clinic, now=now)
    return trouble(languages, clinic)
