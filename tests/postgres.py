"""A PostgreSQL server for tests: Debian's, run as a user that is not root, thrown away afterwards."""

from __future__ import annotations

import contextlib
import os
import pwd
import secrets
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql


def find_binaries() -> Path | None:
    """The folder of initdb and postgres, the newest version."""
    for folder in sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True):
        if (folder / "initdb").exists():
            return folder
    found = shutil.which("initdb")
    return Path(found).parent if found else None


@dataclass
class PostgresServer:
    """One running server; every test gets a database of its own."""

    folder: Path

    @classmethod
    @contextlib.contextmanager
    def started(cls) -> Iterator[PostgresServer]:
        """Start a server, and end it with the block."""
        binaries = find_binaries()
        assert binaries is not None, "PostgreSQL is missing: apt-get install postgresql"
        folder = Path(tempfile.mkdtemp(prefix="pg"))
        folder.chmod(0o755)
        user = _user()
        if user:
            shutil.chown(folder, user)
        data = folder / "data"
        run = ["setpriv", f"--reuid={user}", "--regid", user, "--clear-groups"] if user else []
        options = {"check": True, "stdout": subprocess.DEVNULL, "cwd": "/"}
        subprocess.run(
            [*run, str(binaries / "initdb"), "-D", str(data), "-A", "trust", "-U", "smsbot", "--no-sync"],
            stderr=subprocess.DEVNULL,
            **options,
        )
        server = subprocess.Popen(
            [
                *run, str(binaries / "postgres"), "-D", str(data), "-k", str(folder),
                "-c", "listen_addresses=", "-c", "fsync=off", "-c", "max_connections=200",
            ],
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/",
        )  # fmt: skip
        try:
            _await(binaries, folder)
            yield cls(folder)
        finally:
            server.terminate()
            server.wait(timeout=20)
            shutil.rmtree(folder, ignore_errors=True)

    def new_database(self, like: str = "") -> str:
        """The address of a fresh database: empty, or a copy of the one at `like`, which must be at rest."""
        name = f"t{secrets.token_hex(6)}"
        template = like.partition("@/")[2].partition("?")[0]
        with psycopg.connect(f"postgresql://smsbot@/postgres?host={self.folder}", autocommit=True) as asking:
            of = sql.SQL(" TEMPLATE {}").format(sql.Identifier(template)) if template else sql.SQL("")
            asking.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)) + of)
        return f"postgresql://smsbot@/{name}?host={self.folder}"


def _user() -> str | None:
    if os.getuid() != 0:
        return None
    with contextlib.suppress(KeyError):
        return pwd.getpwnam("postgres").pw_name
    return "nobody"


def _await(binaries: Path, folder: Path) -> None:
    from tests.system import eventually

    ask = [str(binaries / "pg_isready"), "-q", "-h", str(folder)]
    eventually(lambda: subprocess.run(ask).returncode == 0, 30)
