"""Makes `smsbot/triage/weights/` from `corpus/train/`: the one command behind `make train`.

    python -m training.train [--everyday FILE.jsonl ...] [--dev FOLDER] [--kept FOLDER]

A network of twelve layers is trained on the messages; one of six, which is fast enough for the line, learns
from the messages and from it. On the development messages (`corpus/dev`, by writers of whom nothing is
trained on) the probabilities are calibrated and the figures of the model card measured; `training.tune`
then chooses the thresholds. `--everyday` names public texts (JSON lines with `text`) that are no
emergencies; without it there are none. `--kept` is a folder that keeps both networks (`teacher.pt`,
`student.pt`), written after every epoch; one that is there is taken as it is. Seeds are fixed: the same
corpus, packages and processor give the same weights. Two threads; to go by the times
of its parts some three hours on two cores.
"""

from __future__ import annotations

import argparse
import json
import random
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch

from smsbot.domain import Flag, Intent, Urgency
from smsbot.triage.learned import WEIGHTS
from smsbot.triage.tokens import SPECIAL, Tokenizer
from training.base import Base, choose_pieces, find_base, read_base
from training.calibrate import Calibration, calibrate, choose_thresholds, probabilities, read
from training.card import Table, write_card
from training.corpus import LABELS, Message, checksum, everyday_messages, read_messages
from training.encoder import Encoder, from_base, smaller
from training.export import export_encoder, write_manifest, write_vocabulary
from training.fit import Plan, fit, padded, piece_ids, settle
from training.measure import as_text, by_language

HERE = Path(__file__).parent
LAYERS = 12  # all of the base's: 10.7 ms a text on one core
STUDENT_LAYERS = [0, 2, 4, 6, 8, 11]  # of the teacher's: 5.2 ms
COMMON = 100_000  # the base's commonest pieces, of which those in Latin letters are kept


@dataclass(frozen=True)
class Kit:
    """What every run starts from."""

    base: Base
    kept: list[int]
    tokenizer: Tokenizer
    everyday: list[Message]
    plan: Plan


def main(arguments: list[str]) -> int:
    """Trains, measures, exports. 0 when the weights are written."""
    options = _parse(arguments)
    torch.set_num_threads(2)
    messages, dev = read_messages(options.corpus), read_messages(options.dev)
    kit = _prepare(options, messages)
    teacher = kept_or(
        options.kept,
        "teacher",
        fresh(kit, messages),
        lambda network, keep: fit(network, kit.tokenizer, messages, kit.everyday, kit.plan, keep),
    )
    student = kept_or(
        options.kept,
        "student",
        smaller(teacher, STUDENT_LAYERS),
        lambda network, keep: fit(
            network, kit.tokenizer, messages, kit.everyday, Plan(epochs=options.student_epochs), keep, teacher
        ),
    )
    scores = score(student, kit.tokenizer, dev)
    calibration = calibrate(dev, scores)
    thresholds = choose_thresholds(dev, *probabilities(scores, calibration))
    tables = {"development messages, other writers": _table(dev, scores, calibration, thresholds)}
    ship(student, kit, calibration, options)
    write_card(HERE / "model_card.md", options, kit.base.checksum, messages, tables)
    return 0


def kept_or(
    folder: Path | None, name: str, network: Encoder, make: Callable[[Encoder, Callable[[int], None]], None]
) -> Encoder:
    """The network with the weights kept in `folder`, or, where there are none, as `make` trains it."""
    file = folder / f"{name}.pt" if folder else None
    if file is not None and file.exists():
        network.load_state_dict(torch.load(file))
        return network.eval()

    def keep(epoch: int) -> None:
        if file is not None:
            torch.save(network.state_dict(), file.with_suffix(f".{epoch}"))

    make(network, keep)
    if file is not None:
        torch.save(network.state_dict(), file)
    return network.eval()


def _parse(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Trains the learned part of triage.")
    parser.add_argument("--corpus", type=Path, default=Path("corpus/train"))
    parser.add_argument("--everyday", type=Path, nargs="*", default=[])
    parser.add_argument("--dev", type=Path, default=Path("corpus/dev"))
    parser.add_argument("--epochs", type=int, default=Plan().epochs)
    parser.add_argument("--student-epochs", type=int, default=5)
    parser.add_argument("--weights", type=Path, default=WEIGHTS)
    parser.add_argument("--kept", type=Path, help="folder of the networks: taken if there, else kept")
    return parser.parse_args(arguments)


def _prepare(options: argparse.Namespace, messages: list[Message]) -> Kit:
    base = read_base(find_base())
    kept = choose_pieces(base, [message.body for message in messages], COMMON)
    tokenizer = Tokenizer([base.pieces[at] for at in kept], [base.scores[at] for at in kept])
    everyday = [message for path in options.everyday for message in read_everyday(path)]
    return Kit(base, kept, tokenizer, everyday, Plan(epochs=options.epochs))


def read_everyday(path: Path) -> list[Message]:
    """Public everyday texts; what their publishers set apart for tests stays out."""
    records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    return everyday_messages([r["text"] for r in records if "test" not in str(r.get("split"))], path.stem)


def fresh(kit: Kit, messages: list[Message]) -> Encoder:
    """An encoder with the base's weights and heads that know how common each label is."""
    torch.manual_seed(kit.plan.seed)
    encoder = from_base(kit.base, kit.kept, LABELS, list(range(LAYERS)))
    settle(encoder, kit.tokenizer, messages, random.Random(kit.plan.seed))
    return encoder


def score(encoder: Encoder, tokenizer: Tokenizer, messages: list[Message]) -> np.ndarray:
    """Raw scores, messages × labels."""
    encoder.eval()
    ids = [piece_ids(tokenizer, message.body) for message in messages]
    order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
    scores = np.zeros((len(ids), LABELS), np.float32)
    with torch.no_grad():
        for start in range(0, len(ids), 64):
            batch = order[start : start + 64]
            scores[batch] = encoder(*padded([ids[at] for at in batch]))[0].numpy()
    return scores


def _table(
    messages: list[Message], scores: np.ndarray, calibration: Calibration, thresholds: dict[str, float]
) -> Table:
    found = by_language(messages, read(*probabilities(scores, calibration), thresholds))
    sys.stderr.write(as_text(found) + "\n")
    return found


def ship(
    encoder: Encoder,
    kit: Kit,
    calibration: Calibration,
    options: argparse.Namespace,
) -> None:
    """Writes the weights, the vocabulary and the manifest."""
    export_encoder(encoder, options.weights)
    pieces = [*SPECIAL, *(kit.base.pieces[at] for at in kit.kept[len(SPECIAL) :])]
    write_vocabulary(pieces, [kit.base.scores[at] for at in kit.kept], options.weights)
    settings = {
        "labels": [label.value for label in (*Urgency, *Intent, *Flag)],
        "calibration": calibration,
        "corpus": checksum(options.corpus),
        "base": kit.base.checksum,
        "plan": {**asdict(kit.plan), "layers": STUDENT_LAYERS, "student_epochs": options.student_epochs},
    }
    write_manifest(options.weights, settings)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
