"""How the database answers what the screens ask: the plan of every query that a page really issues."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any

from sqlalchemy import event, text
from werkzeug.test import TestResponse

from bench.filling import Filled
from bench.watchers import COOKIE, cookie_for
from smsbot.web import create_app
from smsbot.wiring import Wiring

# Tables that grow with every text; the others (staff, shifts, settings) are read whole, and small.
_GROWING = "contacts|cases|messages|triages|alerts|dispatches|receipts|events|corrections"
_WHOLE = re.compile(rf"SCAN ({_GROWING})\b|Seq Scan on ({_GROWING})\b")


def print_plans(parts: Wiring, filled: Filled) -> int:
    """Ask for each page in this process and print its queries' plans, those marked `!` that read the whole of
    a table that grows; gives how many there are."""
    app = create_app(parts)
    client = app.test_client()
    client.set_cookie(COOKIE, cookie_for(parts, 3), domain="localhost")  # an administrator: sees every page
    if not parts.db.is_sqlite:
        with parts.db.writing() as session:
            session.execute(text("ANALYZE"))
    app.config["WTF_CSRF_ENABLED"] = False  # searches are posted
    asked = {name: partial(client.get, path) for name, path in pages(filled).items()}
    for name, words in searches(filled).items():
        asked[name] = partial(client.post, "/search", data={"q": words}, follow_redirects=True)
    return sum(_print_page(parts, name, ask) for name, ask in asked.items())


def pages(filled: Filled) -> dict[str, str]:
    """What is asked, by name."""
    return {
        "list": "/",
        "list that polls": "/?poll=1&since=none",
        "list of resolved cases": "/?show=resolved",
        "case": f"/cases/{filled.codes[len(filled.codes) // 2]}",
        "numbers": "/numbers?days=7",
        "audit": "/administration/audit",
    }


def searches(filled: Filled) -> dict[str, str]:
    """What is looked for, by name."""
    middle = len(filled.codes) // 2
    return {
        "search by code": filled.codes[middle],
        "search by number": filled.numbers[-1],
        "search by words": filled.words[middle],
    }


def _print_page(parts: Wiring, name: str, ask: Callable[[], TestResponse]) -> int:
    with _asked(parts) as queries:
        status = ask().status_code
    print(f"\n== {name}: {status}, {len(queries)} queries")
    whole = 0
    for statement, values in dict(queries).items():
        plan = _plan(parts, statement, values)
        # the first few in an index's order are read along it, and no further
        is_whole = " LIMIT " not in statement and any(_WHOLE.search(line) for line in plan)
        whole += is_whole
        print(f"{'!' if is_whole else ' '} {' '.join(statement.split())[:160]}")
        for line in plan:
            print(f"      {line}")
    return whole


@contextmanager
def _asked(parts: Wiring) -> Iterator[list[tuple[str, Any]]]:
    """The reading statements of this block with their values; values may hold what nobody should see."""
    found: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if statement.lstrip().upper().startswith(("SELECT", "WITH")):
            found.append((statement, values))

    event.listen(parts.db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(parts.db.engine, "before_cursor_execute", note)


def _plan(parts: Wiring, statement: str, values: Any) -> list[str]:
    explain = "EXPLAIN QUERY PLAN " if parts.db.is_sqlite else "EXPLAIN "
    with parts.db.engine.connect() as connection:
        rows = connection.exec_driver_sql(explain + statement, values).all()
    return [str(row[-1]) for row in rows]
