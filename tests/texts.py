"""Texts for tests, as Inbound."""

from __future__ import annotations

from typing import Any

from smsbot import clock
from smsbot.domain import Inbound, SenderKind
from tests.system import TEXT_LINE, new_sid

WALT = "+15615550110"


def inbound(body: str, sender: str = WALT, **changes: Any) -> Inbound:
    """One text of a patient, now."""
    values: dict[str, Any] = {
        "provider_sid": new_sid(),
        "sender": sender,
        "sender_kind": SenderKind.PHONE,
        "recipient": TEXT_LINE,
        "body": body,
        "received_at": clock.now(),
    }
    return Inbound(**{**values, **changes})
