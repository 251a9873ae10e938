"""Reads a contact and writes it back: `python -m tests.faults.writer DATABASE CONTACT TIMES`."""

from __future__ import annotations

import sys

from smsbot.db import Database
from smsbot.models import Contact


def main() -> None:
    """Raise the version by one so many times, each in a writing transaction that looks first."""
    url, contact_id, times = sys.argv[1:]
    db = Database(url)
    for _ in range(int(times)):
        with db.writing() as session:
            contact = session.get_one(Contact, contact_id, with_for_update=True)
            contact.version += 1


if __name__ == "__main__":
    main()
