"""The bars the product is held to, and whether a report meets them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from smsbot.evaluation.shares import Figure


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar. `limit` is met from it upwards when `is_floor`, else up to it."""

    name: str
    measure: str
    limit: float
    is_floor: bool
    unit: str = ""

    def is_met(self, value: float | None) -> bool | None:
        """None when nothing was measured."""
        if value is None:
            return None
        return value >= self.limit if self.is_floor else value <= self.limit

    @property
    def text(self) -> str:
        """The limit in words, such as `≥ 0.97`."""
        return f"{'≥' if self.is_floor else '≤'} {self.limit:g}{self.unit}"


BARS = (
    Bar("emergencies read as emergency", "emergency_recall", 0.97, True),
    Bar("emergencies read as urgent or more", "emergency_as_urgent", 0.99, True),
    Bar("emergencies read as none", "emergency_as_none", 0.0, False),
    Bar("urgent read as urgent or more", "urgent_recall", 0.94, True),
    Bar("not an emergency, yet read as one", "false_emergency", 0.04, False),
    Bar("routine or none read as urgent or more", "over_triage", 0.08, False),
    Bar("intents, micro-F1", "intents_f1", 0.90, True),
    Bar("flags, micro-F1", "flags_f1", 0.88, True),
    Bar("Spanish: largest shortfall against English", "gap_es", 0.03, False),
    Bar("Haitian Creole: largest shortfall against English", "gap_ht", 0.03, False),
    Bar("time windows exactly right", "windows_exact", 0.95, True),
    Bar("medications, F1", "medications_f1", 0.95, True),
    Bar("everyday texts read as emergency", "everyday_emergency", 0.001, False),
    Bar("one message, mean", "mean_ms", 8.0, False, " ms"),
    Bar("one message, 99th percentile", "p99_ms", 25.0, False, " ms"),
    Bar("1,600 hostile characters", "hostile_ms", 50.0, False, " ms"),
    Bar("memory added", "memory_mb", 250.0, False, " MB"),
    Bar("ready", "ready_s", 3.0, False, " s"),
)

# What a language is compared by, and whether more is better.
_COMPARED = {
    "emergency_recall": True,
    "urgent_recall": True,
    "false_emergency": False,
    "over_triage": False,
    "intents_f1": True,
    "flags_f1": True,
}


@dataclass(frozen=True, slots=True)
class Judged:
    """A bar with the value it is held against; `figure` where there is an interval."""

    bar: Bar
    value: float | None
    figure: Figure | None
    note: str = ""

    @property
    def verdict(self) -> str:
        """met, missed, or not measured."""
        return {True: "met", False: "missed", None: "not measured"}[self.bar.is_met(self.value)]


def judge(
    figures: Mapping[str, Figure],
    languages: Mapping[str, Mapping[str, Figure]],
    costs: Mapping[str, float | None],
) -> list[Judged]:
    """Every bar with its verdict. `costs` are plain numbers: milliseconds, megabytes, seconds."""
    return [_judge(bar, figures, languages, costs) for bar in BARS]


def shortfall(english: Mapping[str, Figure], other: Mapping[str, Figure]) -> tuple[float | None, str]:
    """How far a language falls behind English at its worst measure (0 when nowhere), and which that is."""
    gaps = {
        name: (first - second if more_is_better else second - first)
        for name, more_is_better in _COMPARED.items()
        if (first := english[name].value) is not None and (second := other[name].value) is not None
    }
    if not gaps:
        return None, ""
    worst = max(gaps, key=lambda name: gaps[name])
    return max(0.0, gaps[worst]), worst


def _judge(
    bar: Bar,
    figures: Mapping[str, Figure],
    languages: Mapping[str, Mapping[str, Figure]],
    costs: Mapping[str, float | None],
) -> Judged:
    if bar.measure in figures:
        return Judged(bar, figures[bar.measure].value, figures[bar.measure])
    if bar.measure.startswith("gap_"):
        language = bar.measure.removeprefix("gap_")
        if "en" not in languages or language not in languages:
            return Judged(bar, None, None)
        gap, worst = shortfall(languages["en"], languages[language])
        return Judged(bar, gap, None, worst.replace("_", " "))
    return Judged(bar, costs.get(bar.measure), None)
