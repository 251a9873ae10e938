"""A chart: its drawing, what it says in a sentence, and the table it stands on."""

from __future__ import annotations

from dataclasses import dataclass

from markupsafe import Markup

Cell = str | int


@dataclass(frozen=True, slots=True)
class Chart:
    """`rows` are what the table shows and the CSV gives; the first column names the row.

    Without rows there was nothing to count, and `empty` says what will be here.
    """

    key: str
    title: str
    says: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    drawing: Markup
    empty: str
    note: str = ""
