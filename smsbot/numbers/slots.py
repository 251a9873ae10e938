"""Times as plain numbers, in the words of each database: a hundred thousand are read for one page."""

from __future__ import annotations

from typing import Any

from sqlalchemy import BigInteger, Float
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from smsbot.numbers.facts import SLOT_SECONDS


class slot(FunctionElement[int]):
    """`slot(column)`: the quarter of an hour of a time, counted since 1970."""

    name = "slot"
    type = BigInteger()
    inherit_cache = True


@compiles(slot, "sqlite")
def _sqlite(element: slot, compiler: Any, **options: Any) -> str:
    return (
        f"(CAST(strftime('%s', {compiler.process(element.clauses, **options)}) AS INTEGER) / {SLOT_SECONDS})"
    )


@compiles(slot)
def _postgresql(element: slot, compiler: Any, **options: Any) -> str:
    seconds = f"EXTRACT(EPOCH FROM {compiler.process(element.clauses, **options)})"
    return f"CAST(FLOOR({seconds} / {SLOT_SECONDS}) AS BIGINT)"


class seconds(FunctionElement[float]):
    """`seconds(column)`: a time as seconds since 1970, to a tenth of a millisecond."""

    name = "seconds"
    type = Float()
    inherit_cache = True


@compiles(seconds, "sqlite")
def _sqlite_seconds(element: seconds, compiler: Any, **options: Any) -> str:
    return f"((julianday({compiler.process(element.clauses, **options)}) - 2440587.5) * 86400.0)"


@compiles(seconds)
def _postgresql_seconds(element: seconds, compiler: Any, **options: Any) -> str:
    return f"CAST(EXTRACT(EPOCH FROM {compiler.process(element.clauses, **options)}) AS DOUBLE PRECISION)"
