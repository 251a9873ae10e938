"""The page's charts as SVG, drawn on the server: no scripts, colours from the page's style sheet."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup, escape

from smsbot.domain import Urgency
from smsbot.evaluation.figures import Confusion
from smsbot.evaluation.reliability import Bin
from smsbot.evaluation.shares import Figure

_ROW = 26  # height of one bar's row, in SVG units
_LABEL = 190  # room for names
_PLOT = 420  # width of the scale from 0 to 1
_VALUE = 170  # room for the figure in words
_CELL_WIDTH, _CELL_HEIGHT, _MARGIN = 110, 46, 96
_SQUARE = 300  # side of the reliability diagram
_PAD = 44


def confusion_chart(confusion: Confusion) -> Markup:
    """A grid: truth in rows, readings in columns, each cell shaded by its share of the row."""
    order = sorted(Urgency, key=lambda urgency: -urgency.rank)
    parts = [
        _text(_MARGIN + place * _CELL_WIDTH + _CELL_WIDTH / 2, 22, read.value, "mid head")
        for place, read in enumerate(order)
    ]
    for row, truth in enumerate(order):
        top = 32 + row * _CELL_HEIGHT
        parts.append(_text(_MARGIN - 10, top + _CELL_HEIGHT / 2 + 5, truth.value, "end head"))
        for column, read in enumerate(order):
            parts.append(_cell(confusion, truth, read, _MARGIN + column * _CELL_WIDTH, top))
    height = 40 + len(order) * _CELL_HEIGHT
    return _svg(_MARGIN + len(order) * _CELL_WIDTH + 8, height, "Urgency: truth against reading", parts)


def bars_chart(title: str, bars: Mapping[str, Figure], floor: float | None = None) -> Markup:
    """One bar a name, from 0 to 1, with its interval as a whisker; `floor` draws the bar to be met."""
    parts = [_scale(len(bars))]
    if floor is not None:
        parts.append(_line(_x(floor), 4, _x(floor), len(bars) * _ROW + 4, "floor"))
    for place, (name, figure) in enumerate(bars.items()):
        parts.append(_bar(place, name, figure, floor))
    return _svg(_LABEL + _PLOT + _VALUE, len(bars) * _ROW + 30, title, parts)


def reliability_chart(found: Sequence[Bin]) -> Markup:
    """Confidence against how often it was right; on the dashed line the two agree."""
    low, high = _PAD, _PAD + _SQUARE
    parts = [
        Markup('<rect class="frame" x="{}" y="8" width="{}" height="{}"/>').format(low, _SQUARE, _SQUARE),
        _line(low, 8 + _SQUARE, high, 8, "ideal"),
        _text(low + _SQUARE / 2, 8 + _SQUARE + 36, "confidence", "mid"),
        Markup('<text class="mid" transform="translate(12 {}) rotate(-90)">share right</text>').format(
            8 + _SQUARE / 2
        ),
    ]
    for tick in (0, 0.5, 1):
        parts.append(_text(low + tick * _SQUARE, 8 + _SQUARE + 18, f"{tick:g}", "mid small"))
        parts.append(_text(low - 6, 8 + (1 - tick) * _SQUARE + 4, f"{tick:g}", "end small"))
    parts += [_point(each) for each in found if each.right.value is not None]
    return _svg(high + 20, _SQUARE + 54, "Confidence against truth", parts)


def _cell(confusion: Confusion, truth: Urgency, read: Urgency, left: float, top: float) -> Markup:
    count, row = confusion[truth][read], sum(confusion[truth].values())
    part = count / row if row else 0.0
    kind = "good" if truth is read else "low" if read.rank < truth.rank else "high"
    shape = Markup(
        '<rect class="cell {}" x="{}" y="{}" width="{}" height="{}" fill-opacity="{:.3f}">'
        "<title>{} read as {}: {} of {}</title></rect>"
    ).format(
        kind,
        left,
        top,
        _CELL_WIDTH - 4,
        _CELL_HEIGHT - 4,
        0.06 + 0.6 * part,
        truth.value,
        read.value,
        count,
        row,
    )
    words = f"{count} ({part:.0%})" if row else "–"
    return shape + _text(left + _CELL_WIDTH / 2 - 2, top + _CELL_HEIGHT / 2 + 3, words, "mid")


def _bar(place: int, name: str, figure: Figure, floor: float | None) -> Markup:
    top = place * _ROW + 4
    label = _text(_LABEL - 10, top + 17, name, "end")
    if figure.value is None or figure.low is None or figure.high is None:
        return label + _text(_LABEL + 6, top + 17, "nothing to count", "small")
    kind = "bad" if floor is not None and figure.value < floor else "fine"
    shape = Markup('<rect class="bar {}" x="{}" y="{}" width="{:.1f}" height="{}" rx="3"/>').format(
        kind, _LABEL, top + 4, figure.value * _PLOT, _ROW - 8
    )
    whisker = _line(_x(figure.low), top + _ROW / 2, _x(figure.high), top + _ROW / 2, "whisker")
    words = _text(
        _LABEL + _PLOT + 10, top + 17, f"{figure.value:.3f}  ({figure.hits} of {figure.of})", "small"
    )
    return label + shape + whisker + words


def _scale(rows: int) -> Markup:
    bottom = rows * _ROW + 4
    ticks = [
        _line(_x(tick), 4, _x(tick), bottom, "grid") + _text(_x(tick), bottom + 18, f"{tick:g}", "mid small")
        for tick in (0, 0.25, 0.5, 0.75, 1)
    ]
    return Markup("").join(ticks)


def _point(each: Bin) -> Markup:
    left = _PAD + each.confidence * _SQUARE
    low, value, high = (
        8 + (1 - (bound or 0.0)) * _SQUARE for bound in (each.right.low, each.right.value, each.right.high)
    )
    dot = Markup(
        '<circle class="dot" cx="{:.1f}" cy="{:.1f}" r="5">'
        "<title>confidence {:.2f}: right {} of {}</title></circle>"
    ).format(left, value, each.confidence, each.right.hits, each.right.of)
    return _line(left, low, left, high, "whisker") + dot


def _x(value: float) -> float:
    return _LABEL + value * _PLOT


def _line(x1: float, y1: float, x2: float, y2: float, kind: str) -> Markup:
    return Markup('<line class="{}" x1="{:.1f}" y1="{:.1f}" x2="{:.1f}" y2="{:.1f}"/>').format(
        kind, x1, y1, x2, y2
    )


def _text(x: float, y: float, words: str, kind: str) -> Markup:
    return Markup('<text class="{}" x="{:.1f}" y="{:.1f}">{}</text>').format(kind, x, y, words)


def _svg(width: float, height: float, title: str, parts: Sequence[Markup]) -> Markup:
    head = Markup('<svg viewBox="0 0 {} {}" role="img" aria-label="{}" style="max-width:{}px">').format(
        width, height, escape(title), width
    )
    return head + Markup("").join(parts) + Markup("</svg>")
