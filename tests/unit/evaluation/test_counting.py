"""Shares, labels, urgencies, times: what is counted, and what is not."""

from __future__ import annotations

import pytest

from smsbot.domain import Flag, Urgency, Window
from smsbot.evaluation.bars import BARS, judge, shortfall
from smsbot.evaluation.costs import timings
from smsbot.evaluation.figures import confusion, flag_counts, group, measure
from smsbot.evaluation.misses import list_misses
from smsbot.evaluation.reliability import bins, calibration_error
from smsbot.evaluation.shares import Counts, share, wilson
from tests.unit.evaluation.made import pair


@pytest.mark.parametrize(
    ("hits", "of", "low", "high"),
    # By hand from Wilson's formula; the first is in his paper's own form 1 / (1 + z² / n).
    [
        (0, 10, 0.0, 0.277533),
        (5, 10, 0.236593, 0.763407),
        (97, 100, 0.915477, 0.989744),
        (10, 10, 0.722467, 1.0),
    ],
)
def test_wilson_gives_the_published_interval(hits: int, of: int, low: float, high: float) -> None:
    assert wilson(hits, of) == pytest.approx((low, high), abs=1e-5)


def test_nothing_to_count_is_not_a_share_of_zero() -> None:
    assert share(0, 0).value is None
    assert Counts().f1.value is None


def test_f1_lies_inside_its_interval_and_is_two_right_of_all() -> None:
    figure = Counts(right=8, extra=1, missed=3).f1
    assert figure.value == pytest.approx(16 / 20)
    assert (figure.hits, figure.of) == (16, 20)
    assert figure.low is not None and figure.high is not None
    assert figure.low < 0.8 < figure.high


def test_an_emergency_counts_by_how_low_it_was_read() -> None:
    pairs = [pair("emergency", read) for read in ("emergency", "emergency", "urgent", "routine", "none")]
    found = measure(pairs)
    assert found["emergency_recall"].value == pytest.approx(2 / 5)
    assert found["emergency_as_urgent"].value == pytest.approx(3 / 5)
    assert found["emergency_as_none"].value == pytest.approx(1 / 5)
    assert found["false_emergency"].value is None


def test_false_emergencies_are_a_share_of_what_is_none() -> None:
    pairs = [
        pair("urgent", "emergency"),
        pair("routine", "urgent"),
        pair("none", "none"),
        pair("routine", "routine"),
    ]
    found = measure(pairs)
    assert found["false_emergency"].value == pytest.approx(1 / 4)
    assert found["over_triage"].value == pytest.approx(1 / 3)
    assert found["urgent_recall"].value == 1.0
    assert found["emergency_precision"].value == 0.0


def test_an_allowed_label_neither_helps_nor_hurts() -> None:
    read = pair(
        "urgent", "urgent", flags=("rash",), flags_allowed=("rash", "heart"), read_flags=("rash", "heart")
    )
    overlooked = pair(
        "urgent", "urgent", flags=("rash",), flags_allowed=("rash", "heart"), read_flags=("rash",)
    )
    assert flag_counts([read])[Flag.HEART] == Counts()
    assert measure([read])["flags_f1"] == measure([overlooked])["flags_f1"]


def test_an_extra_label_and_a_missed_one_hurt() -> None:
    counts = flag_counts([pair("urgent", "urgent", flags=("rash",), read_flags=("heart",))])
    assert counts[Flag.RASH] == Counts(missed=1)
    assert counts[Flag.HEART] == Counts(extra=1)


def test_medications_count_only_where_the_corpus_names_them() -> None:
    named = pair(
        "routine", "routine", medications=("sertraline",), read_medications=("sertraline", "lithium")
    )
    silent = pair("routine", "routine", read_medications=("lithium",))
    assert measure([named, silent])["medications_f1"].value == pytest.approx(2 / 3)


def test_windows_must_agree_altogether() -> None:
    one, other = (
        Window("2026-11-24T08:00", "2026-11-24T12:00"),
        Window("2026-11-25T08:00", "2026-11-25T12:00"),
    )
    right = pair("routine", "routine", windows=(one, other), read_windows=(other, one))
    half = pair("routine", "routine", windows=(one, other), read_windows=(one,))
    invented = pair("routine", "routine", windows=(), read_windows=(one,))
    without = pair("routine", "routine", windows=())
    unknown = pair("routine", "routine", read_windows=(one,))
    found = measure([right, half, invented, without, unknown])["windows_exact"]
    assert (found.hits, found.of) == (1, 3)


def test_what_must_not_be_proposed_counts_too() -> None:
    day = Window("2026-11-24T08:00", "2026-11-24T17:00")
    assert measure([pair("routine", "routine", windows=(), excluded=(day,))])["windows_exact"].value == 0.0


def test_a_message_without_an_urgency_is_not_judged_by_it() -> None:
    assert measure([pair(None, "emergency")])["false_emergency"].value is None


def test_the_confusion_has_the_truth_in_rows() -> None:
    table = confusion([pair("emergency", "routine")])
    assert table[Urgency.EMERGENCY][Urgency.ROUTINE] == 1
    assert table[Urgency.ROUTINE][Urgency.EMERGENCY] == 0


def test_a_confidence_that_is_right_as_often_as_it_says_has_no_error() -> None:
    honest = [pair("none", "none" if at < 9 else "routine", confidence=0.9) for at in range(10)]
    boasting = [pair("none", "none" if at < 5 else "routine", confidence=0.9) for at in range(10)]
    assert calibration_error(bins(honest)) == pytest.approx(0.0)
    assert calibration_error(bins(boasting)) == pytest.approx(0.4)


def test_a_confidence_of_one_falls_into_the_last_tenth() -> None:
    assert [(each.low, each.right.of) for each in bins([pair("none", "none", confidence=1.0)])] == [(0.9, 1)]


def test_the_worst_misses_are_emergencies_read_lowest() -> None:
    pairs = [
        pair("none", "emergency", id="false"),
        pair("urgent", "none", id="urgent"),
        pair("emergency", "urgent", id="near"),
        pair("emergency", "none", id="unsure", confidence=0.4),
        pair("emergency", "none", id="sure", confidence=0.9),
        pair("routine", "urgent", id="harmless"),
    ]
    assert [miss.id for miss in list_misses(pairs)] == ["sure", "unsure", "near", "urgent", "false"]


def test_a_language_is_held_against_english_at_its_worst() -> None:
    english = measure([pair("emergency", "emergency"), pair("routine", "routine")])
    creole = measure([pair("emergency", "urgent"), pair("routine", "routine")])
    assert shortfall(english, creole) == (1.0, "emergency_recall")
    assert shortfall(creole, english)[0] == 0.0


def test_a_bar_is_met_exactly_at_its_limit_and_unmeasured_without_a_figure() -> None:
    judged = {
        each.bar.measure: each for each in judge({"emergency_recall": share(97, 100)}, {}, {"p99_ms": 25.1})
    }
    assert judged["emergency_recall"].verdict == "met"
    assert judged["p99_ms"].verdict == "missed"
    assert judged["flags_f1"].verdict == "not measured"
    assert len(judged) == len(BARS)


def test_the_99th_percentile_is_the_slowest_but_one_in_a_hundred() -> None:
    pairs = [pair("none", "none", seconds=at / 1000) for at in range(1, 101)]
    assert timings(pairs)["p99_ms"] == pytest.approx(100.0)
    assert timings(pairs)["mean_ms"] == pytest.approx(50.5)


def test_groups_come_in_the_order_of_their_names() -> None:
    pairs = [pair("none", "none", language="ht"), pair("none", "none", language="en")]
    assert list(group(pairs, lambda one: one.example.language)) == ["en", "ht"]
