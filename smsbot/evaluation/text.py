"""The report as text for people."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from smsbot.domain import Urgency
from smsbot.evaluation.misses import Miss
from smsbot.evaluation.report import Figures, Report
from smsbot.evaluation.shares import Counts
from smsbot.evaluation.words import (
    ABOUT_RIVALS,
    MEASURES,
    count_words,
    figure_words,
    language_words,
    value_words,
)

WORST = 25  # misses listed; JSON has them all
_SHOWN = ("emergency_recall", "urgent_recall", "false_emergency", "over_triage", "intents_f1", "flags_f1")
_SHORT = ("emergency", "urgent", "false emerg.", "over-triage", "intents F1", "flags F1")


def as_text(report: Report) -> str:
    """The whole report, section by section, ending in a newline."""
    sections = [
        _head(report),
        _section("Bars", _bars(report)),
        _section("Figures, with 95 % intervals", _figures(report)),
        _section("Urgency: rows are the truth, columns what was read", _confusion(report)),
        _section("By language", _parts(report, "language", report.languages, language_words)),
        _section("By writer", _parts(report, "writer", report.writers, str)),
        _section("Flags", _labels(report.flags)),
        _section("Intents", _labels(report.intents)),
        _section("Confidence: how often the urgency was right", _reliability(report)),
        _section("Cost", _costs(report)),
    ]
    if report.rivals:
        sections.append(_section("Side by side, on the same messages", _rivals(report)))
    sections.append(_section(f"Worst misses ({len(report.misses)} in all)", _misses(report.misses)))
    return "\n\n".join(sections) + "\n"


def _head(report: Report) -> str:
    return f"Engine    {report.engine}\nMessages  {report.messages}, from {', '.join(report.sources)}"


def _section(title: str, lines: Iterable[str]) -> str:
    return "\n".join([title, "-" * len(title), *lines])


def _bars(report: Report) -> list[str]:
    rows = [(judged.bar.name, judged.bar.text, value_words(judged), judged.verdict) for judged in report.bars]
    return _table([("", "bar", "measured", ""), *rows])


def _figures(report: Report) -> list[str]:
    rows = [
        (MEASURES.get(name, name), figure_words(figure), count_words(figure))
        for name, figure in report.figures.items()
    ]
    return _table(rows)


def _confusion(report: Report) -> list[str]:
    order = sorted(Urgency, key=lambda urgency: -urgency.rank)
    rows = [(truth.value, *(str(report.confusion[truth][read]) for read in order)) for truth in order]
    return _table([("", *(urgency.value for urgency in order)), *rows])


def _parts(report: Report, kind: str, parts: Mapping[str, Figures], say: Callable[[str], str]) -> list[str]:
    rows = [
        (
            say(name),
            str(report.sizes[f"{kind} {name}"]),
            *(figure_words(figures[measure]) for measure in _SHOWN),
        )
        for name, figures in parts.items()
    ]
    return _table([("", "messages", *_SHORT), *rows])


def _labels(labels: Mapping[str, Counts]) -> list[str]:
    rows = [
        (
            str(name),
            figure_words(counts.precision),
            figure_words(counts.recall),
            str(counts.right),
            str(counts.extra),
            str(counts.missed),
        )
        for name, counts in labels.items()
        if counts != Counts()
    ]
    return _table([("", "precision", "recall", "right", "extra", "missed"), *rows])


def _reliability(report: Report) -> list[str]:
    rows = [
        (
            f"{each.low:.1f}–{each.high:.1f}",
            str(each.right.of),
            f"{each.confidence:.3f}",
            figure_words(each.right),
        )
        for each in report.bins
    ]
    error = report.calibration_error
    last = "" if error is None else f"expected calibration error {error:.3f}"
    return [*_table([("confidence", "texts", "mean", "right"), *rows]), last]


def _costs(report: Report) -> list[str]:
    return _table([(name, "–" if value is None else f"{value:.2f}") for name, value in report.costs.items()])


def _rivals(report: Report) -> list[str]:
    names = ("emergency_recall", "emergency_precision", "false_emergency")
    rows = [
        ("this engine", *(figure_words(report.figures[name]) for name in names), _ms(report.costs["mean_ms"]))
    ]
    rows += [
        (rival.name, *(figure_words(rival.figures[name]) for name in names), _ms(rival.mean_ms))
        for rival in report.rivals
    ]
    return [*_table([("", "emergency recall", "precision", "false emergencies", "ms"), *rows]), ABOUT_RIVALS]


def _ms(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def _misses(misses: Sequence[Miss]) -> list[str]:
    lines = []
    for miss in misses[:WORST]:
        flags = f" [{' '.join(miss.flags)}]" if miss.flags else ""
        lines.append(f"{miss.kind}: {miss.id} read {miss.read}, truth {miss.truth}{flags}")
        lines.append(f"    {' '.join(miss.body.split())}")
    return lines or ["none"]


def _table(rows: Sequence[Sequence[str]]) -> list[str]:
    if not rows:
        return ["nothing to count"]
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    return [
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
