"""What all tables share: ids made before the insert, aware UTC times, and sealed fields."""

from __future__ import annotations

import secrets
import time
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import DateTime, Dialect, LargeBinary, MetaData, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from sqlalchemy.types import TypeDecorator

from smsbot.crypto import Vault

ID_LENGTH = 32


def new_id() -> str:
    """A unique id of 32 hexadecimal digits that sorts by the time it was made."""
    return f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(10)}"


class UtcDateTime(TypeDecorator[datetime]):
    """An aware UTC time. SQLite forgets time zones: this puts them back, and refuses naive times."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """To the database: UTC; naive for SQLite, which compares text."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a naive time: use clock.now()")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """From the database: aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Parent of all tables."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    type_annotation_map = {datetime: UtcDateTime}


def primary_key() -> Mapped[str]:
    """An id column; give the value when the row is made, for sealed fields are bound to it."""
    return mapped_column(String(ID_LENGTH), primary_key=True)


def sealed_column(name: str, nullable: bool = False) -> Mapped[Any]:
    """The ciphertext of a sealed field; read and write it through `Sealed`."""
    return mapped_column(name, LargeBinary, nullable=nullable)


_vault: Vault | None = None


def use_vault(vault: Vault) -> None:
    """Say with which keys this process seals and opens fields. Called by the wiring, once for a home."""
    global _vault
    _vault = vault


def vault() -> Vault:
    """The vault in use."""
    if _vault is None:
        raise RuntimeError("no vault: build the wiring first")
    return _vault


class Sealed:
    """A field that is text in Python and AES-256-GCM in the database, bound to table, row and column.

    `body = Sealed()` on a class with a column attribute `body_sealed`. Set `id` before any sealed field.
    """

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name
        self._attribute = f"{name}_sealed"

    def __get__(self, row: Any, owner: type) -> Any:
        if row is None:
            return self
        sealed: bytes | None = getattr(row, self._attribute)
        if sealed is None:
            return None
        return vault().open(row.__tablename__, row.id, self._name, bytes(sealed))

    def __set__(self, row: Any, text: str | None) -> None:
        if row.id is None:
            raise ValueError(f"set the id before {self._name}: a sealed field is bound to its row")
        blob = None if text is None else vault().seal(row.__tablename__, row.id, self._name, text)
        setattr(row, self._attribute, blob)
