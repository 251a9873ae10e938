"""What the stand-in provider remembers: one SQLite file that outlives a kill of the process.

The moments kept with records come from `clock.now()`, so that a test that sets the clock sees one time
everywhere. What is owed falls due by the machine's own clock, even while a test's time stands still.
"""

from __future__ import annotations

import json
import queue
import sqlite3
import threading
import time
import uuid
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any, NamedTuple

from smsbot import clock

SCHEMA = """
CREATE TABLE IF NOT EXISTS messages (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT UNIQUE NOT NULL, direction TEXT NOT NULL,
  sender TEXT NOT NULL, recipient TEXT NOT NULL, body TEXT NOT NULL, status TEXT NOT NULL, error_code INTEGER,
  service_sid TEXT, callback TEXT, form TEXT, num_media INTEGER NOT NULL DEFAULT 0,
  created_at REAL NOT NULL, updated_at REAL NOT NULL, sent_at REAL, is_deleted INTEGER NOT NULL DEFAULT 0);
CREATE INDEX IF NOT EXISTS messages_by_sender ON messages (sender);
CREATE INDEX IF NOT EXISTS messages_by_recipient ON messages (recipient);
CREATE TABLE IF NOT EXISTS media (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT UNIQUE NOT NULL, message_sid TEXT NOT NULL,
  content_type TEXT NOT NULL, data BLOB NOT NULL, created_at REAL NOT NULL);
CREATE INDEX IF NOT EXISTS media_by_message ON media (message_sid);
CREATE TABLE IF NOT EXISTS media_requests (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT NOT NULL, host TEXT NOT NULL, path TEXT NOT NULL,
  has_credentials INTEGER NOT NULL, asked_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS calls (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT UNIQUE NOT NULL, direction TEXT NOT NULL,
  sender TEXT NOT NULL, recipient TEXT NOT NULL, status TEXT NOT NULL, url TEXT, twiml TEXT,
  fallback_url TEXT, callback TEXT, events TEXT NOT NULL, detects_machines INTEGER NOT NULL,
  answered_by TEXT, heard TEXT,
  created_at REAL NOT NULL, updated_at REAL NOT NULL, started_at REAL, ended_at REAL);
CREATE TABLE IF NOT EXISTS numbers (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, sid TEXT UNIQUE NOT NULL, number TEXT UNIQUE NOT NULL,
  urls TEXT NOT NULL);
CREATE TABLE IF NOT EXISTS opt_outs (ours TEXT NOT NULL, phone TEXT NOT NULL, PRIMARY KEY (ours, phone));
CREATE TABLE IF NOT EXISTS ledger (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, kind TEXT NOT NULL, sid TEXT NOT NULL, sender TEXT NOT NULL,
  recipient TEXT NOT NULL, body TEXT NOT NULL, accepted_at REAL NOT NULL);
CREATE TABLE IF NOT EXISTS owed (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, due_at REAL NOT NULL, kind TEXT NOT NULL, lane TEXT NOT NULL,
  sid TEXT NOT NULL, payload TEXT NOT NULL);
CREATE INDEX IF NOT EXISTS owed_by_time ON owed (due_at);
CREATE TABLE IF NOT EXISTS faults (
  seq INTEGER PRIMARY KEY AUTOINCREMENT, rule TEXT NOT NULL, seen INTEGER NOT NULL DEFAULT 0,
  fired INTEGER NOT NULL DEFAULT 0);
"""
FORGOTTEN_BY_RESET = ("messages", "media", "media_requests", "calls", "opt_outs", "ledger", "owed", "faults")


class Owed(NamedTuple):
    """Something to do `after` seconds from now. What shares a lane is done one after the other."""

    after: float
    kind: str
    lane: str
    payload: dict[str, Any]


def new_sid(prefix: str) -> str:
    """An id as the provider makes them: two letters and 32 hexadecimal digits."""
    return prefix + uuid.uuid4().hex


def moment() -> float:
    """Now, in seconds since 1970."""
    return clock.now().timestamp()


class Store:
    """The file, for many threads: many readers, one writer at a time. `owes` is set when work was added."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._path = path
        self._is_closed = False
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue()
        self._writers = threading.Lock()  # queue here rather than poll on SQLite's own lock
        self.owes = threading.Event()
        with self._connection() as db:
            db.executescript(SCHEMA)

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._path, timeout=10, isolation_level=None, check_same_thread=False)
        db.row_factory = sqlite3.Row
        db.execute("PRAGMA journal_mode = WAL")
        # A killed process loses nothing that was committed; a power cut might, and no test pulls the plug.
        db.execute("PRAGMA synchronous = NORMAL")
        return db

    @contextmanager
    def _connection(self) -> Iterator[sqlite3.Connection]:
        try:
            db = self._idle.get_nowait()
        except queue.Empty:
            db = self._open()
        try:
            yield db
        finally:
            db.close() if self._is_closed else self._idle.put(db)

    def close(self) -> None:
        """Close the file. Who is still at work closes behind them."""
        self._is_closed = True
        with suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One writing transaction: all of the block or nothing."""
        with self._writers, self._connection() as db:
            db.execute("BEGIN IMMEDIATE")
            try:
                yield db
                db.execute("COMMIT")
            except BaseException:
                if db.in_transaction:  # a full disk has ended it already
                    db.execute("ROLLBACK")
                raise

    def rows(self, sql: str, *values: Any) -> list[sqlite3.Row]:
        """All rows of a query."""
        with self._connection() as db:
            return db.execute(sql, values).fetchall()

    def row(self, sql: str, *values: Any) -> sqlite3.Row | None:
        """The first row of a query, if there is one."""
        return next(iter(self.rows(sql, *values)), None)

    def change(self, sql: str, *values: Any) -> int:
        """One writing statement; how many rows it changed."""
        with self.writing() as db:
            return db.execute(sql, values).rowcount

    def find(self, table: str, sid: str) -> sqlite3.Row | None:
        """The record with this id."""
        return self.row(f"SELECT * FROM {table} WHERE sid = ?", sid)  # noqa: S608 - table: a literal of ours

    def newest(self, table: str) -> int:
        """The highest seq of a table, 0 when it is empty."""
        return int(self.rows(f"SELECT COALESCE(MAX(seq), 0) FROM {table}")[0][0])  # noqa: S608 - as above

    def page(
        self, table: str, filters: dict[str, Any], bound: int, offset: int, limit: int
    ) -> list[sqlite3.Row]:
        """Rows of a table, newest first, none newer than seq `bound`: so pages do not shift as more arrives.

        `filters` are conditions with one `?`, each with its value.
        """
        where = " AND ".join([*filters, "seq <= ?"])
        sql = f"SELECT * FROM {table} WHERE {where} ORDER BY seq DESC LIMIT ? OFFSET ?"  # noqa: S608 - as above
        return self.rows(sql, *filters.values(), bound, limit, offset)

    def keep(
        self,
        table: str,
        record: dict[str, Any],
        *,
        media: Sequence[tuple[str, str, bytes]] = (),
        owed: Iterable[Owed] = (),
        ledger: tuple[str, str] | None = None,
    ) -> sqlite3.Row:
        """Keep a message or call, its media (sid, type, bytes), what it owes and its ledger line, in one go.

        `ledger` is the kind of request and its words.
        """
        now = moment()
        with self.writing() as db:
            insert(db, table, record | {"created_at": now, "updated_at": now})
            for sid, content_type, data in media:
                values = {
                    "sid": sid,
                    "message_sid": record["sid"],
                    "content_type": content_type,
                    "data": data,
                }
                insert(db, "media", values | {"created_at": now})
            if ledger:
                parties = {name: record[name] for name in ("sid", "sender", "recipient")}
                insert(db, "ledger", parties | {"kind": ledger[0], "body": ledger[1], "accepted_at": now})
            _owe(db, record["sid"], owed)
        self.owes.set()
        kept = self.find(table, record["sid"])
        if kept is None:
            raise RuntimeError("reset came between keeping and reading; try again")
        return kept

    def owe(self, sid: str, owed: Iterable[Owed]) -> None:
        """Add work about a record kept before."""
        with self.writing() as db:
            _owe(db, sid, owed)
        self.owes.set()

    def reset(self) -> None:
        """Forget everything but the numbers and where their webhooks go."""
        with self.writing() as db:
            for table in FORGOTTEN_BY_RESET:
                db.execute(f"DELETE FROM {table}")  # noqa: S608 - as above


def insert(db: sqlite3.Connection, table: str, values: dict[str, Any]) -> None:
    """Insert one row. Table and column names are literals of the caller."""
    names, marks = ", ".join(values), ", ".join("?" * len(values))
    db.execute(f"INSERT INTO {table} ({names}) VALUES ({marks})", tuple(values.values()))  # noqa: S608


def _owe(db: sqlite3.Connection, sid: str, owed: Iterable[Owed]) -> None:
    for item in owed:
        values = {"due_at": time.time() + item.after, "kind": item.kind, "lane": item.lane, "sid": sid}
        insert(db, "owed", values | {"payload": json.dumps(item.payload)})
