"""From raw scores to probabilities that mean what they say, and to thresholds; on unseen writers."""

from __future__ import annotations

import numpy as np
from scipy.optimize import minimize

from smsbot.domain import EMERGENCY_FLAGS, Intent
from training.corpus import FLAGS, INTENTS, URGENCIES, Message
from training.measure import EMERGENCY, URGENT, Readings

MOST_FALSE_EMERGENCIES = 0.035  # of messages that are none: what `certain` may cost
MOST_OVER_TRIAGED = 0.07  # of routine and none read as urgent: what `look` may cost
Calibration = dict[str, list[float]]


def calibrate(messages: list[Message], scores: np.ndarray) -> Calibration:
    """One heat for urgency (Guo et al. 2017), slope and shift for intents and for flags (Platt 1999)."""
    return {
        "urgency": [round(_fit_heat(messages, scores[:, : len(URGENCIES)]), 4)],
        "intents": _fit_line(messages, scores, slice(0, len(INTENTS))),
        "flags": _fit_line(messages, scores, slice(len(INTENTS), None)),
    }


def probabilities(scores: np.ndarray, calibration: Calibration) -> tuple[np.ndarray, np.ndarray]:
    """Urgencies (rows sum to 1), and intents and flags together."""
    heated = scores[:, : len(URGENCIES)] * calibration["urgency"][0]
    powers = np.exp(heated - heated.max(1, keepdims=True))
    first_flag = len(URGENCIES) + len(INTENTS)
    lines = [
        calibration[kind][0] * part + calibration[kind][1]
        for kind, part in (
            ("intents", scores[:, len(URGENCIES) : first_flag]),
            ("flags", scores[:, first_flag:]),
        )
    ]
    return powers / powers.sum(1, keepdims=True), 1 / (1 + np.exp(-np.concatenate(lines, axis=1)))


def choose_thresholds(messages: list[Message], urgencies: np.ndarray, labels: np.ndarray) -> dict[str, float]:
    """`certain` and `look` at their price in false alarms; `intent` and `flag` where micro-F1 is highest."""
    truth = np.array([message.urgency for message in messages])
    calm = urgencies[truth < URGENT][:, URGENT:].sum(1)
    certain = _price(urgencies[truth != EMERGENCY][:, EMERGENCY], MOST_FALSE_EMERGENCIES)
    return {
        "certain": max(0.05, round(certain, 3)),
        "look": max(0.1, round(_price(calm, MOST_OVER_TRIAGED), 3)),
        "intent": _best_cut(messages, labels, slice(0, len(INTENTS))),
        "flag": _best_cut(messages, labels, slice(len(INTENTS), None)),
    }


def read(urgencies: np.ndarray, labels: np.ndarray, thresholds: dict[str, float]) -> Readings:
    """What the learned part alone would read: urgency by two thresholds, raised to the flags' floors."""
    urgency = np.minimum(urgencies.argmax(1), URGENT - 1)
    urgency[urgencies[:, URGENT:].sum(1) >= thresholds["look"]] = URGENT
    urgency[urgencies[:, EMERGENCY] >= thresholds["certain"]] = EMERGENCY
    cuts = np.array([thresholds["intent"]] * len(INTENTS) + [thresholds["flag"]] * len(FLAGS))
    chosen = (labels >= cuts).astype(np.float32)
    crisis = INTENTS.index(Intent.CRISIS)
    chosen[:, crisis] = urgency == EMERGENCY
    for at, flag in enumerate(FLAGS, len(INTENTS)):
        if flag in EMERGENCY_FLAGS:  # a danger is named only beside the urgency that it demands
            chosen[:, at] *= urgency == EMERGENCY
        else:
            urgency[(chosen[:, at] == 1) & (urgency < URGENT)] = URGENT
    bare = chosen[:, : len(INTENTS)].sum(1) == 0
    best = labels[:, : len(INTENTS)].argmax(1)
    chosen[bare, best[bare]] = 1
    return Readings(urgency, chosen)


def _price(shares: np.ndarray, most: float) -> float:
    """The threshold that at most this part of the shares reaches."""
    return float(np.quantile(shares, 1 - most)) if len(shares) else 0.5


def _best_cut(messages: list[Message], labels: np.ndarray, part: slice) -> float:
    truth = np.stack([message.labels for message in messages])[:, part]
    counted = np.stack([message.counted for message in messages])[:, part]

    def score(cut: float) -> float:
        read = labels[:, part] >= cut
        return float(2 * (truth * read * counted).sum() / ((truth + read) * counted).sum().clip(min=1))

    return round(max((cut / 100 for cut in range(15, 80, 5)), key=score), 2)


def _fit_heat(messages: list[Message], scores: np.ndarray) -> float:
    truth = np.array([message.urgency for message in messages])

    def loss(heat: np.ndarray) -> float:
        heated = scores * heat[0]
        top = heated.max(1)
        return float(
            (np.log(np.exp(heated - top[:, None]).sum(1)) + top - heated[np.arange(len(truth)), truth]).mean()
        )

    return float(minimize(loss, np.array([1.0]), method="Nelder-Mead").x[0])


def _fit_line(messages: list[Message], scores: np.ndarray, part: slice) -> list[float]:
    truth = np.stack([message.labels for message in messages])[:, part]
    counted = np.stack([message.counted for message in messages])[:, part]
    raw = scores[:, len(URGENCIES) :][:, part]

    def loss(line: np.ndarray) -> float:
        logits = line[0] * raw + line[1]
        return float(((np.logaddexp(0, logits) - truth * logits) * counted).mean())

    return [round(float(each), 4) for each in minimize(loss, np.array([1.0, 0.0]), method="Nelder-Mead").x]
