"""Labelled messages as arrays: what training and measuring read."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from smsbot.domain import Flag, Intent, Urgency

URGENCIES, INTENTS, FLAGS = list(Urgency), list(Intent), list(Flag)
LABELS = len(URGENCIES) + len(INTENTS) + len(FLAGS)  # in this order in every score vector


@dataclass(frozen=True)
class Message:
    """One labelled message. The arrays are over `URGENCIES`, then `INTENTS` and `FLAGS` together."""

    id: str
    writer: str
    language: str
    body: str
    urgencies: np.ndarray  # 1 for each urgency that is right (several for public texts)
    labels: np.ndarray  # 1 for each intent and flag that must be read
    counted: np.ndarray  # 0 where a label neither helps nor hurts

    @property
    def urgency(self) -> int:
        """The place of the highest right urgency: 0 none to 3 emergency."""
        return int(np.flatnonzero(self.urgencies).max())


def read_messages(path: Path) -> list[Message]:
    """Every message of a JSON-lines file, or of all such files of a folder, in the order of their names."""
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    return [
        _message(json.loads(line), f"{file.stem}-{place:04d}")
        for file in files
        for place, line in enumerate(file.read_text(encoding="utf-8").splitlines(), 1)
    ]


def checksum(folder: Path) -> str:
    """SHA-256 over the names and bytes of a folder's files."""
    total = hashlib.sha256()
    for file in sorted(folder.glob("*.jsonl")):
        total.update(file.name.encode() + b"\0" + file.read_bytes())
    return total.hexdigest()


def _message(record: dict[str, object], fallback_id: str) -> Message:
    must = {*_names(record, "intents"), *_names(record, "flags")}
    may = {*_names(record, "intents_allowed"), *_names(record, "flags_allowed")} - must
    names = [label.value for label in (*INTENTS, *FLAGS)]
    return Message(
        id=str(record.get("id", fallback_id)),
        writer=str(record.get("writer", "examples")),
        language=str(record["lang"]),
        body=str(record["body"]),
        urgencies=np.array([float(urgency == record["urgency"]) for urgency in URGENCIES], np.float32),
        labels=np.array([float(name in must) for name in names], np.float32),
        counted=np.array([float(name not in may) for name in names], np.float32),
    )


def _names(record: dict[str, object], key: str) -> list[str]:
    value = record.get(key) or []
    return [str(name) for name in value] if isinstance(value, list) else []


def everyday_messages(bodies: list[str], source: str) -> list[Message]:
    """Public everyday texts as messages without any flag, at most `routine`; their intents are left open."""
    urgencies = np.array([1, 1, 0, 0], np.float32)
    counted = np.concatenate([np.zeros(len(INTENTS)), np.ones(len(FLAGS))]).astype(np.float32)
    counted[INTENTS.index(Intent.CRISIS)] = 1
    empty = np.zeros(len(INTENTS) + len(FLAGS), np.float32)
    return [
        Message(f"{source}-{place}", source, "en", body, urgencies, empty, counted)
        for place, body in enumerate(bodies)
    ]
