"""One case on the screen."""

from __future__ import annotations

from flask import Blueprint, Response, g, make_response, render_template

from smsbot import viewing
from smsbot.web.case_gate import guard_cases
from smsbot.web.case_pages import note_seen, page_of
from smsbot.web.finding import find_case
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy

case = Blueprint("case", __name__)
guard_cases(case)


@case.get("/cases/<code>")
@policy(Policy.STAFF)
def show(code: str) -> Response:
    """One case. Opening it is audited; its owner opening it stops an alert about it."""
    with wiring().db.writing() as session:  # short: whoever takes texts in waits for it
        found = find_case(session, code, lock=True)
        wiring().ladder.note_opened(session, found, g.staff.id)
        note_seen(session, found)
        viewing.note_viewing(session, found.id, g.staff.id, is_writing=False)
    with wiring().db.reading() as session:
        page = page_of(session, find_case(session, code))
    return make_response(render_template("case.html", page=page, draft=page.draft))
