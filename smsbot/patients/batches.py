"""Writing a large import a few hundred rows at a time: texts must not wait behind it.

SQLite lets one writer in. The command line writes everything at once, in two seconds for 20,000 patients;
here each transaction takes some tens of milliseconds and then lets others pass. The price: an import that
breaks off in between is half done. It can be run again, and writes what is left.
"""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime

from sqlalchemy.exc import IntegrityError

from smsbot.crypto import Vault
from smsbot.db import Database
from smsbot.models import Staff, new_id
from smsbot.patients.changes import Plan, Writes, prepare, write
from smsbot.patients.importing import Import, ImportRefused

SIZE = 300
# Writers of other processes poll, up to every 0.1 s: without a pause they would never find the door open.
_PAUSE = 0.12


def apply_in_batches(
    db: Database, vault: Vault, found: Import, now: datetime, by: Staff, *, size: int = SIZE
) -> int:
    """Write what the plan says; gives in how many transactions.

    Raises ImportRefused, which says how much was written.
    """
    writes = prepare(found.plan, vault, now)
    summary = writes.events[-1]
    batches = list(split(writes, size))
    written = 0
    for number, batch in enumerate(batches):
        if len(batches) > 1:
            part = {"kind": "patients_import_part", "details": {"rows": _rows(batch)}}
            batch.events.append({**summary, "id": new_id(), **part})
        for event in batch.events:
            event["staff_id"] = by.id
        try:
            with db.writing() as session:
                write(session, batch)
        except (IntegrityError, TimeoutError) as error:
            raise ImportRefused(_stopped(written, found.plan)) from error
        written += _rows(batch)
        if number + 1 < len(batches):
            time.sleep(_PAUSE)
    return len(batches)


def split(writes: Writes, size: int) -> Iterator[Writes]:
    """The same writes in parts of at most `size` patients; the line of the whole comes with the last."""
    numbers, events = defaultdict(list), defaultdict(list)
    for row in writes.numbers:
        numbers[row["patient_id"]].append(row)
    for event in writes.events:
        events[event["details"].get("patient_id")].append(event)
    renumbered = set(writes.renumbered)
    ids = [("new", row["id"], row) for row in writes.patients]
    ids += [("update", row["row_id"], row) for row in writes.updates]
    for start in range(0, max(len(ids), 1), size):
        part = Writes()
        for kind, patient_id, row in ids[start : start + size]:
            (part.patients if kind == "new" else part.updates).append(row)
            part.numbers += numbers[patient_id]
            part.events += events[patient_id]
            part.renumbered += [patient_id] if patient_id in renumbered else []
        if start + size >= len(ids):
            part.events += events[None]
        yield part


def _rows(batch: Writes) -> int:
    return len(batch.patients) + len(batch.updates)


def _stopped(written: int, plan: Plan) -> str:
    of = len(plan.new) + len(plan.changed) + len(plan.left)
    what = "Nothing was written" if not written else f"{written} of {of} patients were written"
    return f"{what}: the list was being changed by somebody else. Upload the file again: the rest follows."
