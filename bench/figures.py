"""Figures as the measures print them: what part of the waits stays below, and all rows as one table."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol


class Line(Protocol):
    """One measure, as the table shows it."""

    def cells(self) -> tuple[str, ...]:
        """A cell for each column of the head."""


def share(values: Sequence[float], part: float) -> float:
    """The value that this part of them does not exceed."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def table(head: tuple[str, ...], rows: Sequence[Line]) -> str:
    """The head and all rows as plain text, in columns."""
    lines = [head, *(row.cells() for row in rows)]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
