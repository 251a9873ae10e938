"""Insert a row unless it is there already, the same on SQLite and PostgreSQL."""

from __future__ import annotations

from typing import Any, cast

from sqlalchemy import Table, literal
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from smsbot.models import Base


def insert_if_new(session: Session, table: type[Base], values: dict[str, Any]) -> bool:
    """True if the row was inserted, False if a unique value stood in the way. Never raises for that."""
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = make(_columns_of(table)).values(values).on_conflict_do_nothing()
    # RETURNING, not the row count: PostgreSQL's driver does not always know the latter
    return session.execute(statement.returning(literal(1))).first() is not None


def write_or_replace(session: Session, table: type[Base], key: str, values: dict[str, Any]) -> None:
    """Insert the row, or overwrite the one with the same key."""
    make = sqlite.insert if session.get_bind().dialect.name == "sqlite" else postgresql.insert
    statement = make(_columns_of(table)).values(values)
    session.execute(statement.on_conflict_do_update(index_elements=[key], set_=values))


def _columns_of(table: type[Base]) -> Table:
    # by column names: the ORM would take the names of attributes, which sealed columns do not share
    return cast(Table, table.__table__)
