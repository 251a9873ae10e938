"""Trusted phones and computers: passkeys that sign in without typing."""

from __future__ import annotations

from datetime import datetime

from flask import (
    Blueprint,
    Response,
    abort,
    jsonify,
    make_response,
    render_template,
    request,
    session,
    url_for,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url

from smsbot import people
from smsbot.people import passkeys as keys
from smsbot.people.passkeys import Challenge, PasskeyError, Site, UnknownPasskeyError
from smsbot.web.enrolling import after_adding, demand_another
from smsbot.web.parts import wiring
from smsbot.web.policy import Policy, policy
from smsbot.web.proving import problem_with_password
from smsbot.web.sessions import forget_device, remember_device
from smsbot.web.sign_in_form import are_passkeys_possible, passkey_site, show_form
from smsbot.web.steps import finish, here, is_setting_up, local_path, to

passkeys = Blueprint("passkeys", __name__)

_CHALLENGE = "passkey"  # in the signed form cookie: what the passkey has to sign, for what, and since when
_SIGN_IN = "sign_in"


@passkeys.post("/sign-in/passkey/options")
@policy(Policy.PUBLIC)
def sign_in_options() -> Response:
    """What the browser asks its passkeys, as JSON."""
    challenge, options = keys.authentication(_site())
    _keep(_SIGN_IN, challenge)
    return _json(options)


@passkeys.post("/sign-in/passkey")
@policy(Policy.PUBLIC)
def sign_in() -> Response:
    """A passkey with user verification signs in alone: it counts as both factors."""
    challenge, credential = _kept(_SIGN_IN), request.form.get("credential", "")
    problem: PasskeyError | None = None
    with wiring().db.writing() as writing:
        try:
            staff = keys.authenticate(writing, _site(), challenge, credential)
        except PasskeyError as error:
            problem = error  # caught inside: what the audit log says of it stays
    if problem is not None:
        return _refuse(problem)
    response = finish(staff, "passkey", local_path(request.form.get("next")))
    remember_device(response)
    return response


@passkeys.get("/account/passkeys/new")
@policy(Policy.SETUP)
def new() -> Response:
    """The page that trusts this phone or computer."""
    return _show_new()


@passkeys.post("/account/passkeys/options")
@policy(Policy.SETUP)
def registration_options() -> Response:
    """What the browser needs to make a passkey, as JSON."""
    problem = problem_with_password()
    if problem is not None:
        return make_response(jsonify(problem=problem), 422)
    with wiring().db.reading() as reading:
        challenge, options = keys.registration(reading, _site(), here().staff)
    _keep(_registration(), challenge)
    return _json(options)


@passkeys.post("/account/passkeys")
@policy(Policy.SETUP)
def register() -> Response:
    """Trust this phone or computer from now on."""
    challenge, credential = _kept(_registration()), request.form.get("credential", "")
    problem: PasskeyError | None = None
    with wiring().db.writing() as writing:
        person = people.locked(writing, here().staff.id)
        try:
            keys.register(writing, _site(), person, challenge, credential, request.form.get("name", ""))
        except PasskeyError as error:
            problem = error
    if problem is not None:
        return _show_new(str(problem), 422)
    response = after_adding("passkey")
    remember_device(response)
    return response


@passkeys.post("/account/passkeys/<passkey_id>/remove")
@policy(Policy.STAFF)
def remove(passkey_id: str) -> Response:
    """Stop trusting it. A phone that is lost may be signed in: every other session ends."""
    with wiring().db.writing() as writing:
        person = people.locked(writing, here().staff.id)
        if not people.remove_passkey(writing, person, passkey_id):
            abort(404)
        people.end_all_sessions(writing, person.id, spare=here().session.id)
        demand_another(writing, person)
    return to(url_for("account.show"))


def _show_new(problem: str | None = None, status: int = 200) -> Response:
    page = render_template(
        "account_passkey.html",
        problem=problem,
        is_setting_up=is_setting_up(),
        has_passkeys=are_passkeys_possible(),
        name=request.form.get("name") or people.device_of(request.user_agent.string),
    )
    return make_response(page, status)


def _refuse(problem: PasskeyError) -> Response:
    is_unknown = isinstance(problem, UnknownPasskeyError)
    target = local_path(request.form.get("next"))
    response = show_form(target, str(problem), 401, is_forgotten=is_unknown)
    if is_unknown:
        forget_device(response)
    return response


def _site() -> Site:
    site = passkey_site()
    if site is None:
        abort(404)
    return site


def _registration() -> str:
    return f"registration {here().staff.id}"


def _keep(purpose: str, challenge: Challenge) -> None:
    session[_CHALLENGE] = [purpose, bytes_to_base64url(challenge.value), challenge.at.isoformat()]


def _kept(purpose: str) -> Challenge | None:
    kept = session.pop(_CHALLENGE, None)
    if kept is None or kept[0] != purpose:
        return None
    return Challenge(base64url_to_bytes(kept[1]), datetime.fromisoformat(kept[2]))


def _json(options: str) -> Response:
    return Response(options, mimetype="application/json")
