"""People who call the text line: a greeting, put through or noted. No call is ever recorded."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, request
from sqlalchemy import select

from smsbot import clock
from smsbot.domain import Inbound, SenderKind
from smsbot.intake.missed_call import MARK, note_missed_call
from smsbot.models import Duty, Receipt, Staff, new_id
from smsbot.receipts.calls import TAKE
from smsbot.shifts import on_duty
from smsbot.twilio import voice as script
from smsbot.twilio.form import BadForm, sender_kind
from smsbot.twilio.voice import Forward
from smsbot.upsert import insert_if_new
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy
from smsbot.web.signed import answer_refusals
from smsbot.web.voice import CALL_SID, address, call_form, say

incoming_calls = Blueprint("incoming_calls", __name__, url_prefix="/twilio/voice")
answer_refusals(incoming_calls)

ACCEPTED = "accepted"  # a forwarded call whose key was pressed: the status of its receipt
_MOST_AT_ONCE = 3  # telephones that ring for one caller at night


@incoming_calls.post("/incoming")
@policy(Policy.SIGNED)
def incoming() -> Response:
    """Somebody calls the text line: a greeting, and then the office, or the person on call, or nobody."""
    form, parts = call_form(), wiring()
    if _is_staff(form.get("From", "")):
        return say(script.staff_greeting())
    forward = _forward(form)
    if forward is None:
        _note_missed(form)
    words = script.greeting(
        parts.clinic.languages, parts.clinic.name, forward, _kind(form) is SenderKind.PHONE
    )
    return say(words)


@incoming_calls.post("/missed")
@policy(Policy.SIGNED)
def missed() -> Response:
    """A forwarded call is over. One that nobody took is noted, and a person calls back."""
    form = call_form()
    is_over = form.get("DialCallStatus") in ("completed", "answered")
    # A voicemail that picks up completes a call too: only a pressed key tells a person.
    if is_over and ("screened" not in request.args or _was_accepted(form["CallSid"])):
        return say(script.hang_up())
    _note_missed(form)
    return say(script.nobody_answered(wiring().clinic.languages, _kind(form) is SenderKind.PHONE))


@incoming_calls.post("/screen")
@policy(Policy.SIGNED)
def screen() -> Response:
    """The telephone of the person on call was picked up: by whom?"""
    call_form()
    return say(script.screen(address(f"accept?call={_caller_sid()}")))


@incoming_calls.post("/accept")
@policy(Policy.SIGNED)
def accept() -> Response:
    """A key was pressed there: 1 takes the caller."""
    form = call_form()
    if form.get("Digits") != TAKE:
        return say(script.hang_up())
    receipt = {"id": new_id(), "provider_id": _caller_sid(), "status": ACCEPTED, "received_at": clock.now()}
    with wiring().db.writing() as session:
        insert_if_new(session, Receipt, receipt)
    return say(script.connect())


def _forward(form: dict[str, str]) -> Forward | None:
    """Where the caller is put through now, if anywhere."""
    clinic, now, caller = wiring().clinic, clock.now(), form.get("From", "")
    if clinic.office_at(now).is_open:
        # an office that is reached by the text line itself, or calls it, would ring in a circle
        if clinic.office_phone in (clinic.text_line, form.get("To"), caller):
            return None
        return Forward((clinic.office_phone,), address("missed"))
    if not clinic.forward_calls_at_night:
        return None
    phones = tuple(phone for phone in _phones_on_call(now) if phone != caller)
    if not phones:
        return None
    # our own number: the one that staff exempt from Do Not Disturb
    screen_url = address(f"screen?call={form['CallSid']}")
    return Forward(phones, address("missed?screened=1"), screen_url, form.get("To"))


def _phones_on_call(now: datetime) -> list[str]:
    """The telephones of those on call now: by the shifts, else those marked; never everybody's."""
    marked = select(Staff).where(Staff.disabled_at.is_(None), Staff.is_on_call).order_by(Staff.id)
    with wiring().db.reading() as session:
        people = on_duty(session, wiring().clinic.zone, now, Duty.ON_CALL) or list(session.scalars(marked))
        return list(dict.fromkeys(person.phone for person in people))[:_MOST_AT_ONCE]


def _note_missed(form: dict[str, str]) -> None:
    call = Inbound(
        provider_sid=form["CallSid"],
        sender=form.get("From", ""),
        sender_kind=_kind(form),
        recipient=form.get("To", ""),
        body="",
        received_at=clock.now(),
        marks=frozenset({MARK}),
        raw=form,
    )
    note_missed_call(wiring().intake, call)


def _kind(form: dict[str, str]) -> SenderKind:
    """What stands behind the caller's number; only somebody at a phone can be called back."""
    caller = form.get("From", "")
    return SenderKind.STRANGE if script.is_withheld(caller) else sender_kind(caller, wiring().our_numbers)


def _is_staff(number: str) -> bool:
    index = wiring().vault.blind_index("number", number)
    query = select(Staff.id).where(Staff.phone_index == index, Staff.disabled_at.is_(None))
    with wiring().db.reading() as session:
        return session.scalars(query.limit(1)).first() is not None


def _was_accepted(call_sid: str) -> bool:
    query = select(Receipt.id).where(Receipt.provider_id == call_sid, Receipt.status == ACCEPTED)
    with wiring().db.reading() as session:
        return session.scalars(query).first() is not None


def _caller_sid() -> str:
    """The call of the person who waits, from the address of a screening."""
    sid = request.args.get("call", "")
    if not CALL_SID.fullmatch(sid):
        raise BadForm("no_call_sid")
    return sid
