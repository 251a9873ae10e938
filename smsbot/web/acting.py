"""What a person does with a case: take it, give it to somebody, note, wait for the patient, resolve it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime
from typing import Any

from flask import Blueprint, Response, abort, g, make_response, redirect, render_template, request, url_for
from sqlalchemy.orm import Session

from smsbot import desk, escalation, tasks
from smsbot.correspondence.writing import arrived_since
from smsbot.desk.resolving import REASONS
from smsbot.domain import Urgency
from smsbot.escalation import handing
from smsbot.kick import Owed
from smsbot.models import Case, CaseState, Dispatch, Task
from smsbot.web.acts import Acts, colleague, read_acts
from smsbot.web.case_gate import may_see
from smsbot.web.case_pages import CasePage, case_by_code
from smsbot.web.finding import back_to, find_case
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy

acting = Blueprint("acting", __name__)

_LONGEST_NOTE = 2000
_MOST_AT_ONCE = 200
_NEWS = "A text came in while you looked at this case. Read it first; nothing was changed."


@acting.app_context_processor
def _context() -> dict[str, Any]:
    return {"acts_of": _acts_of}


def _acts_of(page: CasePage) -> Acts:
    with wiring().db.reading() as session:
        return read_acts(session, page.case, g.staff)


@acting.post("/cases/<code>/take")
@policy(Policy.STAFF)
def take(code: str) -> Response:
    """Take the case, or take it over."""
    with wiring().db.writing() as session:
        found = find_case(session, code, lock=True)
        if found.state != CaseState.RESOLVED:
            wiring().ladder.take(session, found, g.staff.id)
    return back_to(code)


@acting.post("/cases/<code>/assign")
@policy(Policy.STAFF)
def assign(code: str) -> Response:
    """Give the case to somebody, who is told by a text."""
    parts = wiring()
    with parts.db.writing() as session:
        found = find_case(session, code, lock=True)
        to = colleague(session, request.form.get("to", ""))
        if to is None:
            return refuse(code, "Choose who should have the case.", 422)
        owed = []
        if found.state != CaseState.RESOLVED:
            link = f"{parts.settings.public_url}/cases/{found.code}"
            owed = handing.assign(parts.ladder, session, found, to, g.staff, link)
        kicks = as_owed(owed)
    parts.kicker.kick(kicks)
    return back_to(code)


@acting.post("/cases/<code>/pass-on")
@policy(Policy.STAFF)
def pass_on(code: str) -> Response:
    """Pass the case on: whoever comes next on the ladder is told at once."""

    def act(session: Session, found: Case) -> Iterable[Dispatch]:
        is_open = found.state != CaseState.RESOLVED
        return wiring().ladder.pass_on(session, found, g.staff.id) if is_open else ()

    return _do_and_tell(code, act)


@acting.post("/cases/<code>/release")
@policy(Policy.STAFF)
def release(code: str) -> Response:
    """Give the case back: anybody may take it."""

    def act(session: Session, found: Case) -> Iterable[Dispatch]:
        return handing.hand_back(wiring().ladder, session, found, g.staff.id)

    return _do_and_tell(code, act)


@acting.post("/cases/<code>/note")
@policy(Policy.STAFF)
def note(code: str) -> Response:
    """Write down what was done or found out; the case stays open."""
    words = _note()
    with wiring().db.writing() as session:
        found = find_case(session, code, lock=True)
        if words:
            escalation.note_acted(session, found, g.staff.id, "note", words)
    return back_to(code)


@acting.post("/cases/<code>/wait")
@policy(Policy.STAFF)
def wait(code: str) -> Response:
    """Mark the case as waiting for the patient: a further text brings it back."""
    with wiring().db.writing() as session:
        found = find_case(session, code, lock=True)
        if found.urgency == Urgency.EMERGENCY:
            return refuse(code, "An emergency does not wait for the patient: call, or resolve it.", 409)
        if _has_news(session, found):
            return refuse(code, _NEWS, 409)
        if found.state not in (CaseState.RESOLVED, CaseState.WAITING):
            handing.set_waiting(session, found, g.staff.id)
    return back_to(code)


@acting.post("/cases/<code>/reopen")
@policy(Policy.STAFF)
def reopen(code: str) -> Response:
    """Open a resolved case again; whoever does has it."""
    with wiring().db.writing() as session:
        handing.reopen(wiring().ladder, session, find_case(session, code, lock=True), g.staff.id)
    return back_to(code)


@acting.post("/cases/<code>/resolve")
@policy(Policy.STAFF)
def resolve(code: str) -> Response:
    """Resolve the case with a reason, an emergency with its outcome; a note is kept with it."""
    try:
        with wiring().db.writing() as session:
            found = find_case(session, code, lock=True)
            if _has_news(session, found):
                return refuse(code, _NEWS, 409)
            desk.resolve(session, found, g.staff, request.form.get("reason", ""), _note())
    except desk.NotYours as problem:
        return refuse(code, str(problem), 403)
    except desk.CannotAct as problem:
        return refuse(code, str(problem), 422)
    return redirect(url_for("inbox.overview"), 303)  # type: ignore[return-value]


@acting.post("/cases/resolve")
@policy(Policy.STAFF)
def resolve_many() -> Response:
    """Resolve several routine cases; what must be looked at by itself is left, and named.

    A `code` may say which version of the case the list showed, `K7F2.12`; else `seen_at` says when it did.
    """
    reason, seen_at = request.form.get("reason", ""), _time(request.form.get("seen_at"))
    if reason not in REASONS:
        return refuse(None, "Say why the cases are done: choose a reason, then resolve them.", 422)
    done: list[str] = []
    skipped: list[desk.Skipped] = []
    for chosen in list(dict.fromkeys(request.form.getlist("code")))[:_MOST_AT_ONCE]:
        code, _, version = chosen.partition(".")
        with wiring().db.writing() as session:
            found = case_by_code(session, code, lock=True)
            if found is None or not may_see(session, found, g.staff.id, g.staff.role):
                continue
            seen = int(version) if version.isdecimal() else None
            left = desk.resolve_routine(session, found, g.staff, reason, version=seen, seen_at=seen_at)
            if left is None:
                done.append(found.code)
            else:
                skipped.append(left)
    return make_response(render_template("resolved_many.html", done=done, skipped=skipped))


@acting.post("/tasks/<id>/done")
@policy(Policy.STAFF)
def task_done(id: str) -> Response:
    """A task is done: the visit is booked."""
    with wiring().db.writing() as session:
        task = session.get(Task, id, with_for_update=True)
        if task is None:
            abort(404)
        tasks.finish(session, task, g.staff.id)
    return redirect(url_for("inbox.overview"), 303)  # type: ignore[return-value]


def _do_and_tell(code: str, act: Callable[[Session, Case], Iterable[Dispatch]]) -> Response:
    """Do this with the case, locked; what it owes leaves at once, but not before the commit."""
    parts = wiring()
    with parts.db.writing() as session:
        kicks = as_owed(act(session, find_case(session, code, lock=True)))
    parts.kicker.kick(kicks)
    return back_to(code)


def as_owed(dispatches: Iterable[Dispatch]) -> list[Owed]:
    """What leaves at once, after the commit."""
    return [Owed(one.id, one.urgency_rank == Urgency.EMERGENCY.rank) for one in dispatches]


def refuse(code: str | None, problem: str, status: int) -> Response:
    """A calm page that says why nothing was done, and what to do; back to the case, or to the list."""
    return make_response(render_template("acting_refused.html", code=code, problem=problem), status)


def _has_news(session: Session, case: Case) -> bool:
    """Whether a text came in since the page was shown; one that does not say what it showed has none."""
    seen = request.form.get("seen", "")
    return bool(seen) and any(one.direction == "in" for one in arrived_since(session, case, g.staff.id, seen))


def _note() -> str:
    return request.form.get("note", "").strip()[:_LONGEST_NOTE]


def _time(text: str | None) -> datetime | None:
    try:
        at = datetime.fromisoformat(text or "")
    except ValueError:
        return None
    return at if at.tzinfo is not None else None
