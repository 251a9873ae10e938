"""The one gate of every webhook: a form, small enough, of our account, signed by the provider."""

from __future__ import annotations

from flask import Blueprint, Response, request

from smsbot.twilio.form import FORM_TYPE, MAX_REQUEST_BYTES, BadForm, parse_form
from smsbot.twilio.signature import Fields, is_signed
from smsbot.web.parts import wiring
from smsbot.web.refusals import Refused, note_refusal


def signed_fields() -> Fields:
    """The form of this request. Raises Refused or BadForm; see `answer_refusals`."""
    if request.mimetype != FORM_TYPE:
        raise Refused(415, "not_a_form")
    raw = _read_body()
    fields = parse_form(raw)
    parts = wiring()
    url = parts.settings.public_url + request.path
    if request.query_string:
        url += "?" + request.query_string.decode("latin-1")
    if not is_signed(parts.account.auth_tokens, url, fields, request.headers.get("X-Twilio-Signature")):
        raise Refused(403, "bad_signature")
    if dict(fields).get(b"AccountSid") != parts.account.account_sid.encode():
        raise Refused(403, "other_account")
    return fields


def answer_refusals(blueprint: Blueprint) -> None:
    """Write down and answer what `signed_fields` raises in views of this blueprint."""
    blueprint.register_error_handler(Refused, _refused)
    blueprint.register_error_handler(BadForm, _bad_form)


def _read_body() -> bytes:
    if (request.content_length or 0) > MAX_REQUEST_BYTES:
        raise Refused(413, "too_large")
    raw = request.stream.read(MAX_REQUEST_BYTES + 1)
    if len(raw) > MAX_REQUEST_BYTES:
        raise Refused(413, "too_large")
    return raw


def _refused(refused: Refused) -> Response:
    return note_refusal(refused.status, refused.reason)


def _bad_form(bad: BadForm) -> Response:
    return note_refusal(400, bad.reason)
