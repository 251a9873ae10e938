"""The learned part of triage: a small text encoder that gives each urgency, intent and flag a probability.

The weights lie in `weights/`, made by `make train` from `corpus/`; `training/model_card.md` says what they
can do and what not. Nothing here decides: the engine weighs these numbers together with the rules.
onnxruntime and numpy are imported when a model is loaded, for only the web processes read texts.
"""

from __future__ import annotations

import hashlib
import importlib
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from smsbot.domain import Flag, Intent, Urgency
from smsbot.triage.tokens import END, START, Piece, Tokenizer

WEIGHTS = Path(__file__).parent / "weights"
_WINDOW = 64  # pieces read at once, without start and end sign; a usual text has 22
_SPAN_WORDS = 8  # the most words that evidence points at
_SPAN_SHARE = 0.3  # words beside the strongest one belong to it from this share of its part on


class WeightsError(Exception):
    """The weights are missing, damaged or of another format. Not retryable: install them again."""


@dataclass(frozen=True, slots=True)
class Learned:
    """Calibrated probabilities, 0 to 1. Those of `urgency` sum to 1; every intent and flag stands alone."""

    urgency: Mapping[Urgency, float]
    intents: Mapping[Intent, float]
    flags: Mapping[Flag, float]


@dataclass(frozen=True, slots=True)
class _Run:
    """One reading: the pieces seen, scores by label, and each piece's part in them (pieces × labels)."""

    pieces: tuple[Piece, ...]
    scores: Sequence[float]
    parts: Any


def load_model(folder: Path = WEIGHTS) -> Model:
    """The model of `folder`, its files checked against the manifest's SHA-256. Raises WeightsError."""
    try:
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        files = {name: (folder / name).read_bytes() for name in manifest["files"]}
    except (OSError, ValueError, KeyError) as error:
        raise WeightsError(
            f"the weights in {folder.name}/ cannot be read: {error}; install smsbot again"
        ) from error
    _check(manifest, files)
    vocabulary = json.loads(files["vocabulary.json"])
    return Model(
        _start_session(files["encoder.onnx"]), Tokenizer(vocabulary["pieces"], vocabulary["scores"]), manifest
    )


def _check(manifest: dict[str, Any], files: dict[str, bytes]) -> None:
    if manifest.get("format") != 1:
        raise WeightsError(f"weights of format {manifest.get('format')}, this program reads format 1")
    for name, content in files.items():
        if hashlib.sha256(content).hexdigest() != manifest["files"][name]:
            raise WeightsError(f"{name} does not match its checksum: it is damaged; install smsbot again")
    if manifest["labels"] != [label.value for label in (*Urgency, *Intent, *Flag)]:
        raise WeightsError("the weights were made for other labels: run make train")


def _start_session(content: bytes) -> Any:
    """One thread, sums in one order: the same answer every time, and the other core stays free."""
    runtime = importlib.import_module("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return runtime.InferenceSession(content, options, providers=["CPUExecutionProvider"])


class Model:
    """Reads texts. Safe to use from several threads at once."""

    def __init__(self, session: Any, tokenizer: Tokenizer, manifest: dict[str, Any]) -> None:
        """`session` runs the encoder; `manifest` holds the calibration."""
        self._session = session
        self._tokenizer = tokenizer
        self._calibration: dict[str, list[float]] = manifest["calibration"]
        self._numpy: Any = importlib.import_module("numpy")
        self._last: tuple[str, _Run] | None = None
        self.version: str = manifest["files"]["encoder.onnx"][:12]

    def read(self, body: str) -> Learned:
        """What `body` says; shouting is read as said calmly."""
        scores = self._run(body).scores
        first_intent, first_flag = len(Urgency), len(Urgency) + len(Intent)
        return Learned(
            dict(zip(Urgency, self._softmax(scores[:first_intent]), strict=True)),
            dict(zip(Intent, self._sigmoids("intents", scores[first_intent:first_flag]), strict=True)),
            dict(zip(Flag, self._sigmoids("flags", scores[first_flag:]), strict=True)),
        )

    def explain(self, body: str, label: Intent | Flag) -> tuple[int, int]:
        """The characters `start:end` of `body` that spoke most for `label`; costs nothing after `read`."""
        run = self._run(body)
        column = _LABELS.index(label)
        return _strongest_span(_word_parts(run.pieces, [float(part) for part in run.parts[:, column]]))

    def _run(self, text: str) -> _Run:
        last = self._last
        if last is None or last[0] != text:
            last = (text, self._run_windows(self._tokenizer.encode(_calmly(text))))
            self._last = last
        return last[1]

    def _run_windows(self, pieces: list[Piece]) -> _Run:
        runs = [self._run_window(window) for window in _windows(pieces)]
        if len(runs) == 1:
            return runs[0]
        # The more urgent end of a long text decides; an intent or flag counts wherever it stands.
        highest = max(runs, key=lambda run: max(self._softmax(run.scores[: len(Urgency)])[2:]))
        others = self._numpy.max([run.scores for run in runs], axis=0)
        scores = [*highest.scores[: len(Urgency)], *others[len(Urgency) :]]
        parts = self._numpy.concatenate([run.parts for run in runs])
        return _Run(tuple(piece for run in runs for piece in run.pieces), scores, parts)

    def _run_window(self, pieces: tuple[Piece, ...]) -> _Run:
        ids = self._numpy.array([[START, *(piece.id for piece in pieces), END]], dtype="int64")
        mask = self._numpy.ones(ids.shape, dtype="float32")
        scores, parts = self._session.run(None, {"ids": ids, "mask": mask})
        return _Run(pieces, scores[0].tolist(), parts[0, 1:-1])

    def _softmax(self, scores: Sequence[float]) -> list[float]:
        heat = self._calibration["urgency"][0]
        powers = [math.exp((score - max(scores)) * heat) for score in scores]
        return [power / sum(powers) for power in powers]

    def _sigmoids(self, kind: str, scores: Sequence[float]) -> list[float]:
        slope, shift = self._calibration[kind]
        return [1 / (1 + math.exp(-max(-30.0, min(30.0, slope * score + shift)))) for score in scores]


_LABELS: list[Urgency | Intent | Flag] = [*Urgency, *Intent, *Flag]


def _calmly(body: str) -> str:
    """Shouting in lower case, of which the model has seen more; every character keeps its place."""
    calm = body.lower()
    return calm if body.upper() == body and len(calm) == len(body) else body


def _windows(pieces: list[Piece]) -> list[tuple[Piece, ...]]:
    """All pieces at once; of a text too long for that the beginning and the end, so that none takes long."""
    if len(pieces) <= _WINDOW:
        return [tuple(pieces)]
    return [tuple(pieces[:_WINDOW]), tuple(pieces[max(_WINDOW, len(pieces) - _WINDOW) :])]


def _word_parts(pieces: Sequence[Piece], parts: Sequence[float]) -> list[tuple[int, int, float]]:
    """Start, end and part of every word."""
    words: list[tuple[int, int, float]] = []
    for piece, part in zip(pieces, parts, strict=True):
        start, end = piece.start, piece.end
        if words and start <= words[-1][1]:  # no space between: the same word
            start, _, sofar = words.pop()
            part += sofar
        words.append((start, end, part))
    return words


def _strongest_span(words: list[tuple[int, int, float]]) -> tuple[int, int]:
    """The strongest word with those beside it that spoke for the label too."""
    if not words:
        return (0, 0)
    first = last = max(range(len(words)), key=lambda at: words[at][2])
    least = words[first][2] * _SPAN_SHARE
    while last - first + 1 < _SPAN_WORDS:
        before = words[first - 1][2] if first > 0 else -math.inf
        after = words[last + 1][2] if last + 1 < len(words) else -math.inf
        if max(before, after) < max(least, 0.0):
            break
        first, last = (first - 1, last) if before >= after else (first, last + 1)
    return words[first][0], words[last][1]
