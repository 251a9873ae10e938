"""Fixtures that all tests share: a fresh home in this process, a set clock, the real stand-in provider."""

from __future__ import annotations

import shutil
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
from smsbot.triage import Engine, load_engine
from smsbot.wiring import Wiring, build
from tests.postgres import PostgresServer
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


@dataclass(frozen=True)
class Prepared:
    """A home that is ready to be copied, and the settings of its database."""

    home: Path
    settings: dict[str, str]


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def database(request: pytest.FixtureRequest) -> dict[str, str]:
    """The setting for a fresh database: SQLite in the home, and in `make check` PostgreSQL too."""
    if request.param == "sqlite":
        return {}
    model: Prepared = request.getfixturevalue("prepared_postgres")
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return {"DATABASE_URL": server.new_database(like=model.settings["DATABASE_URL"])}


@pytest.fixture(scope="session")
def prepared_postgres(tmp_path_factory: pytest.TempPathFactory, postgres_server: PostgresServer) -> Prepared:
    """A home on PostgreSQL that was prepared once: a copy of a database is quicker than its migrations."""
    folder, settings = tmp_path_factory.mktemp("postgres"), {"DATABASE_URL": postgres_server.new_database()}
    prepare(make_settings(folder, free_port(), **settings))
    return Prepared(folder / "home", settings)


@pytest.fixture(scope="session")
def postgres_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """A PostgreSQL server of our own, on a socket in a temporary folder."""
    with PostgresServer.started() as server:
        yield server


@pytest.fixture(scope="session")
def engine() -> Engine:
    """The triage engine, loaded once."""
    return load_engine()


@pytest.fixture(scope="session")
def prepared_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that was prepared once, to be copied: hashing passwords is slow on purpose."""
    folder = tmp_path_factory.mktemp("prepared")
    prepare(make_settings(folder, free_port()))
    return folder / "home"


@pytest.fixture
def wiring(
    request: pytest.FixtureRequest, tmp_path: Path, time: Clock, database: dict[str, str], engine: Engine
) -> Iterator[Wiring]:
    """A migrated simulator home with its staff; nothing listens at its provider's address."""
    settings = make_settings(tmp_path, free_port(), **database)
    if database:
        home_to_copy: Path = request.getfixturevalue("prepared_postgres").home
    else:
        home_to_copy = request.getfixturevalue("prepared_home")
    shutil.copytree(home_to_copy, settings.home)
    parts = build(settings, engine)
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
