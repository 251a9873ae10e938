"""Switch off one protection after another, in a copy of the tree, and see its test fail.

`python -m tests.faults.sabotage [--only NAME] [--jobs N]`: a line for each; exit 1 if a test stays green
without its protection, is not green with it, or if the protection is no longer where the list says it is.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

from tests.faults.protections import PROTECTIONS, Change, Protection
from tests.system import ROOT

_NOT_COPIED = shutil.ignore_patterns(".*", "__pycache__", "var", "node_modules", "*.egg-info")


def main(argv: Sequence[str] | None = None) -> int:
    """Try all of them, or some; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults.sabotage", description=__doc__)
    parser.add_argument("--only", metavar="NAME", help="those whose name holds this")
    parser.add_argument("--jobs", type=int, default=2, help="how many at once; most of the time they wait")
    given = parser.parse_args(argv)
    chosen = [one for one in PROTECTIONS if given.only is None or given.only in one.name]
    if not chosen:
        parser.error(f"no protection is called {given.only!r}")
    by_test: dict[str, list[Protection]] = {}
    for one in chosen:
        by_test.setdefault(one.test, []).append(one)
    with ThreadPoolExecutor(given.jobs) as pool:
        verdicts = [found for some in pool.map(verdicts_of, by_test.values()) for found in some]
    failed = sum(not one.startswith("red") for one in verdicts)
    say(f"{len(verdicts) - failed} of {len(verdicts)} tests turn red without their protection")
    return 1 if failed else 0


def verdicts_of(some: Sequence[Protection]) -> list[str]:
    """Try those that share a test, one after the other: it is seen green once."""
    found = []
    for one in some:
        began = time.monotonic()
        found.append(verdict(one))
        seconds = time.monotonic() - began
        say(f"{found[-1]:<34} {one.name}  ({one.test.rpartition('::')[2]}, {seconds:.0f} s)")
    return found


def verdict(one: Protection) -> str:
    """`red` as it should be, or what is wrong."""
    if not is_in_place(one):
        return "NOT FOUND: mend the list"
    if outcome(one.test, ()) != "green":
        return "RED EVEN WITH ITS PROTECTION"
    found = outcome(one.test, one.changes)
    return {"green": "STAYS GREEN", "red": "red"}.get(found, found)


def is_in_place(one: Protection) -> bool:
    """Whether each text to be changed stands where it should, exactly once."""
    return all((ROOT / change.file).read_text().count(change.old) == 1 for change in one.changes)


@cache
def outcome(test: str, changes: tuple[Change, ...]) -> str:
    """green, red, or what else came of this test in a changed copy of the tree."""
    with tempfile.TemporaryDirectory(prefix="smsbot-sabotage-") as folder:
        copy = Path(folder) / "tree"
        shutil.copytree(ROOT, copy, ignore=_NOT_COPIED)
        for change in changes:
            path = copy / change.file
            path.write_text(path.read_text().replace(change.old, change.new))
        chosen, _, words = test.partition(" -k ")
        done = subprocess.run(
            [
                sys.executable,
                "-m",
                "pytest",
                "-q",
                "-p",
                "no:cacheprovider",
                "--basetemp",
                f"{folder}/temp",
                chosen,
            ]
            + (["-k", words] if words else []),
            cwd=copy,
            env={**os.environ, "PYTHONPATH": str(copy)},
            capture_output=True,
            text=True,
        )
    if done.returncode == 0 and re.search(r"\b\d+ passed", done.stdout):
        return "green"
    if done.returncode == 1 and "FAILED " in done.stdout and "\nERROR " not in done.stdout:
        return "red"
    return f"BROKEN: {done.stdout.strip().splitlines()[-1:] or done.stderr[-200:]}"


def say(line: str) -> None:
    """Print at once."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
