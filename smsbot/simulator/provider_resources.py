"""The provider's records as the JSON of its API, version 2010-04-01."""

from __future__ import annotations

import json
import math
import sqlite3
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from smsbot.simulator.provider_errors import FATES, REFUSALS

VERSION = "2010-04-01"
_GSM = set(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_GSM_DOUBLE = set("\f^{}\\[~]|€")
NUMBER_URLS = (
    "sms_url",
    "sms_fallback_url",
    "voice_url",
    "voice_fallback_url",
    "status_callback",
    "friendly_name",
)


def segments(body: str) -> int:
    """How many texts the carrier bills: 160 or 153 each in GSM-7, 70 or 67 in UCS-2."""
    if set(body) <= _GSM | _GSM_DOUBLE:
        length, alone, joined = len(body) + sum(mark in _GSM_DOUBLE for mark in body), 160, 153
    else:
        length, alone, joined = len(body.encode("utf-16-be")) // 2, 70, 67
    return 1 if length <= alone else math.ceil(length / joined)


def rfc2822(at: float | None) -> str | None:
    """A moment as the API writes it."""
    return format_datetime(datetime.fromtimestamp(at, UTC)) if at is not None else None


def account_uri(account: str, *path: str) -> str:
    """Address of something of the account, from the API's root."""
    return "/".join(["", VERSION, "Accounts", account, *path])


def message_json(account: str, row: sqlite3.Row) -> dict[str, Any]:
    """A message. `date_sent` is empty until it was sent."""
    uri = account_uri(account, "Messages", row["sid"])
    code = row["error_code"]
    return {
        "sid": row["sid"],
        "account_sid": account,
        "messaging_service_sid": row["service_sid"],
        "direction": row["direction"],
        "from": row["sender"],
        "to": row["recipient"],
        "body": row["body"],
        "status": row["status"],
        "num_segments": str(segments(row["body"])),
        "num_media": str(row["num_media"]),
        "error_code": code,
        "error_message": (FATES.get(code) or REFUSALS.get(code, (0, "Unknown error"))[1]) if code else None,
        "date_created": rfc2822(row["created_at"]),
        "date_updated": rfc2822(row["updated_at"]),
        "date_sent": rfc2822(row["sent_at"]),
        "price": None,
        "price_unit": "USD",
        "api_version": VERSION,
        "uri": f"{uri}.json",
        "subresource_uris": {"media": f"{uri}/Media.json"},
    }


def media_json(account: str, row: sqlite3.Row) -> dict[str, Any]:
    """One attachment; its bytes are at the same address without `.json`."""
    return {
        "sid": row["sid"],
        "account_sid": account,
        "parent_sid": row["message_sid"],
        "content_type": row["content_type"],
        "date_created": rfc2822(row["created_at"]),
        "date_updated": rfc2822(row["created_at"]),
        "uri": account_uri(account, "Messages", row["message_sid"], "Media", f"{row['sid']}.json"),
    }


def call_json(account: str, row: sqlite3.Row) -> dict[str, Any]:
    """A call. `duration` counts from the answer, in seconds."""
    is_over = row["started_at"] is not None and row["ended_at"] is not None
    return {
        "sid": row["sid"],
        "account_sid": account,
        "direction": row["direction"],
        "from": row["sender"],
        "to": row["recipient"],
        "status": row["status"],
        "answered_by": row["answered_by"],
        "start_time": rfc2822(row["started_at"]),
        "end_time": rfc2822(row["ended_at"]),
        "duration": str(round(row["ended_at"] - row["started_at"])) if is_over else None,
        "date_created": rfc2822(row["created_at"]),
        "date_updated": rfc2822(row["updated_at"]),
        "api_version": VERSION,
        "uri": account_uri(account, "Calls", f"{row['sid']}.json"),
        "subresource_uris": {},
    }


def number_json(account: str, row: sqlite3.Row) -> dict[str, Any]:
    """A number of the account, with where its webhooks go."""
    urls = dict.fromkeys(NUMBER_URLS, "") | json.loads(row["urls"])
    return {
        **urls,
        "sid": row["sid"],
        "account_sid": account,
        "phone_number": row["number"],
        "friendly_name": urls["friendly_name"] or row["number"],
        "capabilities": {"sms": True, "mms": True, "voice": True, "fax": False},
        "sms_method": "POST",
        "sms_fallback_method": "POST",
        "voice_method": "POST",
        "status": "in-use",
        "api_version": VERSION,
        "uri": account_uri(account, "IncomingPhoneNumbers", f"{row['sid']}.json"),
    }
