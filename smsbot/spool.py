"""The spool: texts kept while the database cannot be used, one sealed file each, taken in later.

A file is named by when its text came, so that the order of names is the order of arrival, and it is bound to
its name: a file that was renamed, moved or altered does not open.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

import structlog
from sqlalchemy.exc import SQLAlchemyError

from smsbot.crypto import SealError, Vault
from smsbot.twilio.signature import Fields

_SUFFIX = ".text"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

log = structlog.get_logger()


class DamagedFile(Exception):
    """A file of the spool that does not hold a text, or none that our keys open."""


@dataclass(frozen=True, slots=True)
class Kept:
    """A text as it came. `told`: the words it was answered with, "" for none."""

    fields: Fields = field(repr=False)
    received_at: datetime
    told: str = field(default="", repr=False)


class Spool:
    """A folder of sealed texts. Any number of processes may keep and drain at once."""

    def __init__(self, folder: Path, vault: Vault) -> None:
        self._folder = folder
        self._vault = vault

    def keep(self, fields: Fields, received_at: datetime, told: str = "") -> None:
        """Seal one text; it is on the disk, whole, when this returns. Raises OSError: nothing was kept."""
        self._make_folder()
        name = f"{(received_at - _EPOCH) // timedelta(microseconds=1):017}-{secrets.token_hex(8)}"
        sealed = self._vault.seal("spool", name, "text", _as_json(Kept(fields, received_at, told)))
        draft = self._folder / f".{name}.draft"
        try:
            _write(draft, sealed)
            draft.rename(self._folder / f"{name}{_SUFFIX}")
        except OSError:
            with contextlib.suppress(OSError):
                draft.unlink(missing_ok=True)
            raise
        _flush_folder(self._folder)

    def drain(self, receive: Callable[[Kept], object]) -> int:
        """Hand every text to `receive`, oldest first, and delete it when that has returned; how many.

        What cannot be read is moved to `damaged/` and stays there. A text that `receive` cannot take stays in
        the spool: the next one is tried, unless it is the database or the disk that fails. Raises that error.
        """
        count = 0
        for path in self.waiting():
            try:
                kept = self._read(path)
            except FileNotFoundError:
                continue  # another process drains too
            except DamagedFile:
                self._set_aside(path)
                continue
            try:
                receive(kept)
            except (SQLAlchemyError, OSError):
                raise
            except Exception as error:
                log.error("spooled_text_failed", file=path.name, error=type(error).__name__)
                continue
            path.unlink(missing_ok=True)
            count += 1
        return count

    def waiting(self) -> list[Path]:
        """The files of the texts that were not taken in yet, oldest first."""
        return sorted(path for path in self._files() if path.suffix == _SUFFIX)

    def _files(self) -> Iterator[Path]:
        with contextlib.suppress(FileNotFoundError):
            yield from self._folder.iterdir()

    def _make_folder(self) -> None:
        if not self._folder.is_dir():
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _flush_folder(self._folder.parent)

    def _read(self, path: Path) -> Kept:
        sealed = path.read_bytes()
        try:
            return _from_json(self._vault.open("spool", path.stem, "text", sealed))
        except (SealError, ValueError, LookupError, TypeError) as error:
            raise DamagedFile(path.name) from error

    def _set_aside(self, path: Path) -> None:
        folder = self._folder / "damaged"
        folder.mkdir(exist_ok=True, mode=0o700)
        with contextlib.suppress(FileNotFoundError):
            path.rename(folder / path.name)
            log.error("spool_file_damaged", file=path.name)


def _write(path: Path, content: bytes) -> None:
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """A new name is on the disk only when its folder is."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _as_json(kept: Kept) -> str:
    # latin-1 keeps every byte: a text with broken bytes must come out as it went in
    fields = [[name.decode("latin-1"), value.decode("latin-1")] for name, value in kept.fields]
    return json.dumps({"received_at": kept.received_at.isoformat(), "fields": fields, "told": kept.told})


def _from_json(text: str) -> Kept:
    content = json.loads(text)
    fields = tuple((name.encode("latin-1"), value.encode("latin-1")) for name, value in content["fields"])
    return Kept(fields, datetime.fromisoformat(content["received_at"]), content["told"])
