"""The web application of a wiring, and a browser-like client."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from urllib.parse import urlencode

import pytest
from flask import Flask
from flask.testing import FlaskClient
from jinja2 import BytecodeCache, FileSystemBytecodeCache
from werkzeug.test import TestResponse

from smsbot.twilio.signature import sign
from smsbot.web import create_app
from smsbot.wiring import Wiring
from tests.conftest import PASSWORD


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
