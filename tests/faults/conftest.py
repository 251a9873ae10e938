"""Systems in parts and whole, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.conftest import make_settings
from tests.faults.parts import Parts
from tests.faults.postgres import postgres_server
from tests.faults.stage import Stage, stage_on
from tests.system import system_on

ON_BOTH = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[], str]]:
    """A PostgreSQL server; each call makes an empty database and gives its URL."""
    with postgres_server() as make_database:
        yield make_database


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Parts]:
    """`smsbot run`, for tests that leave it whole."""
    folder = tmp_path_factory.mktemp("whole")
    with system_on(folder) as system:
        system.run()
        system.provider.change_settings(status_delay=0.1)
        parts = Parts(system, make_settings(folder, system.port))
        yield parts
        parts.db.close()


@pytest.fixture(scope="module", params=ON_BOTH)
def stage(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Provider and Redis run; the rest is started as it is needed."""
    settings = {}
    if request.param == "postgres":
        make_database: Callable[[], str] = request.getfixturevalue("postgres")
        settings["DATABASE_URL"] = make_database()
    with stage_on(tmp_path_factory.mktemp("stage"), **settings) as made:
        yield made
