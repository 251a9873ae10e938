"""The web application of a wiring, and a browser-like client."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import urlencode

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache, FileSystemBytecodeCache
from sqlalchemy import select
from werkzeug.serving import make_server
from werkzeug.test import TestResponse

from smsbot.models import Case
from smsbot.simulator.provider_client import ProviderClient
from smsbot.twilio.signature import sign
from smsbot.web import create_app
from smsbot.wiring import Wiring
from tests.conftest import PASSWORD, Clock, Phones
from tests.faults.climbing import World
from tests.texts import inbound


@dataclass
class Browser:
    """A staff member's browser: keeps cookies, sends the token of the page it is on."""

    client: FlaskClient

    def get(self, path: str, **options: object) -> TestResponse:
        """Open a page."""
        return self.client.get(path, **options)  # type: ignore[arg-type]

    def submit(self, page: str, path: str, **fields: str) -> TestResponse:
        """Send a form that stands on `page`."""
        token = re.search(r'name="csrf_token" value="([^"]+)"', self.get(page).text)
        assert token, "no form on the page"
        return self.client.post(path, data={"csrf_token": token[1], **fields})

    def sign_in(
        self, email: str = "nurse@example.com", password: str = PASSWORD, **fields: str
    ) -> TestResponse:
        """Sign in."""
        return self.submit("/sign-in", "/sign-in", email=email, password=password, **fields)


@pytest.fixture(scope="session")
def compiled_templates(tmp_path_factory: pytest.TempPathFactory) -> BytecodeCache:
    """Each test has an application of its own; the templates are compiled once for all."""
    return FileSystemBytecodeCache(str(tmp_path_factory.mktemp("templates")))


@pytest.fixture
def app(wiring: Wiring, compiled_templates: BytecodeCache) -> Iterator[Flask]:
    """The web application."""
    made = create_app(wiring)
    made.jinja_env.bytecode_cache = compiled_templates
    yield made


@pytest.fixture
def browser(app: Flask) -> Browser:
    """A fresh browser."""
    return Browser(app.test_client())


@dataclass
class Webhook:
    """Posts what the provider would."""

    client: FlaskClient
    wiring: Wiring

    def post(
        self,
        raw: bytes,
        path: str = "/twilio/sms",
        token: str | None = None,
        content_type: str = "application/x-www-form-urlencoded",
        signature: str | None = None,
    ) -> TestResponse:
        """Post these bytes, signed."""
        from smsbot.twilio.form import BadForm, parse_form

        try:
            fields = parse_form(raw)
        except BadForm:
            fields = ()
        token = token or self.wiring.account.auth_tokens[0]
        url = self.wiring.settings.public_url + path
        headers = {"X-Twilio-Signature": signature if signature is not None else sign(token, url, fields)}
        return self.client.post(path, data=raw, content_type=content_type, headers=headers)

    def text(self, path: str = "/twilio/sms", **fields: str) -> TestResponse:
        """Post one text with these fields over the usual ones."""
        from tests.system import inbound_form

        form = {**inbound_form(self.wiring.account.account_sid, "hello"), **fields}
        return self.post(urlencode(form).encode(), path)


@pytest.fixture
def webhook(app: Flask, wiring: Wiring) -> Webhook:
    """The provider's side of the webhooks."""
    return Webhook(app.test_client(), wiring)


@pytest.fixture
def line(app: Flask, wiring: Wiring, phones: Phones, time: Clock) -> Iterator[ProviderClient]:
    """The web application, served where the stand-in provider looks for it; its phones."""
    time.at = datetime.now(UTC)  # the stand-in's own clock cannot be set
    server = make_server("127.0.0.1", wiring.settings.port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    phones.client.change_settings(status_delay=0, ring_seconds=30)
    yield phones.client
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def code(wiring: Wiring, browser: Browser) -> str:
    """The code of an open routine case, and a nurse at the screen."""
    wiring.intake.receive(inbound("whats your fax number"))
    browser.sign_in()
    return the_case(wiring).code


def the_case(wiring: Wiring) -> Case:
    """The only case."""
    with wiring.db.reading() as session:
        return session.scalars(select(Case)).one()


@pytest.fixture
def world(wiring: Wiring) -> World:
    """A clinic whose nurse is on call, on a Monday morning."""
    return World(wiring)


@pytest.fixture
def smsbot(wiring: Wiring, monkeypatch: pytest.MonkeyPatch) -> CliRunner:
    """A runner whose environment is this home's."""
    settings = wiring.settings
    monkeypatch.setenv("SMSBOT_HOME", str(settings.home))
    monkeypatch.setenv("PORT", str(settings.port))
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    return CliRunner()
