"""Importing a file: what it says, what that would change, and changing it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from smsbot.crypto import Vault
from smsbot.db import Database
from smsbot.patients.changes import Plan, compare, prepare, write
from smsbot.patients.columns import Columns, Mapping, arrange
from smsbot.patients.reading import FileProblem, read_table
from smsbot.patients.rows import Rows, read_rows


class ImportRefused(Exception):
    """Nothing was written. The text says why and what to do."""


@dataclass(frozen=True, slots=True)
class Import:
    """A file, read and compared with the list; nothing has been written."""

    columns: Columns
    rows: Rows
    plan: Plan


def read_import(
    db: Database, vault: Vault, raw: bytes, mapping: Mapping, today: datetime, *, remove_missing: bool
) -> Import:
    """Read a file and compare it with the list; `today` in the clinic's zone.

    Raises FileProblem and ColumnsProblem for what is wrong with it as a whole.
    """
    table = read_table(raw)
    columns = arrange(table.headers, mapping)
    if not table.lines:
        raise FileProblem("The file names columns and no patient: export it again.")
    rows = read_rows(table, columns, today.date())
    # A row that does not say whom it is about may be about anybody: then nobody is known to be missing.
    present = rows.keys if remove_missing and not rows.nameless else None
    with db.reading() as session:
        return Import(columns, rows, compare(session, vault, rows.records, present))


def apply_import(db: Database, vault: Vault, found: Import, now: datetime) -> None:
    """Write what the plan says, all of it or nothing. Raises ImportRefused."""
    writes = prepare(found.plan, vault, now)
    try:
        with db.writing() as session:
            write(session, writes)
    except IntegrityError as error:
        raise ImportRefused(
            "Nothing was written: somebody else changed the list meanwhile. Import the file again."
        ) from error
