"""Systems in parts, on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from tests.faults.postgres import postgres_server
from tests.system import System, system_on

ON_BOTH = ("sqlite", pytest.param("postgres", marks=pytest.mark.postgres))


@pytest.fixture(scope="session")
def postgres() -> Iterator[Callable[[], str]]:
    """A PostgreSQL server; each call makes an empty database and gives its URL."""
    with postgres_server() as make_database:
        yield make_database


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[System]:
    """`smsbot run`, for tests that leave it whole."""
    with system_on(tmp_path_factory.mktemp("whole")) as system:
        system.run()
        yield system
