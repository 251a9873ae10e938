"""Where the provider calls about our telephone calls to staff.

Every view checks the signature first. No call is ever recorded.
"""

from __future__ import annotations

import re

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from smsbot.domain import Urgency
from smsbot.models import Case, Dispatch, Staff
from smsbot.receipts_calls import PASS_ON, TAKE, find_call, press_key, record_call_status, standing
from smsbot.twilio import twiml
from smsbot.twilio import voice as script
from smsbot.twilio.form import BadForm, decode
from smsbot.twilio.voice import Standing
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy
from smsbot.web.signed import answer_refusals, signed_fields
from smsbot.wiring import voice_url

voice = Blueprint("voice", __name__, url_prefix="/twilio/voice")
answer_refusals(voice)

CALL_SID = re.compile(r"CA[0-9a-f]{32}")
_OUR_ID = re.compile(r"[0-9a-f]{32}")


@voice.post("/alert")
@policy(Policy.SIGNED)
def alert() -> Response:
    """Somebody or something has picked up our call: what it says."""
    form = call_form()
    with wiring().db.reading() as session:
        found = _call_and_case(session, form, lock=False)
        if found is None:
            return say(script.no_alert())
        dispatch, case = found
        if form.get("AnsweredBy", "").startswith(("machine", "fax")) and "Digits" not in form:
            return say(script.machine_script(_url("alert", dispatch)))
        stands = standing(session, dispatch, case)
        if stands is not Standing.WAITS:
            return say(script.farewell(stands, Urgency(case.urgency), case.code))
        return say(script.alert_script(Urgency(case.urgency), case.code, _url("answer", dispatch)))


@voice.post("/answer")
@policy(Policy.SIGNED)
def answer() -> Response:
    """The person pressed a key: 1 takes the case, 2 passes it on."""
    form = call_form()
    key = form.get("Digits", "")
    with wiring().db.writing() as session:
        found = _call_and_case(session, form, lock=True)
        if found is None:
            return say(script.no_alert())
        dispatch, case = found
        if key not in (TAKE, PASS_ON):
            return say(script.unknown_key(_url("alert", dispatch)))
        stands = press_key(session, dispatch, case, form["CallSid"], key, _take, _pass_on)
        return say(script.farewell(stands, Urgency(case.urgency), case.code))


@voice.post("/status")
@policy(Policy.SIGNED)
def status() -> Response:
    """How a call of ours goes, and how it ended."""
    form, ours = call_form(), request.args.get("dispatch", "")
    if _OUR_ID.fullmatch(ours):
        record_call_status(
            wiring().db,
            ours,
            form["CallSid"],
            form.get("CallStatus", ""),
            form.get("AnsweredBy", ""),
            wiring().on_failed,
        )
    return say(twiml.NO_REPLY)


def address(path: str) -> str:
    """A public address of ours for the provider to ask."""
    return f"{voice_url(wiring().settings)}/{path}"


def call_form() -> dict[str, str]:
    """The signed form as text. Raises Refused, or BadForm when it is about no call."""
    form, _marks = decode(signed_fields())
    if not CALL_SID.fullmatch(form.get("CallSid", "")):
        raise BadForm("no_call_sid")
    return form


def _call_and_case(session: Session, form: dict[str, str], *, lock: bool) -> tuple[Dispatch, Case] | None:
    """The dispatch that the address names, and its case; None unless its person's phone is the one called."""
    ours = request.args.get("dispatch", "")
    dispatch = find_call(session, ours, lock=lock) if _OUR_ID.fullmatch(ours) else None
    if dispatch is None or dispatch.case_id is None or dispatch.recipient != form.get("To"):
        return None
    person = session.get(Staff, dispatch.staff_id) if dispatch.staff_id else None
    if person is None or person.disabled_at is not None:
        return None
    return dispatch, session.get_one(Case, dispatch.case_id)


def _take(session: Session, case: Case, staff_id: str) -> None:
    wiring().ladder.take(session, case, staff_id, by="call")


def _pass_on(session: Session, case: Case, staff_id: str) -> None:
    wiring().ladder.pass_on(session, case, staff_id)


def _url(name: str, dispatch: Dispatch) -> str:
    return address(f"{name}?dispatch={dispatch.id}")


def say(document: str) -> Response:
    """TwiML as an answer."""
    return Response(document, mimetype="text/xml")
