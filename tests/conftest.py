"""Fixtures that all tests share: a fresh home in this process, a set clock, the real stand-in provider."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from werkzeug.serving import make_server

from smsbot import clock, home
from smsbot.config import Settings, load_settings
from smsbot.db import Database
from smsbot.simulator.people import seed_staff
from smsbot.simulator.provider import close_provider, create_provider
from smsbot.simulator.provider_client import ProviderClient
from smsbot.wiring import Wiring, build
from tests.system import TEXT_LINE, free_port

MONDAY_MORNING = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)  # 10:00 in Delray Beach
PASSWORD = "correct horse battery"


class Clock:
    """A clock that tests move."""

    def __init__(self, at: datetime) -> None:
        self.at = at

    def __call__(self) -> datetime:
        return self.at

    def forward(self, **span: float) -> None:
        """Let time pass."""
        self.at += timedelta(**span)


@pytest.fixture
def time() -> Iterator[Clock]:
    """The clock, stopped on a Monday morning in office hours."""
    stopped = Clock(MONDAY_MORNING)
    with clock.stopped_at(stopped):
        yield stopped


def make_settings(folder: Path, port: int, **settings: str) -> Settings:
    """Settings of a home in this folder, without any `.env`."""
    environ = {"SMSBOT_HOME": str(folder / "home"), "PORT": str(port), **settings}
    return load_settings(environ, root=folder)


def prepare(settings: Settings) -> None:
    """Migrate and seed a home, as `smsbot run` does."""
    home.make_home(settings)
    db = Database(settings.database_url)
    db.migrate()
    db.close()
    parts = build(settings)
    seed_staff(parts.db, parts.vault, PASSWORD)
    parts.close()


@pytest.fixture
def wiring(tmp_path: Path, time: Clock) -> Iterator[Wiring]:
    """A migrated simulator home with its staff; nothing listens at its provider's address."""
    settings = make_settings(tmp_path, free_port())
    prepare(settings)
    parts = build(settings)
    yield parts
    parts.close()


@dataclass
class Phones:
    """The stand-in provider of a wiring, running in this process."""

    client: ProviderClient
    account_sid: str
    token: str


@pytest.fixture
def phones(wiring: Wiring, tmp_path: Path) -> Iterator[Phones]:
    """The stand-in provider at the address where the wiring looks for it."""
    account = wiring.account
    app = create_provider(
        tmp_path / "provider.db",
        account=account.account_sid,
        token=account.auth_tokens[0],
        numbers=[TEXT_LINE],
        sms_url=f"{wiring.settings.public_url}/twilio/sms",
    )
    server = make_server("127.0.0.1", wiring.settings.provider_port, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    client = ProviderClient(account.api_url or "", account.account_sid, account.auth_tokens[0])
    yield Phones(client, account.account_sid, account.auth_tokens[0])
    server.shutdown()
    server.server_close()
    thread.join()
    close_provider(app)
