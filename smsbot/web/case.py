"""One case on the screen."""

from __future__ import annotations

from flask import Blueprint, Response, g, make_response, render_template

from smsbot.web.case_pages import read_case
from smsbot.web.finding import find_case
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy

case = Blueprint("case", __name__)


@case.get("/cases/<code>")
@policy(Policy.STAFF)
def show(code: str) -> Response:
    """One case. Opening it is audited; its owner opening it stops an alert about it."""
    with wiring().db.writing() as session:
        found = find_case(session, code, lock=True)
        wiring().ladder.note_opened(session, found, g.staff.id)
        page = read_case(session, found)
    return make_response(render_template("case.html", page=page))
