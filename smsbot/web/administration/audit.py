"""Searching the audit log."""

from __future__ import annotations

from flask import Blueprint, Response, g, render_template, request

from smsbot import audit as log
from smsbot.models.people import Role
from smsbot.web.administration.audit_export import csv_lines
from smsbot.web.administration.audit_lines import read_audit_page, read_search
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy

audit_search = Blueprint("audit_search", __name__)


@audit_search.get("/administration/audit")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def show() -> str:
    """Who did what, newest first."""
    parts = wiring()
    with parts.db.reading() as session:
        search = read_search(request.args, parts)
        page = read_audit_page(session, search, request.args.get("after"), parts.clinic.zone)
    return render_template("administration/audit.html", page=page, given=request.args)


@audit_search.post("/administration/audit.csv")
@policy(Policy.STAFF, Role.ADMINISTRATOR)
def export() -> Response:
    """What was searched as CSV, without any words. The export is on record itself."""
    parts = wiring()
    search = read_search(request.form, parts)
    asked = {"person": search.staff_id, "kind": search.kind, "case": search.code}
    with parts.db.writing() as session:
        by = [name for name, value in asked.items() if value]
        log.record(session, "audit_exported", staff_id=g.staff.id, by=by)
    response = Response(csv_lines(parts.db, search), mimetype="text/csv")
    response.headers["Content-Disposition"] = 'attachment; filename="audit.csv"'
    return response
