"""A chart's table as CSV: counts and names of classes, no text of anybody."""

from __future__ import annotations

import csv
import io

from smsbot.numbers.chart import Cell, Chart

_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def as_csv(chart: Chart) -> str:
    """The columns, then the rows. What a spreadsheet would take for a formula is marked as text."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(chart.columns)
    writer.writerows([_safe(cell) for cell in row] for row in chart.rows)
    return out.getvalue()


def _safe(cell: Cell) -> Cell:
    return f"'{cell}" if isinstance(cell, str) and cell.startswith(_FORMULA) else cell
