"""Writing to the patient of a case."""

from __future__ import annotations

from flask import Blueprint, Response, abort, g, make_response, redirect, render_template, request, url_for

from smsbot.correspondence import CannotText, write_to_patient
from smsbot.kick import Owed
from smsbot.web.case_pages import case_by_code, read_case
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy

replying = Blueprint("replying", __name__)


@replying.post("/cases/<code>/reply")
@policy(Policy.STAFF)
def reply(code: str) -> Response:
    """Text the patient. Whoever writes in a case that nobody has takes it by that.

    What cannot be sent comes back with the reason, its words kept.
    """
    words, parts = request.form.get("words", ""), wiring()
    with parts.db.writing() as session:
        case = case_by_code(session, code, lock=True)
        if case is None:
            abort(404)
        try:
            dispatch = write_to_patient(session, case, g.staff.id, words, parts.ladder.take)
            owed = Owed(dispatch.id, is_emergency=False)
        except CannotText as problem:
            page = read_case(session, case)
            return make_response(render_template("case.html", page=page, draft=words, problem=problem), 422)
    parts.kicker.kick([owed])
    return redirect(url_for("case.show", code=code), 303)  # type: ignore[return-value]
