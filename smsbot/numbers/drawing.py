"""Charts as SVG: no script, no style of their own, colours by the classes of static/numbers.css.

All are 340 units wide and fill what holds them, so that their words can be read on a phone of 360 px.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from markupsafe import Markup

WIDTH = 340
_BAR_ROW = 44  # a line of words and the bar below it
_NOTE_ROW = 18
_CELL = 12  # an hour of the week
_DAY = 24
_LEFT = 44  # room for the names of days
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_HOURS = ((0, "12 AM"), (6, "6 AM"), (12, "noon"), (18, "6 PM"))


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar: its name, its figure in words, how much of the width it fills (0 to 1), a line below."""

    name: str
    figure: str
    part: float | None
    note: str = ""


def bars(key: str, title: str, rows: Sequence[Bar]) -> Markup:
    """Names and figures above their bars; without a part there are words alone."""
    parts, top = [], 0
    for row in rows:
        parts.append(_text(0, top + 17, row.name, "name"))
        parts.append(_text(WIDTH, top + 17, row.figure, "end figure"))
        if row.part is not None:
            parts.append(_rect(0, top + 25, WIDTH, 9, "track"))
            parts.append(_rect(0, top + 25, max(0.0, min(1.0, row.part)) * WIDTH, 9, "bar"))
        top += _BAR_ROW if row.part is not None else 26
        if row.note:
            parts.append(_text(0, top + 6, row.note, "small"))
            top += _NOTE_ROW
    return _svg(key, title, top, parts)


def heat(key: str, title: str, week: Sequence[Sequence[int]], hour_name: Callable[[int], str]) -> Markup:
    """Seven rows of 24 hours; the fuller, the stronger. Each cell tells its count on hover."""
    most = max((count for day in week for count in day), default=0)
    parts = [_text(_LEFT + hour * _CELL, 14, name, "small") for hour, name in _HOURS]
    for day, hours in enumerate(week):
        top = 22 + day * _DAY
        parts.append(_text(0, top + 16, _DAYS[day], "name"))
        for hour, count in enumerate(hours):
            strength = 0.08 + 0.92 * count / most if count else 1.0
            tip = f"{_DAYS[day]}, {hour_name(hour)}: {count}"
            kind = "full" if count else "empty"
            parts.append(_cell(_LEFT + hour * _CELL, top, _CELL - 1, _DAY - 2, kind, strength, tip))
    return _svg(key, title, 22 + 7 * _DAY, parts)


def grid(key: str, title: str, names: Sequence[str], counts: Sequence[Sequence[int]]) -> Markup:
    """Rows against columns of the same names, the count in each cell; on the diagonal the two agree."""
    left, head = 76, 26
    wide = (WIDTH - left) / len(names)
    most = max((count for row in counts for count in row), default=0)
    parts = [_text(left + (at + 0.5) * wide, 16, name, "mid tiny") for at, name in enumerate(names)]
    for row, name in enumerate(names):
        top = head + row * 40
        parts.append(_text(0, top + 24, name, "small"))
        for column, count in enumerate(counts[row]):
            kind = "same" if row == column else "full" if count else "empty"
            strength = 0.1 + 0.3 * count / most if kind == "full" else 1.0
            at = left + column * wide
            parts.append(_cell(at, top, wide - 3, 37, kind, strength, f"{name} → {names[column]}: {count}"))
            parts.append(_text(at + wide / 2 - 1.5, top + 24, str(count) if count else "·", "mid figure"))
    return _svg(key, title, head + len(names) * 40, parts)


def _cell(x: float, y: float, width: float, height: float, kind: str, strength: float, tip: str) -> Markup:
    return Markup(
        '<rect class="cell {}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="2" '
        'fill-opacity="{:.2f}"><title>{}</title></rect>'
    ).format(kind, x, y, width, height, strength, tip)


def _rect(x: float, y: float, width: float, height: float, kind: str) -> Markup:
    return Markup('<rect class="{}" x="{:.1f}" y="{:.1f}" width="{:.1f}" height="{:.1f}" rx="4"/>').format(
        kind, x, y, width, height
    )


def _text(x: float, y: float, words: str, kind: str) -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>').format(kind, x, y, words)


def _svg(key: str, title: str, height: float, parts: Sequence[Markup]) -> Markup:
    head = Markup(
        '<svg class="chart" viewBox="0 0 {} {:.0f}" role="img" aria-labelledby="title-{}">'
        '<title id="title-{}">{}</title>'
    ).format(WIDTH, height, key, key, title)
    return head + Markup("").join(parts) + Markup("</svg>")
