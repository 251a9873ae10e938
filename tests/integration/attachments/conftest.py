"""Fetching from the real stand-in, and the pages that show what was fetched."""

from __future__ import annotations

import pytest
from flask import Flask

from smsbot.attachments import Fetching
from smsbot.wiring import Wiring
from tests.conftest import Phones
from tests.integration.attachments.parts import a_client
from tests.integration.conftest import Browser


@pytest.fixture
def fetching(wiring: Wiring, phones: Phones) -> Fetching:
    return Fetching(wiring.db, a_client(wiring))


@pytest.fixture
def screens(app: Flask) -> Flask:
    """The web application with the pages of attachments."""
    if "attachments" not in app.blueprints:
        from smsbot.web.attachments import attachments as pages

        app.register_blueprint(pages)
    return app


@pytest.fixture
def viewer(screens: Flask) -> Browser:
    """A fresh browser."""
    return Browser(screens.test_client())
