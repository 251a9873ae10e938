"""A PostgreSQL server of the tests' own, on a private socket, ended with the block."""

from __future__ import annotations

import itertools
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

_OWNERS = ("postgres", "nobody")  # the server refuses to run as root


@contextmanager
def postgres_server() -> Iterator[Callable[[], str]]:
    """A fresh server; each call of what it gives makes an empty database and gives its URL."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="smsbot-postgres-"))
    owner = _owner()
    who = {"user": owner.pw_uid, "group": owner.pw_gid, "extra_groups": []} if owner else {}
    if owner:
        os.chown(folder, owner.pw_uid, owner.pw_gid)
    folder.chmod(0o755)  # our processes reach the socket
    # fmt: off
    subprocess.run(
        [programs / "initdb", "-D", folder / "data", "-U", "smsbot", "-A", "trust", "--no-sync",
         "-E", "UTF8"],
        check=True, capture_output=True, cwd=folder, **who,
    )
    server = subprocess.Popen(
        [programs / "postgres", "-D", folder / "data", "-k", folder, "-c", "listen_addresses=",
         "-c", "max_connections=200", "-c", "fsync=off"],
        stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd=folder, **who,
    )
    # fmt: on
    try:
        _await(programs, folder)
        numbers = itertools.count()
        yield lambda: _make_database(programs, folder, f"smsbot{next(numbers)}")
    finally:
        server.send_signal(signal.SIGINT)  # SIGTERM would wait for clients to go
        server.wait(timeout=20)
        shutil.rmtree(folder, ignore_errors=True)


def _make_database(programs: Path, folder: Path, name: str) -> str:
    subprocess.run(
        [programs / "createdb", "-h", folder, "-U", "smsbot", name], check=True, capture_output=True
    )
    return f"postgresql://smsbot@/{name}?host={folder}"


def _programs() -> Path:
    """The folder with the server and its tools: Debian keeps them off PATH."""
    debian = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: float(path.parent.name))
    on_path = [Path(found).parent for found in [shutil.which("initdb")] if found]
    for folder in (*reversed(debian), *on_path):
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise AssertionError("no PostgreSQL server here: install Debian's `postgresql`")


def _owner() -> pwd.struct_passwd | None:
    if os.getuid() != 0:
        return None
    for name in _OWNERS:
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise AssertionError("run the tests as somebody else than root: PostgreSQL does not run as root")


def _await(programs: Path, folder: Path) -> None:
    for _ in range(200):
        if subprocess.run([programs / "pg_isready", "-h", folder], capture_output=True).returncode == 0:
            return
        time.sleep(0.1)
    raise AssertionError("PostgreSQL did not start")
