"""Keys, field encryption and the blind index.

A sealed field is `version | key id | nonce | AES-256-GCM ciphertext`; table, row, column and key id are its
associated data, so that a value moved to another row or column does not open. Numbers are found again by an
HMAC with a key of its own: an unkeyed hash of all US numbers falls in a few core-hours.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import os
import secrets
from dataclasses import dataclass, field
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_VERSION = 1
_NONCE_BYTES = 12
_KEY_ID_BYTES = 8


class KeyFileError(Exception):
    """The key file is missing, unreadable or malformed. Its text says what to do."""


class SealError(Exception):
    """A sealed field does not open: wrong key, or the value was moved or altered."""


@dataclass(frozen=True)
class Keys:
    """What the key file holds: encryption keys by id, the one in use, and the index key."""

    current: str
    encryption: dict[str, bytes] = field(repr=False)
    index: bytes = field(repr=False)


def make_keys() -> Keys:
    """Fresh random keys."""
    key_id = secrets.token_hex(_KEY_ID_BYTES // 2)
    return Keys(key_id, {key_id: secrets.token_bytes(32)}, secrets.token_bytes(32))


def write_keys(path: Path, keys: Keys) -> None:
    """Write the key file, mode 600, on the disk before this returns. Never overwrites one."""
    document = {
        "format": 1,
        "current": keys.current,
        "encryption": {key_id: _encode(key) for key_id, key in keys.encryption.items()},
        "index": _encode(keys.index),
    }
    write_private(path, json.dumps(document, indent=1))


def write_private(path: Path, text: str) -> None:
    """Write a file of mode 600, whole or not at all, on the disk before this returns.

    Raises FileExistsError rather than overwrite one.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_name(f".{path.name}.{os.getpid()}.{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(descriptor, "w") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        os.link(draft, path)
    finally:
        draft.unlink()


def read_keys(path: Path) -> Keys:
    """Read the key file. Raises KeyFileError with what to do."""
    try:
        document = json.loads(path.read_text())
        encryption = {key_id: _decode(text) for key_id, text in document["encryption"].items()}
        keys = Keys(document["current"], encryption, _decode(document["index"]))
    except FileNotFoundError as error:
        raise KeyFileError(f"The key file {path} is not there: put back the copy you keep of it.") from error
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise KeyFileError(
            f"The key file {path} cannot be read: put back the copy you keep of it."
        ) from error
    wrong = [key_id for key_id, key in encryption.items() if len(key) != 32]
    if wrong or keys.current not in encryption or len(keys.index) != 32:
        raise KeyFileError(f"The key file {path} holds malformed keys: put back the copy you keep of it.")
    return keys


class Vault:
    """Seals and opens the fields of rows, and makes blind indexes."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._ciphers = {key_id: AESGCM(key) for key_id, key in keys.encryption.items()}

    @property
    def current_key_id(self) -> str:
        """The id of the key that seals now."""
        return self._keys.current

    @property
    def key_ids(self) -> frozenset[str]:
        """The ids of all keys that can open."""
        return frozenset(self._keys.encryption)

    def seal(self, table: str, row_id: str, column: str, text: str) -> bytes:
        """Encrypt one field of one row."""
        key_id = self._keys.current
        nonce = os.urandom(_NONCE_BYTES)
        data = _associated_data(table, row_id, column, key_id)
        sealed = self._ciphers[key_id].encrypt(nonce, text.encode("utf-8", "surrogatepass"), data)
        return bytes([_VERSION]) + key_id.encode() + nonce + sealed

    def open(self, table: str, row_id: str, column: str, sealed: bytes) -> str:
        """Decrypt one field of one row. Raises SealError."""
        key_id = sealed[1 : 1 + _KEY_ID_BYTES].decode("ascii", "replace")
        cipher = self._ciphers.get(key_id)
        if cipher is None or sealed[0] != _VERSION:
            raise SealError(f"{table}.{column} is sealed with the unknown key {key_id}")
        start = 1 + _KEY_ID_BYTES
        nonce, ciphertext = sealed[start : start + _NONCE_BYTES], sealed[start + _NONCE_BYTES :]
        try:
            clear = cipher.decrypt(nonce, ciphertext, _associated_data(table, row_id, column, key_id))
        except InvalidTag as error:
            raise SealError(f"{table}.{column} of {row_id} was moved or altered") from error
        return clear.decode("utf-8", "surrogatepass")

    def blind_index(self, purpose: str, value: str) -> str:
        """A keyed fingerprint by which equal values of one purpose are found: 32 hexadecimal digits."""
        message = f"{purpose}\0{value}".encode("utf-8", "surrogatepass")
        return hmac.new(self._keys.index, message, hashlib.sha256).hexdigest()[:32]

    def derive(self, purpose: str) -> str:
        """A secret of its own for a further purpose, such as signing sessions' CSRF tokens."""
        return hmac.new(self._keys.index, b"derive\0" + purpose.encode(), hashlib.sha256).hexdigest()


def _associated_data(table: str, row_id: str, column: str, key_id: str) -> bytes:
    return "\0".join((table, row_id, column, key_id)).encode()


def _encode(key: bytes) -> str:
    return base64.b64encode(key).decode()


def _decode(text: str) -> bytes:
    return base64.b64decode(text, validate=True)
