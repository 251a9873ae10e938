"""What `make check` needs on the machine. Fails, never skips, when a part is missing."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

from tests.postgres import find_binaries

if __name__ == "__main__":
    missing = []
    if find_binaries() is None:
        missing.append("PostgreSQL (apt-get install postgresql)")
    if shutil.which("redis-server") is None:
        missing.append("redis-server (apt-get install redis-server)")
    if not Path("/usr/bin/chromium").exists():
        missing.append("chromium (apt-get install chromium)")
    if missing:
        sys.exit("make check needs: " + ", ".join(missing))
