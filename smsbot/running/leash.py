"""Children that die with their parent, even when the parent is killed with -9."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from typing import Any

_PR_SET_PDEATHSIG = 1
_LOOK_SECONDS = 0.5


def start(command: Sequence[str], **options: Any) -> subprocess.Popen[bytes]:
    """Start a child, in a process group of its own, that ends when this process ends."""
    if sys.platform == "linux":
        parent = os.getpid()
        return subprocess.Popen(  # noqa: S603  (our own commands)
            command, start_new_session=True, preexec_fn=lambda: _die_with(parent), **options
        )
    held = [sys.executable, "-m", "smsbot.running.leash", *command]
    return subprocess.Popen(held, start_new_session=True, **options)  # noqa: S603


def _die_with(parent: int) -> None:
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it died before we asked
        os._exit(1)


def main() -> None:
    """Where the kernel has no such signal: run the command, and end it when our parent is gone."""
    parent = os.getppid()
    child = subprocess.Popen(sys.argv[1:])  # noqa: S603
    signal.signal(signal.SIGTERM, lambda *_: child.terminate())
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    while child.poll() is None:
        if os.getppid() != parent:
            child.terminate()
        time.sleep(_LOOK_SECONDS)
    sys.exit(child.returncode)


if __name__ == "__main__":
    main()
