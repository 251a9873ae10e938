"""What staff set about whoever texts: the language of our replies."""

from __future__ import annotations

from flask import Blueprint, Response, abort, g, redirect, request, url_for
from sqlalchemy import select

from smsbot import audit
from smsbot.models import Contact
from smsbot.web.case_pages import case_by_code
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy

contact = Blueprint("contact", __name__)


@contact.post("/cases/<code>/language")
@policy(Policy.STAFF)
def set_language(code: str) -> Response:
    """Set the language in which this contact is answered; empty: what their texts show."""
    chosen = request.form.get("language", "") or None
    if chosen is not None and chosen not in wiring().clinic.languages:
        abort(400)
    with wiring().db.writing() as session:
        case = case_by_code(session, code, lock=False)
        if case is None:
            abort(404)
        query = select(Contact).where(Contact.id == case.contact_id).with_for_update(key_share=True)
        found = session.scalars(query).one()
        if found.set_language != chosen:
            found.set_language = chosen
            found.version += 1  # a reply being decided right now is decided again
            audit.record(
                session, "language_set", case_id=case.id, staff_id=g.staff.id, language=chosen or "by_texts"
            )
    return redirect(url_for("case.show", code=code), 303)  # type: ignore[return-value]
