"""The web side: the provider's webhooks, the staff inbox, and what operators ask."""

from __future__ import annotations

from flask import Flask
from flask_wtf import CSRFProtect

from smsbot.logs import configure_logs
from smsbot.web import parts
from smsbot.web.account import account
from smsbot.web.acting import acting
from smsbot.web.administration import ADMINISTRATION
from smsbot.web.attachments import attachments
from smsbot.web.bridging import bridging
from smsbot.web.case import case
from smsbot.web.charting import charting
from smsbot.web.contact import contact
from smsbot.web.correcting import correcting
from smsbot.web.errors import handle_errors
from smsbot.web.health import health
from smsbot.web.inbox import inbox
from smsbot.web.incoming_calls import incoming_calls
from smsbot.web.numbers import numbers
from smsbot.web.pages import describe_pages
from smsbot.web.passkeys import passkeys
from smsbot.web.policy import enforce_policies
from smsbot.web.presence import presence
from smsbot.web.replying import replying
from smsbot.web.searching import searching
from smsbot.web.second_factor import second_factor
from smsbot.web.security import send_security_headers
from smsbot.web.sign_in import sign_in
from smsbot.web.uploads import limit_requests
from smsbot.web.voice import voice
from smsbot.web.webhooks import webhooks
from smsbot.wiring import Wiring, build

_PROVIDER = (webhooks, voice, incoming_calls)
_SIGNING_IN = (sign_in, second_factor, passkeys, account)
_INBOX = (
    *(inbox, searching, case, attachments, contact, presence),
    *(acting, replying, correcting, charting, bridging),
)


def create_app(wiring: Wiring | None = None) -> Flask:
    """The web application. Without a wiring one is made from the environment.

    Raises one of wiring.STARTING_ERRORS.
    """
    if wiring is None:
        configure_logs("web")
        wiring = build()
    _ = wiring.intake  # triage is ready before the first text
    is_https = wiring.settings.public_url.startswith("https://")
    app = Flask(__name__)
    app.extensions[parts.KEY] = wiring
    app.config.update(
        SECRET_KEY=wiring.vault.derive("web"),
        # `__Host-`: no neighbour below the same domain can plant one whose token it knows
        SESSION_COOKIE_NAME="__Host-form" if is_https else "smsbot-form",
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=is_https,
        WTF_CSRF_TIME_LIMIT=None,  # as long as the sign-in lasts
    )
    limit_requests(app)
    csrf = CSRFProtect(app)
    for signed in _PROVIDER:
        csrf.exempt(signed)
    enforce_policies(app)
    send_security_headers(app)
    describe_pages(app)
    handle_errors(app)
    for blueprint in (*_PROVIDER, health, *_SIGNING_IN, *_INBOX, numbers, *ADMINISTRATION):
        app.register_blueprint(blueprint)
    if wiring.settings.is_simulator:
        from smsbot.web.phones import phones

        app.register_blueprint(phones)
    return app
