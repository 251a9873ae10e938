"""How fast the webhook answers: signed texts at a steady rate against a real system on this machine.

    python -m bench.webhook [--rate 50] [--seconds 20] [--senders 200]

Prints the answers by status, p50 and p99 of the webhook, and how long after an emergency was posted its alert
was accepted by the provider (the provider's own ledger). Loopback only; ends what it started.
"""

from __future__ import annotations

import argparse
import statistics
import tempfile
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from tests.system import System, eventually, system_on

TEXTS = (
    "whats your fax number",
    "can i move my thursday to next week, afternoons are best",
    "thank you!!",
    "2 pills left of the lexapro",
    "little nauseous after todays session, ginger ale helping",
    "mwen bezwen yon randevou lendi maten",
)


def measure(system: System, rate: float, seconds: float, senders: int) -> None:
    """Send texts at `rate` a second and print what came of them."""
    took: list[float] = []
    statuses: Counter[int] = Counter()
    lock = threading.Lock()

    def post(number: int) -> None:
        form = system.form(TEXTS[number % len(TEXTS)], f"+1561555{1000 + number % senders}")
        began = time.perf_counter()
        response = system.post(form)
        with lock:
            took.append(time.perf_counter() - began)
            statuses[response.status_code] += 1

    began = time.monotonic()
    with ThreadPoolExecutor(32) as pool:
        for number in range(int(rate * seconds)):
            time.sleep(max(0.0, began + number / rate - time.monotonic()))
            pool.submit(post, number)
    took.sort()
    print(f"{len(took)} texts at {rate:g}/s: {dict(statuses)}")
    p50, p99 = statistics.median(took) * 1000, took[int(len(took) * 0.99)] * 1000
    print(f"webhook p50 {p50:.1f} ms, p99 {p99:.1f} ms")


def measure_emergency(system: System, times: int = 10) -> None:
    """From posting an emergency to its alert in the provider's ledger, on an idle system."""
    waits = []
    for number in range(times):
        before = len(system.alerts())
        began = time.monotonic()
        system.post(system.form("chest pain right now", f"+1561555{3000 + number}"))
        eventually(lambda known=before: len(system.alerts()) > known, every=0.005)
        waits.append(time.monotonic() - began)
    waits.sort()
    middle = statistics.median(waits)
    print(f"emergency, idle: alert accepted after median {middle:.2f} s, longest {waits[-1]:.2f} s")


def main() -> None:
    """Run both measures on a fresh home."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rate", type=float, default=50)
    parser.add_argument("--seconds", type=float, default=20)
    parser.add_argument("--senders", type=int, default=200)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder, system_on(Path(folder)) as system:
        system.run()
        measure_emergency(system)
        measure(system, options.rate, options.seconds, options.senders)


if __name__ == "__main__":
    main()
