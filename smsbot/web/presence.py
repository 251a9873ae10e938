"""Who has a case on the screen, what has changed on it since, and drafts that are not lost."""

from __future__ import annotations

from flask import Blueprint, Response, g, make_response, render_template, request

from smsbot import viewing
from smsbot.correspondence import drafts
from smsbot.web.finding import find_case
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy
from smsbot.web.since import Shown, read_since

presence = Blueprint("presence", __name__)


@presence.post("/cases/<code>/presence")
@policy(Policy.STAFF)
def here(code: str) -> Response:
    """A screen that has the case open says so, and hears who else has, and what is new.

    Form: `seen`, `owner`, `state` (what the screen shows), `writing`, `leaving`, `told` (the last answer's
    mark). 204 when there is nothing to say that was not said. With `?poll=1` it is no activity.
    """
    form, me = request.form, g.staff.id
    is_writing, is_leaving = form.get("writing") == "1", form.get("leaving") == "1"
    shown = Shown(form.get("seen", ""), form.get("owner", ""), form.get("state", ""))
    with wiring().db.reading() as session:
        found = find_case(session, code)
        others = viewing.others_here(session, found.id, me)
        since = read_since(session, found, shown, me)
        is_due = viewing.is_due(session, found.id, me, is_writing=is_writing)
    if is_leaving or is_due:
        with wiring().db.writing() as session:
            if is_leaving:
                viewing.stop_viewing(session, found.id, me)
            else:
                viewing.note_viewing(session, found.id, me, is_writing=is_writing)
    page = render_template("_presence.html", here=others, since=since, code=found.code)
    mark = wiring().vault.blind_index("presence", page)
    if is_leaving or form.get("told") == mark:
        return Response(status=204)
    return make_response(f'{page}<input type="hidden" name="told" value="{mark}">')


@presence.post("/cases/<code>/draft")
@policy(Policy.STAFF)
def draft(code: str) -> Response:
    """Keep what was typed so far (form: `words`), sealed; empty words let it go."""
    with wiring().db.writing() as session:
        found = find_case(session, code)
        drafts.keep_draft(session, found.id, g.staff.id, request.form.get("words", ""))
    return Response(status=204)
