"""gunicorn's settings, for `smsbot run` and for `gunicorn app:app`: threads for slow clients, a quick end."""

from __future__ import annotations

import os
import sys
from typing import Any

from smsbot.config import SettingsError, load_settings

try:
    _settings = load_settings()
except SettingsError as error:
    sys.exit(str(error))

bind = f"{_settings.bind}:{_settings.port}"
worker_class = "gthread"
workers = 2
threads = 12
timeout = 30
graceful_timeout = 2  # within the supervisor's patience
loglevel = "warning"
control_socket_disable = True  # one path for all homes of a user


def child_exit(_server: Any, worker: Any) -> None:
    """A web process ended: its counters are kept, its live gauges are not."""
    if "PROMETHEUS_MULTIPROC_DIR" in os.environ:
        from prometheus_client import multiprocess

        multiprocess.mark_process_dead(worker.pid)  # type: ignore[no-untyped-call]
