"""Where the provider calls about our telephone calls to staff, and those that join staff with patients.

Every view checks the signature first. No call is ever recorded.
"""

from __future__ import annotations

import re

from flask import Blueprint, Response, request
from sqlalchemy.orm import Session

from smsbot import drill
from smsbot.domain import Urgency
from smsbot.models import Alert, Case, Dispatch, Staff
from smsbot.receipts.bridge import (
    CONNECT,
    Bridge,
    find_bridge,
    may_connect,
    note_connecting,
    note_ended,
    record_bridge_status,
)
from smsbot.receipts.calls import PASS_ON, TAKE, find_call, press_key, record_call_status, standing
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
        urgency, is_test = _alerted_of(session, dispatch)
        return say(script.alert_script(urgency, case.code, _url("answer", dispatch), is_test=is_test))


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


@voice.post("/bridge/<dispatch_id>")
@policy(Policy.SIGNED)
def bridge(dispatch_id: str) -> Response:
    """A staff member has picked up the call they asked for: a key puts them through to the patient."""
    form = call_form()
    with wiring().db.reading() as session:
        found = _bridge(session, dispatch_id, form, lock=False)
        if found is None:
            return say(script.no_bridge())
        return say(script.bridge_question(found.case.code, address(f"bridge/{dispatch_id}/connect")))


@voice.post("/bridge/<dispatch_id>/connect")
@policy(Policy.SIGNED)
def bridge_connect(dispatch_id: str) -> Response:
    """A key was pressed there: 1 rings the patient, who sees the clinic's number."""
    form = call_form()
    with wiring().db.writing() as session:
        found = _bridge(session, dispatch_id, form, lock=True)
        if found is None:
            return say(script.no_bridge())
        if form.get("Digits") != CONNECT:
            return say(script.unknown_key(address(f"bridge/{dispatch_id}")))
        note_connecting(session, found, form["CallSid"], wiring().ladder.take)
        # the number that the staff member was called from, which is ours
        ended_url = address(f"bridge/{dispatch_id}/ended")
        return say(script.bridge_dial(found.contact.number, form.get("From", ""), ended_url))


@voice.post("/bridge/<dispatch_id>/ended")
@policy(Policy.SIGNED)
def bridge_ended(dispatch_id: str) -> Response:
    """The patient's end of the call is over, or never came about."""
    form = call_form()
    outcome, seconds = form.get("DialCallStatus", ""), form.get("DialCallDuration", "")
    with wiring().db.writing() as session:
        found = _any_bridge(session, dispatch_id, form, lock=True)
        if found is not None:
            length = int(seconds[:6]) if seconds.isascii() and seconds.isdigit() else 0
            note_ended(session, found, form["CallSid"], outcome, length)
    if outcome in ("completed", "answered"):
        return say(script.hang_up())
    return say(script.bridge_unanswered(outcome))


@voice.post("/bridge/<dispatch_id>/status")
@policy(Policy.SIGNED)
def bridge_status(dispatch_id: str) -> Response:
    """How the call to the staff member goes, and how it ended."""
    form = call_form()
    if _OUR_ID.fullmatch(dispatch_id):
        record_bridge_status(wiring().db, dispatch_id, form["CallSid"], form.get("CallStatus", ""))
    return say(twiml.NO_REPLY)


def _bridge(session: Session, dispatch_id: str, form: dict[str, str], *, lock: bool) -> Bridge | None:
    """The call that the address names, while its key still joins the two."""
    found = _any_bridge(session, dispatch_id, form, lock=lock)
    return found if found is not None and may_connect(found) else None


def _any_bridge(session: Session, dispatch_id: str, form: dict[str, str], *, lock: bool) -> Bridge | None:
    if not _OUR_ID.fullmatch(dispatch_id):
        return None
    return find_bridge(session, dispatch_id, form.get("To", ""), lock=lock)


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


def _alerted_of(session: Session, dispatch: Dispatch) -> tuple[Urgency, bool]:
    """How urgent that is of which this call alerts, and whether it is a test: as a text would say it."""
    alert = session.get_one(Alert, dispatch.alert_id)
    return Urgency(alert.urgency), alert.reason == drill.REASON


def _take(session: Session, case: Case, staff_id: str) -> None:
    wiring().ladder.take(session, case, staff_id, by="call")


def _pass_on(session: Session, case: Case, staff_id: str) -> None:
    wiring().ladder.pass_on(session, case, staff_id)


def _url(name: str, dispatch: Dispatch) -> str:
    return address(f"{name}?dispatch={dispatch.id}")


def say(document: str) -> Response:
    """TwiML as an answer."""
    return Response(document, mimetype="text/xml")
