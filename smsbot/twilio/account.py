"""What the account at the provider says of itself and of its number: for the set-up check."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any


@dataclass(frozen=True, slots=True)
class AccountFacts:
    """`status` is active, suspended or closed; `kind` Full or Trial; `at` the provider's clock."""

    status: str
    kind: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class Hook:
    """Where the provider posts something, and by which method; "" for nowhere."""

    url: str = ""
    method: str = "POST"


@dataclass(frozen=True, slots=True)
class NumberFacts:
    """One of the account's numbers. With an application (or a trunk) the hooks of its kind do not count."""

    sid: str
    sms: Hook
    sms_fallback: Hook
    voice: Hook
    has_sms_application: bool
    has_voice_application: bool
    can_text: bool
    can_call: bool


@dataclass(frozen=True, slots=True)
class ServiceFacts:
    """A messaging service. `by_number`: the hooks of the number count, not these."""

    sid: str
    by_number: bool
    sms: Hook
    sms_fallback: Hook


def as_account(fetched: Any) -> AccountFacts:
    """Read the SDK's answer, headers and all."""
    return AccountFacts(str(fetched.data.status), str(fetched.data.type), _date(fetched.headers))


def as_number(one: Any) -> NumberFacts:
    """Read the SDK's record."""
    can = one.capabilities or {}
    return NumberFacts(
        sid=one.sid,
        sms=_hook(one.sms_url, one.sms_method),
        sms_fallback=_hook(one.sms_fallback_url, one.sms_fallback_method),
        voice=_hook(one.voice_url, one.voice_method),
        has_sms_application=bool(one.sms_application_sid),
        has_voice_application=bool(one.voice_application_sid or one.trunk_sid),
        can_text=bool(can.get("sms")),
        can_call=bool(can.get("voice")),
    )


def as_service(one: Any) -> ServiceFacts:
    """Read the SDK's record."""
    return ServiceFacts(
        sid=one.sid,
        by_number=bool(one.use_inbound_webhook_on_number),
        sms=_hook(one.inbound_request_url, one.inbound_method),
        sms_fallback=_hook(one.fallback_url, one.fallback_method),
    )


def _hook(url: str | None, method: str | None) -> Hook:
    return Hook(url or "", method or "POST")


def _date(headers: Mapping[str, str] | None) -> datetime | None:
    for name, value in (headers or {}).items():
        if name.lower() == "date":
            try:
                return parsedate_to_datetime(value).astimezone(UTC)
            except ValueError:
                return None
    return None
