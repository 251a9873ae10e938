"""Copying a case to the practice's records."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, g, make_response, render_template, request

from smsbot import audit
from smsbot.charting import mark_charted
from smsbot.models import Case
from smsbot.web.case_pages import note_seen
from smsbot.web.chart_page import Charted, read_chart, read_charted
from smsbot.web.finding import back_to, find_case
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy

charting = Blueprint("charting", __name__)


@charting.app_context_processor
def _context() -> dict[str, Any]:
    return {"charted": _charted}


def _charted(case: Case) -> Charted:
    with wiring().db.reading() as session:
        return read_charted(session, case)


def _read(code: str) -> tuple[Case, str]:
    with wiring().db.reading() as session:  # not while whoever takes texts in waits for it
        case = find_case(session, code)
        words = read_chart(session, wiring(), case)
    with wiring().db.writing() as session:
        note_seen(session, case)
        audit.record(session, "case_chart_read", case_id=case.id, staff_id=g.staff.id)
    return case, words


@charting.get("/cases/<code>/chart")
@policy(Policy.STAFF)
def text(code: str) -> Response:
    """The case as plain text: to be copied by a script, or with `?download=1` as a file. Audited."""
    case, words = _read(code)
    answer = Response(words, mimetype="text/plain")
    if "download" in request.args:
        answer.headers["Content-Disposition"] = f'attachment; filename="case-{case.code}.txt"'
    return answer


@charting.get("/cases/<code>/chart/page")
@policy(Policy.STAFF)
def page(code: str) -> Response:
    """The same in a field to select and copy from by hand, where no script can. Audited."""
    case, words = _read(code)
    return make_response(render_template("chart.html", case=case, words=words))


@charting.post("/cases/<code>/chart")
@policy(Policy.STAFF)
def mark(code: str) -> Response:
    """Mark the case as copied to the records."""
    with wiring().db.writing() as session:
        mark_charted(session, find_case(session, code, lock=True), g.staff.id)
    return back_to(code)
