"""Writing to the patient of a case, and taking it back."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from flask import Blueprint, Response, abort, g, make_response, render_template, request
from sqlalchemy.orm import Session

from smsbot.correspondence.drafts import draft_of, drop_draft, keep_draft
from smsbot.correspondence.saved import find_saved
from smsbot.correspondence.writing import (
    UNDO,
    CannotText,
    arrived_since,
    sent_before,
    take_back,
    write_to_patient,
)
from smsbot.desk.errors import CannotAct, NotYours
from smsbot.desk.resolving import Reason, resolve
from smsbot.models import Case, Contact, Dispatch, Message, Staff
from smsbot.web.composer import Composer, count, fill_saved, language_of, read_composer
from smsbot.web.finding import back_to, find_case
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy

replying = Blueprint("replying", __name__)

_OUR_ID = re.compile(r"[0-9a-f]{32}")
_LONGEST = 4000  # of what is read of a draft: far more than can be sent


@replying.app_context_processor
def _context() -> dict[str, Any]:
    return {"composer": _composer}


def _composer(case: Case, words: str | None, seen: str | None) -> Composer:
    """The reply form of a case, for its page, which shows texts up to `seen`."""
    with wiring().db.reading() as session:
        return read_composer(session, wiring(), case, g.staff, words, seen)


@replying.post("/cases/<code>/reply")
@policy(Policy.STAFF)
def reply(code: str) -> Response:
    """Text the patient, after a few seconds in which it can be undone; with `resolve`, resolve the case too.

    Whoever writes in a case that nobody has takes it by that. What cannot be sent, or was written without
    having seen the newest text, comes back with the reason, its words kept.
    """
    words = _words()
    try:
        with wiring().db.writing() as session:  # all of it, or nothing
            case = find_case(session, code, lock=True)
            news = _news(session, case)
            if not news:
                _send(session, case, words)
                drop_draft(session, case.id, g.staff.id)
    except (CannotText, CannotAct, NotYours) as problem:
        return _again(code, words, 422, problem=str(problem))
    return _again(code, words, 409, news=news) if news else back_to(code)


def _news(session: Session, case: Case) -> list[Message]:
    """What came since the page was shown, unless it is this very sending that comes twice."""
    seen = _id("seen")
    if seen is None or sent_before(session, case, g.staff.id, _id("once")):
        return []
    return arrived_since(session, case, g.staff.id, seen)


def _send(session: Session, case: Case, words: str) -> None:
    """It leaves with the sweep, once it can no longer be undone: a kick would come too early."""
    take = wiring().ladder.take
    write_to_patient(session, case, g.staff.id, words, take, once=_id("once"), delay=UNDO)
    if "resolve" in request.form:
        resolve(session, case, g.staff, request.form.get("outcome") or Reason.ANSWERED)


@replying.post("/replies/<dispatch_id>/undo")
@policy(Policy.STAFF)
def undo(dispatch_id: str) -> Response:
    """Take a reply back that has not left, by its author alone; its words are in the form again."""
    with wiring().db.writing() as session:
        case = _case_of(session, dispatch_id)
        words = take_back(session, case, dispatch_id, g.staff.id, wiring().ladder)
        if words is not None:
            begun = draft_of(session, case.id, g.staff.id)  # what was written since is not lost for it
            keep_draft(session, case.id, g.staff.id, f"{words}\n{begun}" if begun else words)
        code = case.code
    if words is None:
        return _again(code, None, 409, problem="It is too late to undo: the text has left.")
    return back_to(code)


def _case_of(session: Session, dispatch_id: str) -> Case:
    """The case of a reply of this person, locked; 404 for anything else."""
    dispatch = session.get(Dispatch, dispatch_id) if _OUR_ID.fullmatch(dispatch_id) else None
    message = session.get(Message, dispatch.message_id) if dispatch and dispatch.message_id else None
    if dispatch is None or message is None or message.author != g.staff.id or dispatch.case_id is None:
        abort(404)
    return session.get_one(Case, dispatch.case_id, with_for_update=True, populate_existing=True)


@replying.post("/cases/<code>/segments")
@policy(Policy.STAFF)
def segments(code: str) -> Response:
    """The length of a draft as it would be sent, and what to mind about it; for the line under the form."""
    with wiring().db.reading() as session:
        case = find_case(session, code)
        language = language_of(session, session.get_one(Contact, case.contact_id))
    return make_response(render_template("_counted.html", counted=count(_words(), language)))


@replying.post("/cases/<code>/saved")
@policy(Policy.STAFF)
def use_saved(code: str) -> Response:
    """Put a saved reply, filled in, after the words in the form: for browsers without script."""
    with wiring().db.reading() as session:
        case = find_case(session, code)
        saved = find_saved(session, request.form.get("saved", ""))
        if saved is None:
            abort(404)
        filled = fill_saved(session, wiring(), case, g.staff, saved)
    return _again(code, f"{_words().strip()} {filled.words}".strip(), 200)


def _again(
    code: str,
    words: str | None,
    status: int,
    *,
    problem: str | None = None,
    news: Sequence[Message] = (),
) -> Response:
    """The form once more, its words kept, with what stands against sending them as they are."""
    authors = {"patient": "The patient", "bot": "Automatic reply"}
    with wiring().db.reading() as session:
        case = find_case(session, code)
        told = [(one, authors.get(one.author) or session.get_one(Staff, one.author).name) for one in news]
        reply = read_composer(session, wiring(), case, g.staff, words)
    page = render_template("reply_again.html", case=case, reply=reply, problem=problem, news=told)
    return make_response(page, status)


def _words() -> str:
    """What stands in the form: browsers send every line break as two characters."""
    return request.form.get("words", "").replace("\r\n", "\n")[:_LONGEST]


def _id(name: str) -> str | None:
    given = request.form.get(name, "")
    return given if _OUR_ID.fullmatch(given) else None
