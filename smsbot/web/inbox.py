"""The list: what is open, by what must happen next."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template, request

from smsbot.web.case_pages import list_cases
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy

inbox = Blueprint("inbox", __name__)


@inbox.get("/")
@policy(Policy.STAFF)
def overview() -> Response:
    """Open cases by what must happen next; refreshes itself."""
    show = "resolved" if request.args.get("show") == "resolved" else "open"
    with wiring().db.reading() as session:
        rows = list_cases(session, is_resolved=show == "resolved")
    template = "_cases.html" if "poll" in request.args else "inbox.html"
    return make_response(render_template(template, rows=rows, show=show))
