"""Where the provider calls. A view checks the signature, builds an Inbound, and hands it on. Nothing more."""

from __future__ import annotations

import re

from flask import Blueprint, Response, request

from smsbot import clock
from smsbot.receipts.texts import KNOWN_STATUSES, record_receipt
from smsbot.twilio import twiml
from smsbot.twilio.form import BadForm, read_inbound
from smsbot.web.fallback import take_in_or_keep
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy
from smsbot.web.signed import answer_refusals, signed_fields

webhooks = Blueprint("webhooks", __name__, url_prefix="/twilio")
answer_refusals(webhooks)

_PROVIDER_ID = re.compile(r"[A-Z]{2}[0-9a-f]{32}")
_OUR_ID = re.compile(r"[0-9a-f]{32}")
_ERROR_CODE = re.compile(r"\d{1,6}")


@webhooks.post("/sms")
@policy(Policy.SIGNED)
def sms() -> Response:
    """A text came in. What cannot be kept is answered with 5xx: the provider goes to the fallback then."""
    parts = wiring()
    inbound = read_inbound(signed_fields(), clock.now(), parts.our_numbers)
    return Response(parts.intake.receive(inbound), mimetype="text/xml")


@webhooks.post("/sms/fallback")
@policy(Policy.SIGNED)
def sms_fallback() -> Response:
    """A text whose webhook failed."""
    return Response(take_in_or_keep(wiring(), signed_fields()), mimetype="text/xml")


@webhooks.post("/status")
@policy(Policy.SIGNED)
def status() -> Response:
    """A receipt for something we sent."""
    fields = {name.decode("latin-1"): value.decode("latin-1") for name, value in signed_fields()}
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
            wiring().on_failed,
        )
    return Response(twiml.NO_REPLY, mimetype="text/xml")
