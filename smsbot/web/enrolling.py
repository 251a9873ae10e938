"""A second factor was added or taken away: what follows, for an authenticator app and a passkey alike."""

from __future__ import annotations

from flask import Response, make_response, render_template, url_for
from sqlalchemy.orm import Session

from smsbot import people
from smsbot.models import Staff
from smsbot.web.parts import wiring
from smsbot.web.proving import has_proven
from smsbot.web.sessions import start_session
from smsbot.web.steps import here, is_factor_required, is_setting_up, to, wanted


def after_adding(how: str) -> Response:
    """Show recovery codes to whoever has none, and go on."""
    staff, parts = here().staff, wiring()
    with parts.db.writing() as session:
        person = people.locked(session, staff.id)
        codes = people.codes_for_a_first_factor(session, parts.vault, person)
    target = wanted() if is_setting_up() else url_for("account.show")
    response = show_codes(codes, target) if codes else to(target)
    if is_setting_up():
        start_session(response, staff.id, how)
    return response


def show_codes(codes: list[str], target: str) -> Response:
    """The recovery codes: on this page and never again."""
    return make_response(render_template("second_factor_codes.html", codes=codes, target=target))


def demand_another(session: Session, staff: Staff) -> None:
    """In a live home, whoever took away the last second factor has to set up another before anything else.

    Setting one up asks for no password: whoever has not just given it signs in with it again first. So nobody
    trusts a device of their own at a screen that was left open.
    """
    if people.what_is_missing(session, staff, is_required=is_factor_required()) != "setup":
        return
    if has_proven():
        people.demand(session, here().session.id, "setup")
    else:
        people.end_session(session, staff.id, here().session.id)
