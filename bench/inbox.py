"""How fast the inbox is when it is full and watched: lists, cases, search, numbers, and what watching costs.

    python -m bench.inbox [--cases 20000] [--messages 100000] [--watchers 10] [--runs 5]
                          [--only list,case,search,numbers,visible,webhook] [--plans] [--postgres]

A home is filled (bench/filling.py), the real system is started on it, and people watch the list as
static/inbox.js does, from a process of their own. Pages are asked for one after the other over loopback, a
different case each time: what is measured is the server's answer, not what a browser makes of it. Prints a
table, then the same as JSON. `--plans` prints how the database answers each page, and measures nothing.
Loopback only; ends what it started.
"""

from __future__ import annotations

import argparse
import contextlib
import http.client
import json
import os
import random
import re
import statistics
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from pathlib import Path

import requests

from bench.alerts import post_emergency
from bench.figures import share, table
from bench.filling import Filled, fill
from bench.load import codes_of, new_phone, wiring_of
from bench.plans import print_plans
from bench.watchers import COOKIE, EVERY, cookie_for, watching
from bench.webhook import TEXTS
from smsbot import home
from smsbot.config import load_settings
from smsbot.db import Database
from smsbot.simulator.people import seed_staff
from smsbot.wiring import Wiring, build
from tests.postgres import PostgresServer
from tests.system import System, system_on

MEASURES = "list,case,search,numbers,visible,webhook"
_HEAD = ("measure", "n", "p50 ms", "p99 ms", "longest", "bar", "")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table, in milliseconds; `bar` is what p99 is held to."""

    name: str
    n: int
    p50: float
    p99: float
    longest: float
    bar: float | None = None
    remark: str = ""

    @classmethod
    def of(cls, name: str, took: Sequence[float], bar: float | None = None, remark: str = "") -> Row:
        """From seconds."""
        figures = [round(part * 1000, 1) for part in (share(took, 0.5), share(took, 0.99), max(took))]
        return cls(name, len(took), *figures, bar, remark)

    def cells(self) -> tuple[str, ...]:
        """As the table shows it."""
        verdict = "" if self.bar is None else f"{self.bar:g} {'met' if self.p99 < self.bar else 'MISSED'}"
        return (
            *(self.name, str(self.n), f"{self.p50:.1f}", f"{self.p99:.1f}", f"{self.longest:.1f}"),
            *(verdict, self.remark),
        )


@dataclass
class Bench:
    """A filled home with the system running on it."""

    system: System
    parts: Wiring
    filled: Filled
    options: argparse.Namespace

    def ask(self, paths: Sequence[str]) -> list[float]:
        """Seconds for each of these pages, one after the other on one connection, signed in."""
        cookie, took = cookie_for(self.parts, 3), []
        connection = http.client.HTTPConnection("localhost", self.system.port, timeout=60)
        for path in paths:
            began = time.perf_counter()
            connection.request("GET", path, headers={"Cookie": f"{COOKIE}={cookie}"})
            answer = connection.getresponse()
            answer.read()
            took.append(time.perf_counter() - began)
            assert answer.status == 200, (path.partition("?")[0], answer.status)
        connection.close()
        return took

    def rows_of(self, measures: Sequence[str]) -> Iterator[Row]:
        """What was asked for. Pages are measured while people watch."""
        pages = [name for name in measures if name in _PAGES]
        if pages or "visible" in measures:
            with watching(self.system, self.parts, self.options.watchers) as watchers:
                for name in pages:
                    yield from _PAGES[name](self)
                if "visible" in measures:
                    yield self.visible(watchers.when_all_saw)
            yield self.polls(watchers.polls)
        if "webhook" in measures:
            yield from self.webhooks()

    def lists(self) -> Iterator[Row]:
        """The whole page, and that of resolved cases."""
        count = self.options.pages
        yield Row.of("list", self.ask(["/"] * count), 300)
        yield Row.of("list, resolved", self.ask(["/?show=resolved"] * count), 300)

    def cases(self) -> Iterator[Row]:
        """Many different cases, old and new."""
        codes = random.Random(1).sample(
            self.filled.codes, min(self.options.pages * 2, len(self.filled.codes))
        )
        yield Row.of("case", self.ask([f"/cases/{code}" for code in codes]), 300, "each another one")

    def searches(self) -> Iterator[Row]:
        """By code, by number, and by words of one text alone: all texts are looked through."""
        some = random.Random(2)
        codes, numbers = some.sample(self.filled.codes, 20), some.sample(self.filled.numbers, 20)
        words = some.sample(self.filled.words, 10)
        for name, asked, bar in (("code", codes, 300), ("number", numbers, 300), ("words", words, 2000)):
            yield Row.of(f"search by {name}", self.search(asked), bar)

    def search(self, asked: Sequence[str]) -> list[float]:
        """Seconds from pressing the button to the results: the form is posted, and leads to them."""
        took, browser = [], requests.Session()
        browser.cookies.set(COOKIE, cookie_for(self.parts, 3))
        token = re.search(r'name="csrf_token" value="([^"]+)"', browser.get(f"{self.system.url}/").text)
        assert token, "no form on the list"
        for words in asked:
            began = time.perf_counter()
            answer = browser.post(
                f"{self.system.url}/search", data={"q": words, "csrf_token": token[1]}, timeout=60
            )
            took.append(time.perf_counter() - began)
            assert answer.ok, answer.status_code
            assert "/cases/" in answer.text, "nothing found"
        return took

    def numbers(self) -> Iterator[Row]:
        """The whole period that was filled."""
        yield Row.of("numbers, 90 days", self.ask(["/numbers?days=90"] * 10), 1000)

    def visible(self, when_all_saw: Callable[[str], float]) -> Row:
        """From the webhook's answer to a new emergency until it stands in the list of every watcher."""
        waits = []
        for _ in range(self.options.emergencies):
            sid, _, answered = post_emergency(self.system)
            code = codes_of(self.parts, [sid])[sid]
            waits.append(max(0.0, when_all_saw(code) - answered))
            time.sleep(random.random())  # out of step with the polls
        remark = f"on all screens, since the answer; each asks every {EVERY:g} s"
        return Row.of("emergency visible to all", waits, None, remark + verdict_on_seeing(waits))

    def polls(self, told: dict[str, float]) -> Row:
        """What the watchers' own polls took."""
        remark = f"{told['changed']:g} of them a new list, {told['failed']:g} failed"
        ms = [round(told[part] * 1000, 1) for part in ("p50", "p99")]
        return Row("polls of the watchers", int(told["count"]), *ms, ms[1], 300, remark)

    def webhooks(self) -> Iterator[Row]:
        """Without and with watchers, in turn, so that what else the machine does falls on both."""
        runs: dict[str, list[list[float]]] = {"without": [], "with": []}
        for _ in range(self.options.runs):
            runs["without"].append(self.post_texts())
            with watching(self.system, self.parts, self.options.watchers):
                runs["with"].append(self.post_texts())
        for name, took in runs.items():
            p50, p99 = (
                round(statistics.median(share(one, part) for one in took) * 1000, 1) for part in (0.5, 0.99)
            )
            each = ", ".join(f"{share(one, 0.99) * 1000:.0f}" for one in took)
            longest = round(max(max(one) for one in took) * 1000, 1)
            remark = f"median of {len(took)} alternating runs; p99 of each: {each}"
            yield Row(f"webhook, {name} watchers", sum(map(len, took)), p50, p99, longest, None, remark)

    def post_texts(self) -> list[float]:
        """Texts at a steady rate; seconds each answer took."""
        took: list[float] = []
        lock, rate = threading.Lock(), self.options.rate
        phones = [new_phone() for _ in range(200)]

        def post(number: int) -> None:
            form = self.system.form(TEXTS[number % len(TEXTS)], phones[number % len(phones)])
            began = time.perf_counter()
            answer = self.system.post(form)
            with lock:
                took.append(time.perf_counter() - began)
            assert answer.ok, answer.status_code

        began = time.monotonic()
        with ThreadPoolExecutor(32) as pool:
            waiting = []
            for number in range(int(rate * self.options.seconds)):
                time.sleep(max(0.0, began + number / rate - time.monotonic()))
                waiting.append(pool.submit(post, number))
            for one in waiting:
                one.result()
        return took


_PAGES: dict[str, Callable[[Bench], Iterator[Row]]] = {
    "list": Bench.lists,
    "case": Bench.cases,
    "search": Bench.searches,
    "numbers": Bench.numbers,
}


def verdict_on_seeing(waits: Sequence[float]) -> str:
    """The bar is two seconds on every screen."""
    late = sum(wait > 2.0 for wait in waits)
    return f"; within 2 s: {len(waits) - late} of {len(waits)}"


def prepare(system: System) -> Wiring:
    """Migrate the home and put its staff there, as `smsbot run` does at its first start."""
    settings = load_settings(system.environ, root=system.home)
    home.make_home(settings)
    db = Database(settings.database_url)
    db.migrate()
    db.close()
    parts = build(settings)
    seed_staff(parts.db, parts.vault, home.simulator_file(settings).password)
    return parts


@contextlib.contextmanager
def filled_system(options: argparse.Namespace) -> Iterator[tuple[System, Filled]]:
    """A home with its rows; nothing runs on it yet."""
    with contextlib.ExitStack() as stack:
        settings = {}
        if options.postgres:
            server = stack.enter_context(PostgresServer.started())
            settings["DATABASE_URL"] = server.new_database()
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        system = stack.enter_context(system_on(folder, settings=settings))
        parts = prepare(system)
        began = time.monotonic()
        filled = fill(parts, options.cases, options.messages, open_cases=min(300, options.cases // 4))
        parts.close()
        took = time.monotonic() - began
        held = f"{filled.messages:,} texts in {filled.cases:,} cases, {len(filled.open_codes)} open"
        print(f"{held}: {took:.0f} s")
        yield system, filled


def main() -> None:
    """Fill a home, run what was asked for on it, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--cases", type=int, default=20_000)
    parser.add_argument("--messages", type=int, default=100_000)
    parser.add_argument("--watchers", type=int, default=10)
    parser.add_argument("--pages", type=int, default=200, help="how often each page is asked for")
    parser.add_argument("--emergencies", type=int, default=20)
    parser.add_argument("--runs", type=int, default=5, help="pairs of webhook runs")
    parser.add_argument("--rate", type=float, default=50, help="texts a second")
    parser.add_argument("--seconds", type=float, default=20, help="of each webhook run")
    parser.add_argument("--only", default=MEASURES)
    parser.add_argument("--plans", action="store_true", help="print the queries' plans and measure nothing")
    parser.add_argument("--postgres", action="store_true", help="on a PostgreSQL server of its own")
    options = parser.parse_args()
    load = os.getloadavg()[0]
    with filled_system(options) as (system, filled):
        if options.plans:
            with wiring_of(system) as parts:
                whole = print_plans(parts, filled)
            print(f"\n{whole} queries read a table or an index from end to end")
            return
        system.run()
        with wiring_of(system) as parts:
            rows = list(Bench(system, parts, filled, options).rows_of(options.only.split(",")))
    print(f"Load before: {load:.1f}.")
    print(table(_HEAD, rows))
    print(json.dumps({"load": round(load, 1), "rows": [asdict(row) for row in rows]}))


if __name__ == "__main__":
    main()
