"""Where the provider calls. A view checks the signature, builds an Inbound, and hands it on. Nothing more."""

from __future__ import annotations

import re

from flask import Blueprint, Response, request

from smsbot import clock
from smsbot.receipts import KNOWN_STATUSES, record_receipt
from smsbot.twilio import twiml
from smsbot.twilio.form import FORM_TYPE, MAX_REQUEST_BYTES, BadForm, parse_form, read_inbound
from smsbot.twilio.signature import Fields, is_signed
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy
from smsbot.web.refusals import Refused, note_refusal

webhooks = Blueprint("webhooks", __name__, url_prefix="/twilio")

_PROVIDER_ID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")
_OUR_ID = re.compile(r"[0-9a-f]{32}")
_ERROR_CODE = re.compile(r"\d{1,6}")


@webhooks.post("/sms")
@webhooks.post("/sms/fallback", endpoint="sms_fallback")
@policy(Policy.SIGNED)
def sms() -> Response:
    """A text came in."""
    parts = wiring()
    inbound = read_inbound(_signed_fields(), clock.now(), parts.our_numbers)
    return Response(parts.intake.receive(inbound), mimetype="text/xml")


@webhooks.post("/status")
@policy(Policy.SIGNED)
def status() -> Response:
    """A receipt for something we sent."""
    fields = {name.decode("latin-1"): value.decode("latin-1") for name, value in _signed_fields()}
    provider_id, state = fields.get("MessageSid", ""), fields.get("MessageStatus", "")
    if not _PROVIDER_ID.fullmatch(provider_id):
        raise BadForm("no_message_sid")
    if state in KNOWN_STATUSES:
        code, ours = fields.get("ErrorCode", ""), request.args.get("dispatch", "")
        record_receipt(
            wiring().db,
            provider_id,
            state,
            code if _ERROR_CODE.fullmatch(code) else None,
            ours if _OUR_ID.fullmatch(ours) else None,
        )
    return Response(twiml.NO_REPLY, mimetype="text/xml")


def _signed_fields() -> Fields:
    """The form, if it is one, small enough, ours, and signed. Raises Refused or BadForm."""
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


def _read_body() -> bytes:
    if (request.content_length or 0) > MAX_REQUEST_BYTES:
        raise Refused(413, "too_large")
    raw = request.stream.read(MAX_REQUEST_BYTES + 1)
    if len(raw) > MAX_REQUEST_BYTES:
        raise Refused(413, "too_large")
    return raw


@webhooks.errorhandler(Refused)
def _refused(refused: Refused) -> Response:
    return note_refusal(refused.status, refused.reason)


@webhooks.errorhandler(BadForm)
def _bad_form(bad: BadForm) -> Response:
    return note_refusal(400, bad.reason)
