"""The account at the provider: its token, its number, its messaging service, its addresses of ours."""

from __future__ import annotations

from dataclasses import replace

from smsbot.doctor.hooks import hook_line, is_free, shown, wanted
from smsbot.doctor.line import Line, bad, ok, warn
from smsbot.twilio.account import AccountFacts, NumberFacts, ServiceFacts
from smsbot.twilio.client import Provider, ProviderError
from smsbot.wiring import Wiring, provider_of

_WRONG_TOKEN = ("20003", "401")
_UNKNOWN = ("20404", "404")


def check_account(parts: Wiring) -> list[Line]:
    """Ask the provider, in a simulator its stand-in."""
    lines = [_token_line(parts, place) for place in range(len(parts.account.auth_tokens))]
    provider = provider_of(parts.account)
    try:
        facts = provider.account()
        return [*lines, *account_lines(facts), *_number_lines(parts, provider)]
    except ProviderError as error:
        if error.code in _WRONG_TOKEN:
            return lines  # which is said there
        return [*lines, unreachable(parts, error)]


def unreachable(parts: Wiring, error: ProviderError) -> Line:
    """The provider does not answer."""
    if parts.settings.is_simulator:
        return bad("The stand-in provider does not answer.", "Start the simulator: make run.")
    remedy = "Check this machine's network and TWILIO_API_URL; then the provider's status page."
    return bad(f"The provider's API does not answer ({error.code}).", remedy)


def account_lines(facts: AccountFacts) -> list[Line]:
    """Whether the account may text at all."""
    if facts.status != "active":
        remedy = "Nothing leaves until it is active: see the provider's console (payment, compliance)."
        return [bad(f"The account is {facts.status}.", remedy)]
    if facts.kind == "Trial":
        remedy = "Upgrade it in the console: a trial account texts verified phones alone."
        return [bad("The account is a trial account.", remedy)]
    return [ok("The account is active.")]


def number_lines(facts: NumberFacts, public_url: str, service: ServiceFacts | None) -> list[Line]:
    """What the number can do, and where its texts and calls go."""
    ours, lines = wanted(public_url), []
    if not facts.can_text:
        lines.append(bad("The text line's number cannot text.", "Get one that can, or have texting enabled."))
    if service is not None and not service.by_number:
        lines.append(hook_line("The messaging service's webhook for texts", service.sms, ours.sms))
        lines.append(hook_line("The messaging service's fallback", service.sms_fallback, ours.sms_fallback))
    elif facts.has_sms_application:
        remedy = (
            "Run smsbot doctor --fix: it takes the number out of the application, and sets our addresses."
        )
        lines.append(bad("An application at the provider takes the number's texts, not we.", remedy))
    else:
        lines.append(hook_line("The number's webhook for texts", facts.sms, ours.sms))
        lines.append(hook_line("The number's fallback for texts", facts.sms_fallback, ours.sms_fallback))
    return [*lines, _voice_line(facts, ours.voice)]


def _token_line(parts: Wiring, place: int) -> Line:
    name = ("TWILIO_AUTH_TOKEN", "TWILIO_AUTH_TOKEN_SECONDARY")[place]
    alone = provider_of(replace(parts.account, auth_tokens=(parts.account.auth_tokens[place],)))
    try:
        alone.account()
    except ProviderError as error:
        if error.code not in _WRONG_TOKEN:
            return warn(f"{name} could not be tried.", "Run this again once the provider answers.")
        if place and not parts.settings.is_simulator:
            return warn(f"{name} is refused.", "Leave it out, if the rotation is over; else copy it again.")
        return bad(
            f"{name} is refused: nothing leaves, and webhooks are refused.",
            "Copy it again from the provider's console, with TWILIO_ACCOUNT_SID, and start again.",
        )
    return ok(f"{name} is right.")


def _number_lines(parts: Wiring, provider: Provider) -> list[Line]:
    line, sender = parts.clinic.text_line, parts.account.sender
    facts = provider.number_urls(line)
    if facts is None:
        remedy = "Correct text_line in clinic.toml, or move the number into this account."
        return [bad("The account has no such number as text_line.", remedy)]
    lines = [ok("The text line's number belongs to the account.")]
    if sender and sender != line and not parts.account.messaging_service_sid:
        what = "TWILIO_FROM is another number than text_line: patients are answered from a stranger."
        lines.append(warn(what, "Set TWILIO_FROM to the text line."))
    try:
        service = service_of(parts, provider)
    except ProviderError as error:
        lines.append(_service_error(error))
        return lines
    return [*lines, *number_lines(facts, parts.settings.public_url, service)]


def service_of(parts: Wiring, provider: Provider) -> ServiceFacts | None:
    """The messaging service in use, if there is one. Raises ProviderError."""
    sid = parts.account.messaging_service_sid
    return provider.service_urls(sid) if sid else None


def _service_error(error: ProviderError) -> Line:
    if error.code in _UNKNOWN:
        remedy = "Copy TWILIO_MESSAGING_SERVICE_SID (MG…) again from the provider's console."
        return bad("The account has no such messaging service.", remedy)
    return warn(f"The messaging service could not be asked ({error.code}).", "Run this again.")


def _voice_line(facts: NumberFacts, ours: str) -> Line:
    if not facts.can_call:
        return warn(
            "The text line's number cannot call: staff are not called, and callers hear nothing.",
            "Have voice enabled for it at the provider.",
        )
    taken = facts.has_voice_application or not (is_free(facts.voice) or "/twilio/voice/" in facts.voice.url)
    if taken:
        where = "an application" if facts.has_voice_application else shown(facts.voice.url)
        return warn(
            f"Calls to the text line go to {where}, not to us: a missed call opens no case.",
            f"If that is not meant, set the number's voice webhook to {ours} by POST. --fix leaves it alone.",
        )
    return hook_line("The number's webhook for calls", facts.voice, ours)
