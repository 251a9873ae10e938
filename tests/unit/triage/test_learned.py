"""The learned part: loads checked weights, answers the same every time, in time, and points at words."""

from __future__ import annotations

import json
import shutil
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from smsbot.domain import Flag, Intent, Urgency
from smsbot.triage.learned import WEIGHTS, Model, WeightsError, load_model

PLAIN_DANGER = [
    ("i dont want to be alive anymore", Flag.SUICIDE),
    ("ya no quiero vivir, pienso en matarme", Flag.SUICIDE),
    ("mwen pa vle viv ankò, m ap touye tèt mwen", Flag.SUICIDE),
    ("my chest feels tight and it hurts down my arm", Flag.CHEST_PAIN),
    ("me duele mucho el pecho", Flag.CHEST_PAIN),
    ("li pa ka respire byen", Flag.BREATHING),
    ("took the whole bottle of pills", Flag.OVERDOSE),
]
EVERYDAY = [
    "thanks so much, see you tuesday!",
    "can I move my appointment to friday",
    "mesi anpil",
    "gracias, nos vemos el martes",
    "traffic is killing me, be there in 10",
]


LONG = (
    "Hi its Marlene, I wanted to ask about the bill from last month because the amount looks different from "
    "what the front desk told me. My insurance changed in October and the new card is in the portal, I "
    "uploaded both sides. Could somebody check if the claim went to the old one? Also I would like to move "
    "my visit from the 14th to the week after, any day but Wednesday works, mornings are best because of "
    "my daughter's school. And please tell Denise thank you for the recipe, we made it twice already and the "
    "kids loved it."
)


@pytest.fixture(scope="module")
def model() -> Model:
    return load_model()


@pytest.mark.parametrize(("body", "flag"), PLAIN_DANGER)
def test_plain_danger_is_read_as_emergency(model: Model, body: str, flag: Flag) -> None:
    learned = model.read(body)
    assert learned.urgency[Urgency.EMERGENCY] > 0.5, learned.urgency
    assert learned.flags[flag] > 0.5


@pytest.mark.parametrize("body", EVERYDAY)
def test_everyday_texts_are_no_emergency(model: Model, body: str) -> None:
    assert model.read(body).urgency[Urgency.EMERGENCY] < 0.1


def test_probabilities_cover_every_label_and_lie_between_nought_and_one(model: Model) -> None:
    learned = model.read("out of lexapro since monday, can someone call me")
    assert set(learned.urgency) == set(Urgency)
    assert set(learned.intents) == set(Intent)
    assert set(learned.flags) == set(Flag)
    assert sum(learned.urgency.values()) == pytest.approx(1.0)
    assert all(0 <= share <= 1 for share in (*learned.intents.values(), *learned.flags.values()))


def test_the_same_text_gets_the_same_answer_from_a_fresh_model(model: Model) -> None:
    body = "m pa dòmi depi 3 jou, pls call"
    first = model.read(body)
    model.read("something else between")
    assert model.read(body) == first == load_model().read(body)


def test_shouting_is_read_as_said_calmly(model: Model) -> None:
    body = "Please refill my Zoloft, I have chest pain"
    assert model.read(body.upper()) == model.read(body.lower())
    start, end = model.explain(body.upper(), Flag.CHEST_PAIN)
    assert "CHEST" in body.upper()[start:end]


@pytest.mark.parametrize(
    "body", ["", " ", "?", "\x00", "😀" * 400, "a" * 1600, "\u0301\u0301", "שלום", "🏳️\u200d🌈"]
)
def test_strange_texts_are_read_without_error(model: Model, body: str) -> None:
    learned = model.read(body)
    start, end = model.explain(body, Flag.SUICIDE)
    assert sum(learned.urgency.values()) == pytest.approx(1.0)
    assert 0 <= start <= end <= len(body)


def test_danger_at_the_end_of_a_long_text_is_seen(model: Model) -> None:
    assert model.read(LONG).urgency[Urgency.EMERGENCY] < 0.3
    assert model.read(f"{LONG} Also my chest hurts and I cant breathe.").urgency[Urgency.EMERGENCY] > 0.5


@pytest.mark.parametrize(
    ("body", "label", "word"),
    [
        ("Refill my buspirone please. Also my chest hurts a lot since noon", Flag.CHEST_PAIN, "chest"),
        ("Hola, necesito cita el martes. Me duele mucho el pecho.", Flag.CHEST_PAIN, "pecho"),
        ("hi its Rosa, thanks for yesterday. can you refill my zoloft", Intent.MEDICATION_REFILL, "refill"),
    ],
)
def test_the_explanation_points_at_the_words_that_count(
    model: Model, body: str, label: Flag, word: str
) -> None:
    start, end = model.explain(body, label)
    assert word in body[start:end]
    assert end - start < len(body)


def test_a_text_is_read_in_time(model: Model) -> None:
    bodies = [
        f"{number} days without my lexapro and the room keeps spinning, what do i do" for number in range(40)
    ]
    times = []
    for body in bodies:
        started = time.perf_counter()
        model.read(body)
        times.append(time.perf_counter() - started)
    # Loose on purpose, for machines under load; bench/ measures it closely.
    assert statistics.median(times) < 0.05


def test_damaged_weights_are_refused(tmp_path: Path) -> None:
    damaged = tmp_path / "weights"
    shutil.copytree(WEIGHTS, damaged)
    content = bytearray((damaged / "encoder.onnx").read_bytes())
    content[len(content) // 2] ^= 1
    (damaged / "encoder.onnx").write_bytes(bytes(content))
    with pytest.raises(WeightsError, match="checksum"):
        load_model(damaged)


def test_weights_for_other_labels_are_refused(tmp_path: Path) -> None:
    other = tmp_path / "weights"
    shutil.copytree(WEIGHTS, other)
    manifest = json.loads((other / "manifest.json").read_text("utf-8"))
    manifest["labels"] = manifest["labels"][:-1]
    (other / "manifest.json").write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(WeightsError, match="make train"):
        load_model(other)


def test_missing_weights_are_named(tmp_path: Path) -> None:
    with pytest.raises(WeightsError, match="cannot be read"):
        load_model(tmp_path)


def test_the_weights_are_small_enough() -> None:
    assert sum(file.stat().st_size for file in WEIGHTS.iterdir()) <= 60_000_000


def test_nothing_heavy_is_imported_before_a_model_is_loaded() -> None:
    code = "import sys, smsbot.triage.learned; sys.exit('onnxruntime' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
