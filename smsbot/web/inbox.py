"""The inbox: what is open, one case, taking it, resolving it."""

from __future__ import annotations

from flask import Blueprint, Response, abort, g, make_response, redirect, render_template, request, url_for

from smsbot import escalation
from smsbot.models import Case, CaseState
from smsbot.web.case_pages import case_by_code, list_cases, read_case
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy

inbox = Blueprint("inbox", __name__)

_LONGEST_NOTE = 2000


@inbox.get("/")
@policy(Policy.STAFF)
def overview() -> Response:
    """Open cases by what must happen next; refreshes itself."""
    show = "resolved" if request.args.get("show") == "resolved" else "open"
    with wiring().db.reading() as session:
        rows = list_cases(session, is_resolved=show == "resolved")
    template = "_cases.html" if "poll" in request.args else "inbox.html"
    return make_response(render_template(template, rows=rows, show=show))


@inbox.get("/cases/<code>")
@policy(Policy.STAFF)
def case(code: str) -> Response:
    """One case. Opening it is audited; its owner opening it stops an alert about it."""
    with wiring().db.writing() as session:
        found = _find(session, code, lock=True)
        wiring().ladder.note_opened(session, found, g.staff.id)
        page = read_case(session, found)
    return make_response(render_template("case.html", page=page))


@inbox.post("/cases/<code>/take")
@policy(Policy.STAFF)
def take(code: str) -> Response:
    """Take the case, or take it over."""
    with wiring().db.writing() as session:
        found = _find(session, code, lock=True)
        if found.state != CaseState.RESOLVED:
            wiring().ladder.take(session, found, g.staff.id)
    return _back_to(code)


@inbox.post("/cases/<code>/resolve")
@policy(Policy.STAFF)
def resolve(code: str) -> Response:
    """Resolve the case, with an optional note."""
    note = request.form.get("note", "").strip()[:_LONGEST_NOTE]
    with wiring().db.writing() as session:
        found = _find(session, code, lock=True)
        if found.state != CaseState.RESOLVED:
            escalation.resolve(session, found, g.staff.id, note)
    return redirect(url_for("inbox.overview"), 303)  # type: ignore[return-value]


@inbox.post("/cases/<code>/pass-on")
@policy(Policy.STAFF)
def pass_on(code: str) -> Response:
    """Pass the case on: whoever comes next on the ladder is told at once."""
    with wiring().db.writing() as session:
        found = _find(session, code, lock=True)
        if found.state != CaseState.RESOLVED:
            wiring().ladder.pass_on(session, found, g.staff.id)
    return _back_to(code)


@inbox.post("/cases/<code>/note")
@policy(Policy.STAFF)
def note(code: str) -> Response:
    """Write down what was done or found out; the case stays open."""
    words = request.form.get("note", "").strip()[:_LONGEST_NOTE]
    with wiring().db.writing() as session:
        found = _find(session, code, lock=True)
        if words:
            escalation.note_acted(session, found, g.staff.id, "note", words)
    return _back_to(code)


def _find(session: object, code: str, *, lock: bool = False) -> Case:
    found = case_by_code(session, code, lock=lock)  # type: ignore[arg-type]
    if found is None:
        abort(404)
    return found


def _back_to(code: str) -> Response:
    return redirect(url_for("inbox.case", code=code), 303)  # type: ignore[return-value]
