"""The web side: the provider's webhooks, the staff inbox, and what operators ask."""

from __future__ import annotations

from flask import Flask
from flask_wtf import CSRFProtect

from smsbot.logs import configure_logs
from smsbot.web import parts
from smsbot.web.attachments import attachments
from smsbot.web.contact import contact
from smsbot.web.errors import handle_errors
from smsbot.web.health import health
from smsbot.web.inbox import inbox
from smsbot.web.incoming_calls import incoming_calls
from smsbot.web.pages import describe_pages
from smsbot.web.policy import enforce_policies
from smsbot.web.replying import replying
from smsbot.web.security import send_security_headers
from smsbot.web.sign_in import sign_in
from smsbot.web.voice import voice
from smsbot.web.webhooks import webhooks
from smsbot.wiring import Wiring, build


def create_app(wiring: Wiring | None = None) -> Flask:
    """The web application. Without a wiring one is made from the environment.

    Raises one of wiring.STARTING_ERRORS.
    """
    if wiring is None:
        configure_logs("web")
        wiring = build()
    _ = wiring.intake  # triage is ready before the first text
    app = Flask(__name__)
    app.extensions[parts.KEY] = wiring
    app.config.update(
        SECRET_KEY=wiring.vault.derive("web"),
        SESSION_COOKIE_NAME="smsbot-form",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=wiring.settings.public_url.startswith("https://"),
        WTF_CSRF_TIME_LIMIT=None,  # as long as the sign-in lasts
    )
    csrf = CSRFProtect(app)
    for signed in (webhooks, voice, incoming_calls):
        csrf.exempt(signed)
    enforce_policies(app)
    send_security_headers(app)
    describe_pages(app)
    handle_errors(app)
    for blueprint in (
        webhooks,
        voice,
        incoming_calls,
        health,
        sign_in,
        inbox,
        replying,
        contact,
        attachments,
    ):
        app.register_blueprint(blueprint)
    if wiring.settings.is_simulator:
        from smsbot.web.phones import phones

        app.register_blueprint(phones)
    return app
