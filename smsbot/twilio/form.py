"""From the provider's form to an Inbound. However odd a validly signed text is, it is kept."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime
from urllib.parse import unquote_to_bytes

import phonenumbers

from smsbot.domain import Inbound, Media, SenderKind
from smsbot.twilio.signature import Fields

MESSAGE_SID = re.compile(r"(?:SM|MM)[0-9a-f]{32}")
FORM_TYPE = "application/x-www-form-urlencoded"
MAX_REQUEST_BYTES = 64 * 1024
_MAX_FIELDS = 400


class BadForm(Exception):
    """A form that is refused. `reason` is one of a few fixed words."""

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def parse_form(raw: bytes) -> Fields:
    """Names and values as bytes, blank values kept. Raises BadForm for a doubled name or too many fields."""
    if raw.count(b"&") >= _MAX_FIELDS:
        raise BadForm("too_many_fields")
    # by hand: the library's parse_qsl decodes before it splits, and broken bytes must stay what they are
    parts = (part.partition(b"=") for part in raw.split(b"&") if part)
    fields = tuple((_unquoted(name), _unquoted(value)) for name, _, value in parts)
    if len({name for name, _ in fields}) != len(fields):
        raise BadForm("doubled_name")
    return fields


def _unquoted(part: bytes) -> bytes:
    return unquote_to_bytes(part.replace(b"+", b" "))


def decode(fields: Fields) -> tuple[dict[str, str], frozenset[str]]:
    """The fields as text, and marks for what had to be mended: broken bytes, NUL (PostgreSQL refuses it)."""
    marks = set()
    texts = {}
    for name, value in fields:
        text = value.decode("utf-8", "replace")
        if "\N{REPLACEMENT CHARACTER}" in text and "\N{REPLACEMENT CHARACTER}".encode() not in value:
            marks.add("broken_bytes")
        if "\0" in text:
            marks.add("nul_stripped")
            text = text.replace("\0", "")
        texts[name.decode("utf-8", "replace").replace("\0", "")] = text
    return texts, frozenset(marks)


def read_inbound(fields: Fields, received_at: datetime, our_numbers: frozenset[str]) -> Inbound:
    """Build the Inbound. Raises BadForm("no_message_sid") when there is no valid message id."""
    texts, marks = decode(fields)
    provider_sid = texts.get("MessageSid", "")
    if not MESSAGE_SID.fullmatch(provider_sid):
        raise BadForm("no_message_sid")
    if "Body" not in texts:
        marks |= {"no_body"}
    sender = texts.get("From", "")
    return Inbound(
        provider_sid=provider_sid,
        sender=sender,
        sender_kind=sender_kind(sender, our_numbers),
        recipient=texts.get("To", ""),
        body=texts.get("Body", ""),
        received_at=received_at,
        media=_media(texts),
        opt_out_type=texts.get("OptOutType") or None,
        marks=marks,
        raw=texts,
    )


def sender_kind(sender: str, our_numbers: frozenset[str]) -> SenderKind:
    """What stands behind a `From`. phonenumbers takes a short code for a US number: count digits."""
    if sender in our_numbers:
        return SenderKind.OURSELVES
    if re.fullmatch(r"\+?\d{3,8}", sender):
        return SenderKind.SHORT_CODE
    if re.fullmatch(r"\+[1-9]\d{8,14}", sender):
        return SenderKind.PHONE
    if re.fullmatch(r"[A-Za-z0-9 &_+\-]{1,11}", sender) and re.search(r"[A-Za-z]", sender):
        return SenderKind.ALPHANUMERIC
    return SenderKind.STRANGE


def normal_number(text: str, region: str = "US") -> str | None:
    """A number as +15615550123, or None if it is none."""
    try:
        number = phonenumbers.parse(text, region)
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _media(texts: Mapping[str, str]) -> tuple[Media, ...]:
    count = texts.get("NumMedia", "0")
    number = min(int(count), 20) if re.fullmatch(r"\d{1,3}", count) else 0
    return tuple(
        Media(index, texts.get(f"MediaContentType{index}", "application/octet-stream"))
        for index in range(number)
    )
