"""The database, the disk under it, and the texts that wait because the database could not be used."""

from __future__ import annotations

import shutil

from sqlalchemy import text

from smsbot.doctor.line import Line, bad, ok, plural, warn
from smsbot.wiring import Wiring

_LITTLE_MB, _TOO_LITTLE_MB = 1000, 200


def check_storage(parts: Wiring) -> list[Line]:
    """That the schema is this version's, and that it can be written, was checked by making the parts."""
    return [_database(parts), disk_line(shutil.disk_usage(parts.settings.home).free), *_spool(parts)]


def disk_line(free_bytes: int) -> Line:
    """Whether there is room for what comes."""
    free = free_bytes // 1_000_000
    if free >= _LITTLE_MB:
        return ok("The disk of the home has room.")
    what, remedy = (
        f"Only {free} MB are free on the disk of the home.",
        "Make room: a full disk takes no text in.",
    )
    return bad(what, remedy) if free < _TOO_LITTLE_MB else warn(what, remedy)


def _database(parts: Wiring) -> Line:
    if not parts.db.is_sqlite:
        return ok("PostgreSQL answers, and its schema is this version's.")
    with parts.db.reading() as session:
        found = session.execute(text("PRAGMA quick_check(1)")).scalar()
    if found != "ok":
        return bad(
            "The SQLite file is damaged.",
            "Stop smsbot, keep a copy of the file, and put back the last backup (docs/operations.md).",
        )
    return ok("SQLite answers, its schema is this version's, and the file is whole.")


def _spool(parts: Wiring) -> list[Line]:
    waiting = len(parts.spool.waiting())
    if not waiting:
        return []
    what = f"{plural(waiting, 'text')} in the spool: kept while the database could not be used."
    return [warn(what, "The sweep takes them in: see that it runs, or run smsbot reconcile --since 1.")]
