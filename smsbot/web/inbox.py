"""The list: what is open, by what must happen next."""

from __future__ import annotations

from functools import partial

from flask import Blueprint, Response, g, make_response, render_template, request

from smsbot.desk import REASONS
from smsbot.web.administration.notices import office_notices
from smsbot.web.health import is_sweep_alive
from smsbot.web.list_filter import read_filter
from smsbot.web.list_page import exact_time, read_list
from smsbot.web.list_version import list_version
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy

inbox = Blueprint("inbox", __name__)


@inbox.get("/")
@policy(Policy.STAFF)
def overview() -> Response:
    """Open cases by what must happen next.

    With `poll` the list alone, for screens that refresh themselves; 204 when nothing changed since `since`.
    """
    parts, is_poll = wiring(), "poll" in request.args
    chosen = read_filter(request.args, g.staff, parts.clinic)
    is_alive = is_sweep_alive(parts.db)
    with parts.db.reading() as session:
        # before the rows: whatever comes in between is asked for once more, and never missed
        version = list_version(session, is_alive, *office_notices())
        if is_poll and request.args.get("since") == version:
            return Response(status=204)
        page = read_list(session, chosen, parts.clinic, version)
    template = "_cases.html" if is_poll else "inbox.html"
    words = {"exact": partial(exact_time, clinic=parts.clinic), "reasons": REASONS}
    return make_response(render_template(template, page=page, is_poll=is_poll, **words))
