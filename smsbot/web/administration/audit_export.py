"""The audit log as CSV, a page at a time: ids, kinds, times and names of staff; no notes, no words."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from sqlalchemy import select

from smsbot.db import Database
from smsbot.models import Staff
from smsbot.web.administration.audit_lines import AuditLine, Search, audit_query, case_id_of, told

MOST_LINES = 100_000
_AT_ONCE = 1_000
_COLUMNS = ("id", "at", "kind", "case", "person", "details")


def csv_lines(db: Database, search: Search) -> Iterator[str]:
    """Line by line, newest first; a session for each thousand, so that a slow reader holds none open."""
    yield _row(_COLUMNS)
    after, written = None, 0
    while written < MOST_LINES:
        with db.reading() as session:
            case_id = case_id_of(session, search.code)
            if search.code and case_id is None:
                return
            names = {one.id: one.name for one in session.scalars(select(Staff))}
            events = list(session.scalars(audit_query(search, case_id, after).limit(_AT_ONCE)))
            lines = list(told(session, events, names))
        if not events:
            return
        yield "".join(_row(_cells(line)) for line in lines)
        written += len(events)
        after = (events[-1].at, events[-1].id)


def _cells(line: AuditLine) -> tuple[str, ...]:
    at = line.at.isoformat(timespec="milliseconds")
    return (line.id, at, line.kind, line.code or "", line.who, line.details)


def _row(cells: tuple[str, ...]) -> str:
    out = io.StringIO()
    # a cell that begins so would be a formula to a spreadsheet
    csv.writer(out).writerow(
        [f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell for cell in cells]
    )
    return out.getvalue()
