"""People who have the list on their screens: each asks every 1.5 s, as static/inbox.js does.

    python -m bench.watchers http://localhost:PORT < cookies

A process of its own, so that what it does slows nothing that is measured elsewhere. One line of the input is
the session cookie of one watcher. It prints a line of JSON for each case that comes to stand in a list
(`{"watcher", "code", "at"}`), and at the end of the input one with how long the polls took.
"""

from __future__ import annotations

import http.client
import json
import random
import re
import secrets
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import quote, urlsplit

from sqlalchemy import select

from smsbot import clock
from smsbot.models import Staff, StaffSession, new_id
from smsbot.wiring import Wiring
from tests.system import ROOT, System, eventually

EVERY = 1.5  # seconds: static/inbox.js
COOKIE = "smsbot-session"
_VERSION = re.compile(rb'data-version="([^"]*)"')
_CODE = re.compile(rb'href="/cases/([A-Z0-9]{4})"')


def cookie_for(parts: Wiring, number: int = 0) -> str:
    """A signed-in session of the staff member with this number, in turn; gives the cookie."""
    token, now = secrets.token_urlsafe(32), clock.now()
    with parts.db.writing() as session:
        staff = list(session.scalars(select(Staff.id).order_by(Staff.created_at)))
        session.add(
            StaffSession(
                id=new_id(),
                staff_id=staff[number % len(staff)],
                token_index=parts.vault.blind_index("session", token),
                created_at=now,
                active_at=now,
            )
        )
    return token


@dataclass
class Watchers:
    """The watchers of a system, seen from the process that measures."""

    process: subprocess.Popen[str]
    count: int
    seen: dict[str, dict[int, float]] = field(default_factory=dict)  # code: when each watcher had it
    polls: dict[str, float] = field(default_factory=dict)  # of all of them, when they have gone

    def await_first(self) -> None:
        """Until each has a list on the screen."""
        eventually(lambda: len(self.seen.get("", ())) == self.count, seconds=30)

    def when_all_saw(self, code: str, seconds: float = 30.0) -> float:
        """The moment at which the last of them had this case in the list."""
        eventually(lambda: len(self.seen.get(code, ())) == self.count, seconds=seconds, every=0.01)
        return max(self.seen[code].values())

    def listen(self) -> None:
        """Take in what they tell, until they have gone."""
        assert self.process.stdout is not None
        for line in self.process.stdout:
            told = json.loads(line)
            if "polls" in told:
                self.polls = told["polls"]
            else:
                self.seen.setdefault(told["code"], {}).setdefault(told["watcher"], told["at"])


@contextmanager
def watching(system: System, parts: Wiring, count: int) -> Iterator[Watchers]:
    """So many people watch the list within this block; each has it on the screen when it begins."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.watchers", system.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
        start_new_session=True,
    )
    watchers = Watchers(process, count)
    listener = threading.Thread(target=watchers.listen, daemon=True)
    listener.start()
    assert process.stdin is not None
    try:
        for number in range(count):
            process.stdin.write(cookie_for(parts, number) + "\n")
        process.stdin.write("\n")
        process.stdin.flush()
        watchers.await_first()
        yield watchers
    finally:
        process.stdin.close()
        process.wait(timeout=30)
        listener.join(timeout=5)


@dataclass
class _Watcher:
    """One screen."""

    number: int
    host: str
    cookie: str
    stop: threading.Event
    took: list[float] = field(default_factory=list)
    changed: int = 0
    failed: int = 0

    def run(self) -> None:
        """Open the list, then ask again and again whether it is another."""
        connection = http.client.HTTPConnection(self.host, timeout=30)
        known: set[bytes] = set()
        version, known = self._look(connection, "/", known, is_first=True)
        self.stop.wait(random.random() * EVERY)  # people do not open their lists at the same moment
        while not self.stop.is_set():
            began = time.monotonic()
            newer, known = self._look(connection, f"/?poll=1&since={quote(version)}", known)
            self.took.append(time.monotonic() - began)
            version = newer or version
            self.stop.wait(max(0.0, EVERY - (time.monotonic() - began)))
        connection.close()

    def _look(
        self, connection: http.client.HTTPConnection, path: str, known: set[bytes], *, is_first: bool = False
    ) -> tuple[str, set[bytes]]:
        try:
            connection.request(
                "GET", path, headers={"Cookie": f"{COOKIE}={self.cookie}", "HX-Request": "true"}
            )
            answer = connection.getresponse()
            page = answer.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            self.failed += 1
            return "", known
        at = time.time()
        if answer.status not in (200, 204):
            self.failed += 1
        if answer.status != 200:
            return "", known
        self.changed += 1
        codes = set(_CODE.findall(page))
        for code in codes - known if not is_first else {b""}:
            _tell({"watcher": self.number, "code": code.decode(), "at": at})
        found = _VERSION.search(page)
        return (found[1].decode() if found else ""), known | codes


_telling = threading.Lock()


def _tell(line: dict[str, object]) -> None:
    with _telling:
        print(json.dumps(line), flush=True)


def main() -> None:
    """Watch until the input ends."""
    host, stop = urlsplit(sys.argv[1]).netloc, threading.Event()
    cookies = list(iter(lambda: sys.stdin.readline().strip(), ""))
    watchers = [_Watcher(number, host, cookie, stop) for number, cookie in enumerate(cookies)]
    threads = [threading.Thread(target=one.run, daemon=True) for one in watchers]
    for thread in threads:
        thread.start()
    sys.stdin.read()
    stop.set()
    for thread in threads:
        thread.join(timeout=10)
    took = sorted(seconds for one in watchers for seconds in one.took) or [0.0]
    polls = {
        "count": len(took),
        "p50": took[len(took) // 2],
        "p99": took[min(len(took) - 1, int(len(took) * 0.99))],
        "changed": sum(one.changed for one in watchers),
        "failed": sum(one.failed for one in watchers),
    }
    _tell({"polls": polls})


if __name__ == "__main__":
    main()
