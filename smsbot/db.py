"""The database: sessions that read, sessions that write, and migrations.

SQLite runs in WAL with synchronous=FULL, and every writing transaction begins IMMEDIATE: a deferred one that
turns to writing fails with "database is locked", and SQLAlchemy's default loses read-modify-writes silently.
"""

from __future__ import annotations

import fcntl
import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import alembic.command
import alembic.config
from sqlalchemy import Connection, Engine, create_engine, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.orm import Session

SQLITE_BUSY_MS = 8_000
_MIGRATION_LOCK = 7296  # any number, the same in every process of ours


class Database:
    """Sessions on one database. Safe to share between threads; make a new one after a fork."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.engine = _make_engine(url)
        self._writing = self.engine.execution_options(is_writing=True)
        # SQLite lets one writer in, and waiting ones poll unfairly: threads of a process queue here instead.
        self._turn = threading.Lock()

    @property
    def is_sqlite(self) -> bool:
        """SQLite locks the whole file; PostgreSQL locks rows."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Session]:
        """A session for looking; whatever is changed in it is thrown away."""
        with Session(self.engine, expire_on_commit=False) as session:
            yield session

    @contextmanager
    def writing(self) -> Iterator[Session]:
        """One short writing transaction: committed at the end of the block, undone if it raises.

        Never begin one inside another. Raises TimeoutError when its turn does not come.
        """
        with (
            self._one_at_a_time(),
            Session(self._writing, expire_on_commit=False) as session,
            session.begin(),
        ):
            yield session

    @contextmanager
    def _one_at_a_time(self) -> Iterator[None]:
        if not self.is_sqlite:
            yield
            return
        if not self._turn.acquire(timeout=SQLITE_BUSY_MS / 1000):
            raise TimeoutError("no turn to write")
        try:
            yield
        finally:
            self._turn.release()

    def migrate(self, revision: str = "head") -> None:
        """Bring the schema up to date. Several processes may call this at once."""
        with self._migration_lock(), self._writing.connect() as connection:
            alembic.command.upgrade(_alembic_config(connection), revision)

    @contextmanager
    def _migration_lock(self) -> Iterator[None]:
        if not self.is_sqlite:
            with self.engine.connect() as connection:
                connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _MIGRATION_LOCK})
                yield
                connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _MIGRATION_LOCK})
            return
        path = Path(self.engine.url.database or "smsbot.db")
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(f"{path}.migrating", "w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def close(self) -> None:
        """Give back all connections."""
        self.engine.dispose()


def _make_engine(url: str) -> Engine:
    if make_url(url).get_backend_name() != "sqlite":
        return create_engine(
            url, hide_parameters=True, pool_pre_ping=True, pool_size=8, max_overflow=8, pool_timeout=8
        )
    engine = create_engine(
        url,
        hide_parameters=True,
        pool_size=8,
        max_overflow=24,
        pool_timeout=8,
        connect_args={"timeout": SQLITE_BUSY_MS / 1000},
    )
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # We send BEGIN ourselves; the driver's own guess would be deferred.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (
        f"busy_timeout={SQLITE_BUSY_MS}",
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    is_writing = connection.get_execution_options().get("is_writing", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if is_writing else "BEGIN")


def _alembic_config(connection: Connection) -> alembic.config.Config:
    logging.getLogger("alembic").setLevel(logging.WARNING)
    config = alembic.config.Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    return config
