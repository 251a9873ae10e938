"""Searching cases by number, code, name and words.

What is looked for never stands in an address, for those are logged and kept by browsers: it is posted, and
the address of the results holds it sealed, so that "back" and "reload" work.
"""

from __future__ import annotations

import base64
import binascii
import json
from datetime import datetime, timedelta
from functools import partial

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for

from smsbot import audit, clock
from smsbot.crypto import SealError
from smsbot.roles import teams_seen
from smsbot.web.found import Found, Looking
from smsbot.web.list_page import exact_time
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy

searching = Blueprint("searching", __name__)

_LONGEST = 200
_KEPT = timedelta(hours=12)  # as long as a sign-in


@searching.post("/search")
@policy(Policy.STAFF)
def ask() -> Response:
    """Take what is looked for, and go to its results."""
    words = request.form.get("q", "").strip()[:_LONGEST]
    sealed = {"for": _seal(words)} if words else {}
    return redirect(url_for("searching.search", **sealed), 303)  # type: ignore[return-value,arg-type]


@searching.get("/search")
@policy(Policy.STAFF)
def search() -> Response:
    """The results of what was asked, or how to ask. Audited with the kind and the number of hits alone."""
    given = request.args.get("for", "")
    words = _open(given) if given else None
    found = _find(words) if words else None
    page = render_template(
        "search.html",
        found=found,
        words=words,
        is_stale=bool(given) and not words,
        exact=partial(exact_time, clinic=wiring().clinic),
    )
    return make_response(page)


def _find(words: str) -> Found:
    parts = wiring()
    with parts.db.reading() as session:
        teams = teams_seen(g.staff.role, parts.clinic)
        found = Looking(session, parts.vault, g.staff.id, teams).find(words)
    with parts.db.writing() as session:
        audit.record(session, "searched", staff_id=g.staff.id, by=found.kind, hits=found.hits)
        if found.people:
            ids = [one.id for one in found.people]
            audit.record(session, "patients_seen", staff_id=g.staff.id, patient_ids=ids)
    return found


def _seal(words: str) -> str:
    content = json.dumps({"at": clock.now().isoformat(), "words": words})
    return base64.urlsafe_b64encode(wiring().vault.seal("search", g.staff.id, "words", content)).decode()


def _open(given: str) -> str | None:
    """What was looked for; None if somebody else did, or long ago."""
    try:
        blob = base64.urlsafe_b64decode(given)
        content = json.loads(wiring().vault.open("search", g.staff.id, "words", blob))
    except (binascii.Error, ValueError, IndexError, SealError):
        return None
    is_fresh = clock.now() - datetime.fromisoformat(content["at"]) < _KEPT
    return str(content["words"]) if is_fresh else None
