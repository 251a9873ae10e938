"""The second factor: codes of an authenticator app, and recovery codes."""

from __future__ import annotations

import segno
from flask import Blueprint, Response, make_response, render_template, request, url_for
from markupsafe import Markup

from smsbot import people
from smsbot.models import Staff
from smsbot.people import StaffError
from smsbot.web.enrolling import after_adding, demand_another, show_codes
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy
from smsbot.web.proving import problem_with_password, too_early, try_code
from smsbot.web.sign_in_form import are_passkeys_possible
from smsbot.web.steps import finish, here, is_factor_required, is_setting_up, peek, to

second_factor = Blueprint("second_factor", __name__)


@second_factor.get("/sign-in/code")
@policy(Policy.CODE)
def code() -> Response:
    """Where the code of the app is typed, or the passkey used, after the password."""
    return _ask("second_factor.html")


@second_factor.post("/sign-in/code")
@policy(Policy.CODE)
def check_code() -> Response:
    """A right code signs in."""
    return _check(
        "totp", "second_factor.html", "That code is not right, or was used already. Type the next one."
    )


@second_factor.get("/sign-in/recovery")
@policy(Policy.CODE)
def recovery() -> Response:
    """Where a recovery code is typed by whoever has no phone at hand."""
    return _ask("second_factor_recovery.html")


@second_factor.post("/sign-in/recovery")
@policy(Policy.CODE)
def check_recovery() -> Response:
    """A recovery code signs in, once."""
    problem = "That is none of your recovery codes, or it was used already. Try another one."
    return _check("recovery", "second_factor_recovery.html", problem)


@second_factor.get("/sign-in/set-up")
@policy(Policy.SETUP)
def setup() -> Response:
    """Where whoever has no second factor is led in a live home."""
    if not is_setting_up():
        return to(url_for("account.show"))
    return make_response(render_template("second_factor_setup.html", has_passkeys=are_passkeys_possible()))


@second_factor.get("/account/authenticator")
@policy(Policy.SETUP)
def authenticator() -> Response:
    """The authenticator app: how to set it up, the QR code, or that it is on."""
    return _show_authenticator()


@second_factor.post("/account/authenticator/start")
@policy(Policy.SETUP)
def start_authenticator() -> Response:
    """Make a new secret and show it."""
    problem = problem_with_password()
    if problem is not None:
        return _show_authenticator(problem, 422)
    try:
        with wiring().db.writing() as session:
            people.start_totp(people.locked(session, here().staff.id))
    except StaffError as error:
        return _show_authenticator(str(error), 409)
    return to(url_for("second_factor.authenticator"))


@second_factor.post("/account/authenticator")
@policy(Policy.SETUP)
def confirm_authenticator() -> Response:
    """The first code turns it on."""
    tried = try_code(here().staff, "first", request.form.get("code", ""))
    if not tried.is_right:
        wrong = "That code is not right. Look at the app and type the code it shows now."
        return _show_authenticator(too_early(tried.wait) if tried.wait else wrong, 422)
    return after_adding("totp")


@second_factor.post("/account/authenticator/off")
@policy(Policy.STAFF)
def stop_authenticator() -> Response:
    """Turn it off; in a live home, whoever has nothing else is led to set up something new."""
    problem = problem_with_password()
    if problem is not None:
        return _show_authenticator(problem, 422)
    with wiring().db.writing() as session:
        person = people.locked(session, here().staff.id)
        people.remove_totp(session, person)
        demand_another(session, person)
    return to(url_for("account.show"))


@second_factor.get("/account/recovery-codes")
@policy(Policy.STAFF)
def recovery_codes() -> Response:
    """How many are left, and a way to make new ones."""
    return _show_recovery_codes()


@second_factor.post("/account/recovery-codes")
@policy(Policy.STAFF)
def new_recovery_codes() -> Response:
    """Ten new ones, shown once."""
    problem = problem_with_password()
    if problem is not None:
        return _show_recovery_codes(problem, 422)
    with wiring().db.writing() as session:
        person = people.locked(session, here().staff.id)
        codes = people.make_recovery_codes(session, wiring().vault, person)
    return show_codes(codes, url_for("account.show"))


def _ask(template: str, problem: str | None = None, status: int = 200) -> Response:
    needs = here().session.needs
    page = render_template(
        template,
        problem=problem,
        has_app=needs == "totp",
        has_passkeys=are_passkeys_possible(),
        target=peek(),
    )
    return make_response(page, status)


def _check(kind: str, template: str, wrong: str) -> Response:
    tried = try_code(here().staff, kind, request.form.get("code", ""))
    if tried.wait:
        return _ask(template, too_early(tried.wait), 429)
    if not tried.is_right:
        return _ask(template, wrong, 401)
    return finish(here().staff, kind)


def _show_authenticator(problem: str | None = None, status: int = 200) -> Response:
    with wiring().db.reading() as session:
        person = session.get_one(Staff, here().staff.id)
        is_pending = person.totp is not None and person.totp_at is None
        page = render_template(
            "account_authenticator.html",
            person=person,
            problem=problem,
            is_setting_up=is_setting_up(),
            is_required=is_factor_required(),
            qr=_qr(people.totp_address(person, wiring().clinic.name)) if is_pending else None,
            secret=_in_fours(person.totp) if is_pending else None,
        )
    return make_response(page, status)


def _show_recovery_codes(problem: str | None = None, status: int = 200) -> Response:
    with wiring().db.reading() as session:
        left = people.recovery_codes_left(session, here().staff.id)
        has_factor = people.what_is_missing(session, here().staff, is_required=False) is not None
    page = render_template("account_recovery.html", left=left, has_factor=has_factor, problem=problem)
    return make_response(page, status)


def _qr(address: str) -> Markup:
    # attributes only: the page's policy lets no inline style through
    drawn = segno.make(address, error="m", micro=False).svg_inline(scale=5, border=4, light="#fff")
    return Markup(drawn)  # noqa: S704  (made here, from a secret and an address; holds no text)


def _in_fours(secret: str) -> str:
    return " ".join(secret[start : start + 4] for start in range(0, len(secret), 4))
