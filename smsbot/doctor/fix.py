"""`smsbot doctor --fix`: sets our addresses at the provider. It says what stood there, to put it back."""

from __future__ import annotations

from smsbot.doctor.account import service_of, unreachable
from smsbot.doctor.hooks import Wanted, is_free, is_right, shown, wanted
from smsbot.doctor.line import Line, bad, ok
from smsbot.twilio.account import Hook, NumberFacts, ServiceFacts
from smsbot.twilio.client import ProviderError
from smsbot.wiring import Wiring, provider_of


def fix_urls(parts: Wiring) -> list[Line]:
    """Set what is not as we want it. Calls that go to another system stay as they are."""
    provider, ours = provider_of(parts.account), wanted(parts.settings.public_url)
    try:
        service, number = service_of(parts, provider), provider.number_urls(parts.clinic.text_line)
        if number is None:
            return [
                bad("Nothing was set: the account has no such number as text_line.", "Correct text_line.")
            ]
        lines, fields = [], number_changes(number, ours, texts=service is None or service.by_number)
        if service is not None and not service.by_number and (changes := service_changes(service, ours)):
            provider.set_service_urls(service.sid, changes)
            lines += _told("The messaging service", service.sms, service.sms_fallback)
        if fields:
            provider.set_number_urls(number.sid, fields)
            lines += _told("The number", number.sms, number.sms_fallback, number.voice)
    except ProviderError as error:
        return [unreachable(parts, error)]
    return lines or [ok("Nothing to set: the addresses are ours already.")]


def number_changes(number: NumberFacts, ours: Wanted, *, texts: bool) -> dict[str, str]:
    """What to change at the number; `texts`: its hooks for texts count."""
    fields: dict[str, str] = {}
    if texts:
        fields |= _changed("sms_url", "sms_method", number.sms, ours.sms)
        fields |= _changed("sms_fallback_url", "sms_fallback_method", number.sms_fallback, ours.sms_fallback)
        if number.has_sms_application:
            fields["sms_application_sid"] = ""
    is_ours = "/twilio/voice/" in number.voice.url
    if number.can_call and not number.has_voice_application and (is_ours or is_free(number.voice)):
        fields |= _changed("voice_url", "voice_method", number.voice, ours.voice)
    return fields


def service_changes(service: ServiceFacts, ours: Wanted) -> dict[str, str]:
    """What to change at the messaging service."""
    return _changed("inbound_request_url", "inbound_method", service.sms, ours.sms) | _changed(
        "fallback_url", "fallback_method", service.sms_fallback, ours.sms_fallback
    )


def _changed(url_field: str, method_field: str, found: Hook, ours: str) -> dict[str, str]:
    return {} if is_right(found, ours) else {url_field: ours, method_field: "POST"}


def _told(whose: str, *before: Hook) -> list[Line]:
    stood = ", ".join(shown(hook.url) if hook.url else "nothing" for hook in before)
    return [ok(f"{whose} was set to our addresses. Before: {stood}.")]
