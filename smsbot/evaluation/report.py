"""Everything `smsbot evaluate` reports, gathered; and the same as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from smsbot.evaluation.bars import Judged, judge
from smsbot.evaluation.costs import timings
from smsbot.evaluation.figures import Confusion, confusion, flag_counts, group, intent_counts, measure
from smsbot.evaluation.misses import Miss, list_misses
from smsbot.evaluation.readers import Pair
from smsbot.evaluation.reliability import Bin, bins, calibration_error
from smsbot.evaluation.shares import Counts, Figure

Figures = dict[str, Figure]


@dataclass(frozen=True, slots=True)
class Rival:
    """Another way to read the same messages: figures, and its mean milliseconds."""

    name: str
    figures: Figures
    languages: dict[str, Figures]
    mean_ms: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """One evaluation."""

    engine: str
    sources: tuple[str, ...]
    messages: int
    figures: Figures
    bars: list[Judged]
    confusion: Confusion
    intents: dict[str, Counts]
    flags: dict[str, Counts]
    languages: dict[str, Figures]
    writers: dict[str, Figures]
    sizes: dict[str, int]  # messages of each language and writer, as `language en`, `writer w1`
    bins: list[Bin]
    calibration_error: float | None
    costs: dict[str, float | None]
    misses: list[Miss]
    rivals: list[Rival]


def make_report(
    engine: str,
    sources: Sequence[str],
    pairs: Sequence[Pair],
    costs: Mapping[str, float | None],
    extra: Mapping[str, Figure] | None = None,
    rivals: Sequence[Rival] = (),
) -> Report:
    """The report of one set of readings. `extra` are figures measured on other texts."""
    by_language = group(pairs, lambda pair: pair.example.language)
    by_writer = group(pairs, lambda pair: pair.example.writer)
    languages = {name: measure(some) for name, some in by_language.items()}
    figures = {**measure(pairs), **(extra or {})}
    all_costs = {**timings(pairs), **costs}
    tenths = bins(pairs)
    return Report(
        engine=engine,
        sources=tuple(sources),
        messages=len(pairs),
        figures=figures,
        bars=judge(figures, languages, all_costs),
        confusion=confusion(pairs),
        intents={intent.value: counts for intent, counts in intent_counts(pairs).items()},
        flags={flag.value: counts for flag, counts in flag_counts(pairs).items()},
        languages=languages,
        writers={name: measure(some) for name, some in by_writer.items()},
        sizes={
            **{f"language {name}": len(some) for name, some in by_language.items()},
            **{f"writer {name}": len(some) for name, some in by_writer.items()},
        },
        bins=tenths,
        calibration_error=calibration_error(tenths),
        costs=all_costs,
        misses=list_misses(pairs),
        rivals=list(rivals),
    )


def make_rival(name: str, pairs: Sequence[Pair]) -> Rival:
    """The figures of another reader over the same messages."""
    languages = group(pairs, lambda pair: pair.example.language)
    found = {language: measure(some) for language, some in languages.items()}
    return Rival(name, measure(pairs), found, timings(pairs)["mean_ms"])


def as_json(report: Report) -> dict[str, Any]:
    """The report for scripts: plain numbers, strings, lists and objects."""
    return {
        "engine": report.engine,
        "sources": list(report.sources),
        "messages": report.messages,
        "figures": _figures(report.figures),
        "bars": [_bar(judged) for judged in report.bars],
        "confusion": {truth.value: dict(row) for truth, row in report.confusion.items()},
        "intents": {name: _counts(counts) for name, counts in report.intents.items()},
        "flags": {name: _counts(counts) for name, counts in report.flags.items()},
        "languages": _parts(report, "language", report.languages),
        "writers": _parts(report, "writer", report.writers),
        "reliability": {
            "expected_calibration_error": _rounded(report.calibration_error),
            "bins": [
                {"low": each.low, "high": each.high, "confidence": round(each.confidence, 4)}
                | {"right": each.right.as_json()}
                for each in report.bins
            ],
        },
        "costs": {name: _rounded(value) for name, value in report.costs.items()},
        "misses": [asdict(miss) for miss in report.misses],
        "compared": [_rival(rival) for rival in report.rivals],
    }


def _figures(figures: Mapping[str, Figure]) -> dict[str, Any]:
    return {name: figure.as_json() for name, figure in figures.items()}


def _parts(report: Report, kind: str, parts: Mapping[str, Figures]) -> dict[str, Any]:
    return {
        name: {"messages": report.sizes[f"{kind} {name}"], **_figures(figures)}
        for name, figures in parts.items()
    }


def _bar(judged: Judged) -> dict[str, Any]:
    return {
        "name": judged.bar.name,
        "bar": judged.bar.text,
        "value": _rounded(judged.value),
        "verdict": judged.verdict,
        "note": judged.note,
    }


def _counts(counts: Counts) -> dict[str, Any]:
    return {
        "right": counts.right,
        "extra": counts.extra,
        "missed": counts.missed,
        "precision": counts.precision.as_json(),
        "recall": counts.recall.as_json(),
        "f1": counts.f1.as_json(),
    }


def _rival(rival: Rival) -> dict[str, Any]:
    languages = {name: _figures(figures) for name, figures in rival.languages.items()}
    return {
        "name": rival.name,
        "mean_ms": _rounded(rival.mean_ms),
        "figures": _figures(rival.figures),
        "languages": languages,
    }


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
