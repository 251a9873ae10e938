"""Whose case it is: a clinic may keep clinical texts from the front desk. Checked before every view."""

from __future__ import annotations

from flask import Blueprint, Response, abort, g, make_response, render_template, request
from sqlalchemy import select
from sqlalchemy.orm import Session

from smsbot import roles
from smsbot.models import Attachment, Case, Dispatch, Message
from smsbot.web.case_pages import case_by_code
from smsbot.web.case_tasks import read_task
from smsbot.web.parts import wiring


def guard_cases(blueprint: Blueprint) -> None:
    """Refuse, before any view, what names a case that this person must not read."""
    blueprint.before_app_request(_refuse)


def may_see(session: Session, case: Case, staff_id: str, role: str) -> bool:
    """Whether the case is theirs: by its team, because they have it, or because it alerted them."""
    teams = roles.teams_seen(role, wiring().clinic)
    if teams is None or case.team in teams or case.owner_id == staff_id:
        return True
    alerted = select(Dispatch.id).where(
        Dispatch.case_id == case.id, Dispatch.staff_id == staff_id, Dispatch.purpose == "alert"
    )
    return session.scalars(alerted.limit(1)).first() is not None


def _refuse() -> Response | None:
    staff, named = getattr(g, "staff", None), request.view_args or {}
    if staff is None or roles.teams_seen(staff.role, wiring().clinic) is None:
        return None
    with wiring().db.reading() as session:
        case = _case_of(session, named)
        if case is None and "attachment_id" in named:
            abort(404)  # a file of no case is no team's: for those alone who see everything
        if case is None or may_see(session, case, staff.id, staff.role):
            return None
        task = read_task(session, case)
    if request.args.get("poll"):
        return Response(status=403)
    page = render_template("case_of_others.html", code=case.code, team=case.team, task=task)
    return make_response(page, 403)


def _case_of(session: Session, named: dict[str, str]) -> Case | None:
    if "code" in named:
        return case_by_code(session, named["code"], lock=False)
    if "dispatch_id" in named:  # a reply of one's own, in a case that may be another team's by now
        of_dispatch = select(Case).join(Dispatch, Dispatch.case_id == Case.id)
        return session.scalars(of_dispatch.where(Dispatch.id == named["dispatch_id"])).one_or_none()
    if "attachment_id" not in named:
        return None
    query = (
        select(Case)
        .join(Message, Message.case_id == Case.id)
        .join(Attachment, Attachment.message_id == Message.id)
    )
    return session.scalars(query.where(Attachment.id == named["attachment_id"])).one_or_none()
