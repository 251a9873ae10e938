"""The report as one self-contained HTML page: no scripts, no other files, light and dark."""

from __future__ import annotations

from collections.abc import Mapping

from jinja2 import Environment, PackageLoader, StrictUndefined

from smsbot.evaluation.charts import bars_chart, confusion_chart, reliability_chart
from smsbot.evaluation.report import Report
from smsbot.evaluation.shares import Counts, Figure
from smsbot.evaluation.words import (
    ABOUT_RIVALS,
    MEASURES,
    count_words,
    figure_words,
    language_words,
    value_words,
)

WORST = 100  # misses shown; JSON has them all
_BY_LANGUAGE = {"emergency_recall": 0.97, "urgent_recall": 0.94, "intents_f1": 0.90, "flags_f1": 0.88}
_COMPARED = ("emergency_recall", "emergency_precision", "false_emergency")


def as_html(report: Report) -> str:
    """The page."""
    jinja = Environment(
        loader=PackageLoader("smsbot.evaluation"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    jinja.filters |= {
        "figure": figure_words,
        "count": count_words,
        "language": language_words,
        "held": value_words,
    }
    return jinja.get_template("page.html").render(
        report=report,
        measures=MEASURES,
        about_rivals=ABOUT_RIVALS,
        compared=_COMPARED,
        confusion=confusion_chart(report.confusion),
        languages=_language_charts(report),
        flags=bars_chart("Recall of each flag", _recalls(report)),
        labels={"Flags": _counted(report.flags), "Intents": _counted(report.intents)},
        reliability=reliability_chart(report.bins),
        misses=report.misses[:WORST],
    )


def _language_charts(report: Report) -> dict[str, str]:
    return {
        MEASURES[name]: bars_chart(
            MEASURES[name],
            {language_words(language): figures[name] for language, figures in report.languages.items()},
            floor,
        )
        for name, floor in _BY_LANGUAGE.items()
    }


def _recalls(report: Report) -> dict[str, Figure]:
    return {flag: counts.recall for flag, counts in report.flags.items() if counts.recall.of}


def _counted(labels: Mapping[str, Counts]) -> dict[str, Counts]:
    return {name: counts for name, counts in labels.items() if counts != Counts()}
