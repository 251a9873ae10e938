"""Fine-tuning on the processor: two threads, fixed seeds, texts of like length together."""

from __future__ import annotations

import math
import random
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from smsbot.domain import EMERGENCY_FLAGS, Intent
from smsbot.triage.tokens import END, PAD, START, Tokenizer
from training.augment import joined, noisy
from training.corpus import FLAGS, INTENTS, URGENCIES, Message
from training.encoder import Encoder

LONGEST = 96  # pieces of one training text
_NEARNESS = 4.0  # weight of the distance to the teacher's pieces beside the losses, which are 2 to 6
Example = tuple[list[int], Message]


@dataclass(frozen=True)
class Plan:
    """What may be chosen about a run."""

    epochs: int = 10
    batch: int = 32
    rate: float = 1.2e-4
    word_rate: float = 2.5e-4  # of the piece embeddings, which see few of their pieces in a batch
    everyday: int = 600  # public everyday texts an epoch, drawn anew each time
    joined_share: float = 0.08
    smoothing: float = 0.01
    seed: int = 20261123


def piece_ids(tokenizer: Tokenizer, body: str, longest: int = LONGEST) -> list[int]:
    """The pieces between start and end sign; of a longer text the first half and the last half."""
    ids = [piece.id for piece in tokenizer.encode(body)]
    if len(ids) > longest - 2:
        half = longest // 2 - 1
        ids = ids[:half] + ids[-half:]
    return [START, *ids, END]


def fit(
    encoder: Encoder,
    tokenizer: Tokenizer,
    messages: list[Message],
    everyday: list[Message],
    plan: Plan,
    after: Callable[[int], None] = lambda epoch: None,
    teacher: Encoder | None = None,
) -> None:
    """Trains `encoder` in place, by what `teacher` makes of the same texts too; calls `after` every epoch.

    `after` is given the number of the epoch that ended, from 1.
    """
    dice = random.Random(plan.seed)
    torch.manual_seed(plan.seed)
    optimizers = _optimizers(encoder, plan)
    per_epoch = math.ceil((len(messages) * (1 + plan.joined_share) + plan.everyday) / plan.batch)
    total = per_epoch * plan.epochs
    schedule = [
        torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: _rate(step, total))
        for optimizer in optimizers
    ]
    for epoch in range(plan.epochs):
        started, losses = time.monotonic(), []
        encoder.train()
        for batch in _batches(_epoch(messages, everyday, tokenizer, plan, dice), plan, dice):
            loss = _loss(encoder, batch, plan, teacher)
            _step(encoder, loss, optimizers)
            losses.append(float(loss.detach()))
            for each in schedule:
                each.step()
            if len(losses) % 50 == 0:
                sys.stderr.write(f"  {len(losses)} of {per_epoch}: loss {np.mean(losses[-50:]):.4f}\n")
        sys.stderr.write(
            f"epoch {epoch + 1}: loss {np.mean(losses):.4f}, {time.monotonic() - started:.0f} s\n"
        )
        after(epoch + 1)


def settle(encoder: Encoder, tokenizer: Tokenizer, messages: list[Message], dice: random.Random) -> None:
    """Prepares a fresh encoder's heads with a sample of the messages."""
    sample = [
        piece_ids(tokenizer, message.body) for message in dice.sample(messages, min(512, len(messages)))
    ]
    shares = np.mean([np.concatenate([message.urgencies, message.labels]) for message in messages], axis=0)
    encoder.settle(*padded(sample), torch.tensor(shares))


def _optimizers(encoder: Encoder, plan: Plan) -> list[torch.optim.Optimizer]:
    heads = [*encoder.look.parameters(), *encoder.tell.parameters(), encoder.bias]
    body = [p for name, p in encoder.named_parameters() if name.split(".")[0] in ("layers", "norm")]
    groups = [
        {"params": body, "lr": plan.rate, "weight_decay": 0.01},
        {"params": heads, "lr": plan.rate * 5, "weight_decay": 0.0},
    ]
    return [
        torch.optim.AdamW(groups, foreach=True),
        torch.optim.SparseAdam([encoder.words.weight], lr=plan.word_rate),
    ]


def _rate(step: int, total: int) -> float:
    warm = max(1, total // 15)
    return min((step + 1) / warm, max(0.02, (total - step) / (total - warm)))


def _epoch(
    messages: list[Message], everyday: list[Message], tokenizer: Tokenizer, plan: Plan, dice: random.Random
) -> list[Example]:
    drawn = messages + dice.sample(everyday, min(plan.everyday, len(everyday)))
    for _ in range(int(plan.joined_share * len(messages))):
        pair = joined(*dice.sample(messages, 2))
        if pair is not None:
            drawn.append(pair)
    return [(piece_ids(tokenizer, noisy(message.body, dice)), message) for message in drawn]


def _batches(examples: list[Example], plan: Plan, dice: random.Random) -> list[list[Example]]:
    """Batches of like length in random order: little padding, no order of lengths to learn from."""
    dice.shuffle(examples)
    batches = []
    for start in range(0, len(examples), plan.batch * 20):
        pool = sorted(examples[start : start + plan.batch * 20], key=lambda example: len(example[0]))
        batches += [pool[at : at + plan.batch] for at in range(0, len(pool), plan.batch)]
    dice.shuffle(batches)
    return batches


def padded(ids: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Piece ids filled up to the longest, and the mask."""
    longest = max(len(each) for each in ids)
    filled = torch.tensor([each + [PAD] * (longest - len(each)) for each in ids])
    return filled, (filled != PAD).float()


def _loss(encoder: Encoder, batch: list[Example], plan: Plan, teacher: Encoder | None) -> Tensor:
    ids, mask = padded([ids for ids, _ in batch])
    messages = [message for _, message in batch]
    with torch.autocast("cpu", dtype=torch.bfloat16):  # half the time of 32 bit
        pieces = encoder.read(ids, mask)
        scores, _ = encoder.weigh(pieces, mask)
    labelled = loss_of(scores.float(), messages, plan.smoothing)
    if teacher is None:
        return labelled
    with torch.no_grad(), torch.autocast("cpu", dtype=torch.bfloat16):
        taught_pieces = teacher.read(ids, mask)
        taught, _ = teacher.weigh(taught_pieces, mask)
    apart = (pieces.float() - taught_pieces.float()) / teacher.spread
    distance = (apart.square().mean(2) * mask).sum() / mask.sum()
    return labelled + loss_by_teacher(scores.float(), taught.float()) + _NEARNESS * distance


def _step(encoder: Encoder, loss: Tensor, optimizers: list[torch.optim.Optimizer]) -> None:
    loss.backward()
    nn.utils.clip_grad_norm_([p for p in encoder.parameters() if p is not encoder.words.weight], 1.0)
    for optimizer in optimizers:
        optimizer.step()
        optimizer.zero_grad()


def loss_by_teacher(scores: Tensor, taught: Tensor) -> Tensor:
    """How far the scores are from the teacher's (Hinton et al. 2015, at temperature 1)."""
    urgency_scores, label_scores = scores[:, : len(URGENCIES)], scores[:, len(URGENCIES) :]
    urgencies = taught[:, : len(URGENCIES)].softmax(1)
    each = nn.functional.binary_cross_entropy_with_logits(
        label_scores, taught[:, len(URGENCIES) :].sigmoid(), reduction="none"
    )
    return -(urgencies * urgency_scores.log_softmax(1)).sum(1).mean() + each.sum(1).mean()


def loss_of(scores: Tensor, messages: list[Message], smoothing: float) -> Tensor:
    """Urgency by cross-entropy, intents and flags each alone; a missed danger costs more than a false one."""
    urgencies = torch.tensor(np.stack([message.urgencies for message in messages]))
    labels = torch.tensor(np.stack([message.labels for message in messages]))
    counted = torch.tensor(np.stack([message.counted for message in messages]))
    urgency_scores, label_scores = scores[:, : len(URGENCIES)], scores[:, len(URGENCIES) :]
    right = (urgency_scores.log_softmax(1) + torch.log(urgencies.clamp(min=1e-9))).logsumexp(1)
    soft = labels * (1 - 2 * smoothing) + smoothing
    each = nn.functional.binary_cross_entropy_with_logits(
        label_scores, soft, reduction="none", pos_weight=_POSITIVE_WEIGHTS
    )
    return -(right * (urgencies @ _URGENCY_COSTS)).mean() + (each * counted).sum(1).mean()


_URGENCY_COSTS = torch.tensor([0.4, 0.5, 1.2, 1.8])  # everyday texts with two right urgencies weigh 0.9
_POSITIVE_WEIGHTS = torch.tensor(
    [2.0 if intent is Intent.CRISIS else 1.2 for intent in INTENTS]
    + [2.0 if flag in EMERGENCY_FLAGS else 1.5 for flag in FLAGS]
)
