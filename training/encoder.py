"""The network: the lower layers of multilingual-e5-small with one attention head for each label.

A label's score is a sum over the word pieces, each weighted by how much that label looks at it, so the
same numbers that decide also say which words did.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn

from training.base import Base


class Layer(nn.Module):
    """One transformer layer as in BERT: attention and feed-forward, each followed by its norm."""

    def __init__(self, hidden: int, heads: int, dropout: float) -> None:
        super().__init__()
        self.heads = heads
        self.qkv = nn.Linear(hidden, 3 * hidden)
        self.mix = nn.Linear(hidden, hidden)
        self.norm_1 = nn.LayerNorm(hidden, eps=1e-12)
        self.widen = nn.Linear(hidden, 4 * hidden)
        self.narrow = nn.Linear(4 * hidden, hidden)
        self.norm_2 = nn.LayerNorm(hidden, eps=1e-12)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, blocked: Tensor) -> Tensor:
        """`x`: batch × pieces × hidden; `blocked`: batch × 1 × 1 × pieces, very negative on padding."""
        batch, length, hidden = x.shape
        qkv = self.qkv(x).reshape(batch, length, 3, self.heads, hidden // self.heads).permute(2, 0, 3, 1, 4)
        query, key, value = qkv[0], qkv[1], qkv[2]
        weights = (query @ key.transpose(-1, -2) * (hidden // self.heads) ** -0.5 + blocked).softmax(-1)
        mixed = (weights @ value).transpose(1, 2).reshape(batch, length, hidden)
        x = self.norm_1(x + self.dropout(self.mix(mixed)))
        return self.norm_2(x + self.dropout(self.narrow(nn.functional.gelu(self.widen(x)))))


class Encoder(nn.Module):
    """Piece ids in; a score for each label and each piece's part in it out."""

    def __init__(self, vocabulary: int, labels: int, layers: int, hidden: int = 384, heads: int = 12) -> None:
        super().__init__()
        self.words = nn.Embedding(vocabulary, hidden, padding_idx=1, sparse=True)
        self.places = nn.Embedding(512, hidden)
        self.norm = nn.LayerNorm(hidden, eps=1e-12)
        self.dropout = nn.Dropout(0.1)
        self.layers = nn.ModuleList(Layer(hidden, heads, 0.1) for _ in range(layers))
        self.register_buffer("centre", torch.zeros(hidden))
        self.register_buffer("spread", torch.ones(hidden))
        self.look = nn.Linear(hidden, labels)
        self.tell = nn.Linear(hidden, labels)
        self.bias = nn.Parameter(torch.zeros(labels))

    def read(self, ids: Tensor, mask: Tensor) -> Tensor:
        """The pieces in the light of each other: batch × pieces × hidden."""
        blocked = (1.0 - mask)[:, None, None, :] * -1e4
        places = torch.arange(ids.shape[1], device=ids.device)
        x = self.dropout(self.norm(self.words(ids) + self.places(places)))
        for layer in self.layers:
            x = layer(x, blocked)
        return x

    @torch.no_grad()
    def settle(self, ids: Tensor, mask: Tensor, shares: Tensor) -> None:
        """Centres the pieces on those of a sample and starts every label at its share of the messages.

        The base's vectors all point nearly the same way (mean cosine 0.98): without this, learning stalls.
        """
        self.eval()
        pieces = self.read(ids, mask)[mask > 0]
        self.centre.copy_(pieces.mean(0))
        self.spread.copy_(pieces.std(0))
        self.bias.copy_(torch.logit(shares.clamp(0.001, 0.999)))

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """`ids`, `mask` (0 on padding): batch × pieces.

        Gives scores, batch × labels, and the pieces' parts in them, batch × pieces × labels.
        """
        return self.weigh(self.read(ids, mask), mask)

    def weigh(self, x: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """Scores and parts, as `forward`, from the pieces that `read` gave."""
        x = self.dropout((x - self.centre) / self.spread)
        looks = (self.look(x) + (1.0 - mask)[:, :, None] * -1e4).softmax(1)
        parts = looks * self.tell(x)
        return parts.sum(1) + self.bias, parts


def from_base(base: Base, kept: list[int], labels: int, layers: list[int]) -> Encoder:
    """An encoder with the base's `layers` and its embeddings of the `kept` pieces."""
    encoder = Encoder(len(kept), labels, len(layers), base.hidden, base.heads)
    arrays = base.arrays
    state = {
        "words.weight": arrays["emb.word"][kept],
        "places.weight": arrays["emb.pos"].reshape(-1, base.hidden) + arrays["emb.type"][: base.hidden],
        "norm.weight": arrays["emb.ln.w"],
        "norm.bias": arrays["emb.ln.b"],
    }
    for at, source in enumerate(layers):
        state |= {
            f"layers.{at}.{name}": value for name, value in _layer_state(arrays, source, base.hidden).items()
        }
    encoder.load_state_dict({name: torch.tensor(value) for name, value in state.items()}, strict=False)
    nn.init.zeros_(encoder.look.weight)
    nn.init.zeros_(encoder.look.bias)
    nn.init.zeros_(encoder.tell.weight)
    nn.init.zeros_(encoder.tell.bias)
    return encoder


def smaller(teacher: Encoder, layers: list[int]) -> Encoder:
    """An encoder that begins with these `layers` of the teacher, and with its embeddings and heads."""
    student = Encoder(teacher.words.num_embeddings, teacher.tell.out_features, len(layers))
    state = {name: value for name, value in teacher.state_dict().items() if not name.startswith("layers.")}
    for at, source in enumerate(layers):
        state |= {f"layers.{at}.{name}": value for name, value in teacher.layers[source].state_dict().items()}
    student.load_state_dict(state)
    return student


def _layer_state(arrays: dict[str, np.ndarray], source: int, hidden: int) -> dict[str, np.ndarray]:
    def of(name: str) -> np.ndarray:
        return arrays[f"l{source}.{name}"]

    return {
        "qkv.weight": np.concatenate([of(f"{name}.w").reshape(hidden, hidden) for name in "qkv"]),
        "qkv.bias": np.concatenate([of(f"{name}.b") for name in "qkv"]),
        "mix.weight": of("ao.w").reshape(hidden, hidden),
        "mix.bias": of("ao.b"),
        "norm_1.weight": of("aln.w"),
        "norm_1.bias": of("aln.b"),
        "widen.weight": of("fi.w").reshape(-1, hidden),
        "widen.bias": of("fi.b"),
        "narrow.weight": of("fo.w").reshape(hidden, -1),
        "narrow.bias": of("fo.b"),
        "norm_2.weight": of("oln.w"),
        "norm_2.bias": of("oln.b"),
    }
