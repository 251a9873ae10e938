"""Calling a patient through the clinic's number: the nurse's phone first, then the patient's."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import Blueprint, Response, g, make_response, render_template

from smsbot.bridging import CannotCall, ask_for_call, is_ringing, newest_call
from smsbot.kick import Owed
from smsbot.models import Case, Staff
from smsbot.web.finding import back_to, find_case
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy

bridging = Blueprint("bridging", __name__)


@dataclass(frozen=True)
class CallState:
    """What the case page says about calling: whether one's own phone rings now, and which it is."""

    is_ringing: bool
    phone: str


@bridging.app_context_processor
def _context() -> dict[str, Any]:
    return {"call_state": _call_state}


def _call_state(case: Case) -> CallState:
    with wiring().db.reading() as session:
        newest = newest_call(session, case.id, g.staff.id)
        return CallState(newest is not None and is_ringing(newest), g.staff.phone)


@bridging.post("/cases/<code>/call")
@policy(Policy.STAFF)
def call(code: str) -> Response:
    """Ring the phone of whoever asks; a key there rings the patient."""
    with wiring().db.writing() as session:
        case = find_case(session, code, lock=True)
        try:
            dispatch = ask_for_call(session, case, session.get_one(Staff, g.staff.id))
        except CannotCall as problem:
            page = render_template("error.html", title="No call was made", text=str(problem))
            return make_response(page, 422)
    wiring().kicker.kick([Owed(dispatch.id, is_emergency=True)])  # a person waits for it
    return back_to(code)
