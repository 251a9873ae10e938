"""What a person does with a case: take it, pass it on, note, resolve."""

from __future__ import annotations

from flask import Blueprint, Response, g, redirect, request, url_for

from smsbot import escalation
from smsbot.models import CaseState
from smsbot.web.finding import back_to, find_case
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy

acting = Blueprint("acting", __name__)

_LONGEST_NOTE = 2000


@acting.post("/cases/<code>/take")
@policy(Policy.STAFF)
def take(code: str) -> Response:
    """Take the case, or take it over."""
    with wiring().db.writing() as session:
        found = find_case(session, code, lock=True)
        if found.state != CaseState.RESOLVED:
            wiring().ladder.take(session, found, g.staff.id)
    return back_to(code)


@acting.post("/cases/<code>/resolve")
@policy(Policy.STAFF)
def resolve(code: str) -> Response:
    """Resolve the case, with an optional note."""
    note = request.form.get("note", "").strip()[:_LONGEST_NOTE]
    with wiring().db.writing() as session:
        found = find_case(session, code, lock=True)
        if found.state != CaseState.RESOLVED:
            escalation.resolve(session, found, g.staff.id, note)
    return redirect(url_for("inbox.overview"), 303)  # type: ignore[return-value]


@acting.post("/cases/<code>/pass-on")
@policy(Policy.STAFF)
def pass_on(code: str) -> Response:
    """Pass the case on: whoever comes next on the ladder is told at once."""
    with wiring().db.writing() as session:
        found = find_case(session, code, lock=True)
        if found.state != CaseState.RESOLVED:
            wiring().ladder.pass_on(session, found, g.staff.id)
    return back_to(code)


@acting.post("/cases/<code>/note")
@policy(Policy.STAFF)
def note(code: str) -> Response:
    """Write down what was done or found out; the case stays open."""
    words = request.form.get("note", "").strip()[:_LONGEST_NOTE]
    with wiring().db.writing() as session:
        found = find_case(session, code, lock=True)
        if words:
            escalation.note_acted(session, found, g.staff.id, "note", words)
    return back_to(code)
