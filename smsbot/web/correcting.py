"""Correcting what was read out of a text, and splitting a text off into a case of its own."""

from __future__ import annotations

from flask import Blueprint, Response, abort, g, make_response, render_template, request

from smsbot import audit
from smsbot.desk import CannotAct, NotYours
from smsbot.desk.correcting import correct as correct_text
from smsbot.desk.correcting import labels_of
from smsbot.desk.splitting import split as split_off
from smsbot.web.acting import as_owed, refuse
from smsbot.web.correction_page import Chosen, read_correction
from smsbot.web.finding import back_to, find_case
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy

correcting = Blueprint("correcting", __name__)


@correcting.get("/cases/<code>/messages/<message_id>/correct")
@policy(Policy.STAFF)
def page(code: str, message_id: str) -> Response:
    """The form on which a person says what the text should have been read as. Audited: it shows the text."""
    with wiring().db.reading() as session:
        found = find_case(session, code)
        shown = read_correction(session, found, message_id, g.staff.role)
    if shown is None:
        abort(404)
    with wiring().db.writing() as session:
        audit.record(session, "case_opened_by", case_id=found.id, staff_id=g.staff.id, message_id=message_id)
    return make_response(render_template("correct.html", page=shown))


@correcting.post("/cases/<code>/messages/<message_id>/correct")
@policy(Policy.STAFF)
def correct(code: str, message_id: str) -> Response:
    """Keep the correction; the case rises or falls with it."""
    parts, form = wiring(), request.form
    chosen = Chosen(form.get("urgency", ""), tuple(form.getlist("intent")), tuple(form.getlist("flag")))
    try:
        labels = labels_of(chosen.urgency, chosen.intents, chosen.flags)
        with parts.db.writing() as session:
            found = find_case(session, code, lock=True)
            kicks = as_owed(correct_text(parts.ladder, session, found, message_id, g.staff, labels))
    except NotYours as problem:
        return refuse(code, str(problem), 403)
    except CannotAct as problem:
        return _again(code, message_id, chosen, str(problem))
    parts.kicker.kick(kicks)
    return back_to(code)


@correcting.post("/cases/<code>/messages/<message_id>/split")
@policy(Policy.STAFF)
def split(code: str, message_id: str) -> Response:
    """Give the text a case of its own, and go there."""
    parts = wiring()
    try:
        with parts.db.writing() as session:
            found = find_case(session, code, lock=True)
            new, owed = split_off(parts.ladder, session, found, message_id, g.staff.id)
            new_code, kicks = new.code, as_owed(owed)
    except CannotAct as problem:
        return refuse(code, str(problem), 409)
    parts.kicker.kick(kicks)
    return back_to(new_code)


def _again(code: str, message_id: str, chosen: Chosen, problem: str) -> Response:
    """The form once more, with what was chosen and what is wrong with it."""
    with wiring().db.reading() as session:
        shown = read_correction(session, find_case(session, code), message_id, g.staff.role, chosen)
        if shown is None:
            return refuse(code, problem, 409)
    return make_response(render_template("correct.html", page=shown, problem=problem), 422)
