"""A file between its upload and the word to write it: sealed, of one session, gone after an hour.

Keeping it spares people a second upload, and what is written is then exactly what was looked at. Nobody
else's session opens it; it is deleted when written, when another is uploaded, after an hour, and when the web
process starts.
"""

from __future__ import annotations

import base64
import hashlib
import threading
from datetime import timedelta
from pathlib import Path

from smsbot import clock
from smsbot.crypto import SealError, Vault, write_private

LASTS = timedelta(hours=1)
_TABLE, _COLUMN = "uploads", "file"


class KeptUploads:
    """The folder of sealed uploads in a home."""

    def __init__(self, home: Path, vault: Vault) -> None:
        self._folder, self._vault = home / "uploads", vault

    def keep(self, session_id: str, raw: bytes) -> str:
        """Seal and write a file of mode 600, in place of the session's last; gives its checksum."""
        self.forget(session_id)
        self.forget_old()
        checksum = hashlib.sha256(raw).hexdigest()
        sealed = self._vault.seal(_TABLE, f"{session_id}:{checksum}", _COLUMN, raw.decode("latin-1"))
        name = f"{int(clock.now().timestamp())}-{session_id}-{checksum}"
        write_private(self._folder / name, base64.b64encode(sealed).decode())
        timer = threading.Timer(LASTS.total_seconds() + 1, self.forget, (session_id, checksum))
        timer.daemon = True
        timer.start()
        return checksum

    def read(self, session_id: str, checksum: str) -> bytes | None:
        """The file, if this session uploaded it within the hour."""
        self.forget_old()
        for path in self._folder.glob("*"):
            if path.name.split("-")[1:] == [session_id, checksum]:
                try:
                    sealed = base64.b64decode(path.read_text())
                    text = self._vault.open(_TABLE, f"{session_id}:{checksum}", _COLUMN, sealed)
                except (OSError, SealError):
                    return None
                return text.encode("latin-1")
        return None

    def forget(self, session_id: str, checksum: str | None = None) -> None:
        """Delete what a session uploaded."""
        for path in self._folder.glob("*"):
            parts = path.name.split("-")
            if parts[1:2] == [session_id] and checksum in (None, parts[-1]):
                path.unlink(missing_ok=True)

    def forget_old(self) -> None:
        """Delete what is older than an hour, and what is none of ours."""
        for path in self._folder.glob("*"):
            at = path.name.split("-")[0]
            if not at.isdigit() or clock.now().timestamp() - int(at) > LASTS.total_seconds():
                path.unlink(missing_ok=True)

    def forget_all(self) -> None:
        """Delete everything: at a start nobody waits for any of it."""
        for path in self._folder.glob("*"):
            path.unlink(missing_ok=True)
