"""From the trained network to the files that smsbot ships: int8 ONNX, vocabulary, manifest with checksums."""

from __future__ import annotations

import hashlib
import json
import tempfile
import warnings
from pathlib import Path
from typing import Any

import onnx
import torch
from onnxruntime.quantization import QuantType, quantize_dynamic
from onnxruntime.quantization.matmul_nbits_quantizer import MatMulNBitsQuantizer
from onnxruntime.quantization.shape_inference import quant_pre_process

from training.encoder import Encoder

MODEL, VOCABULARY, MANIFEST = "encoder.onnx", "vocabulary.json", "manifest.json"


def export_encoder(encoder: Encoder, folder: Path) -> None:
    """Writes `encoder.onnx`, weights at 8 bit in blocks of 128.

    Blocks, because one scale for a whole matrix of activations (onnxruntime's dynamic quantisation) changed
    one urgency in twenty; with blocks it is fewer than one in a hundred.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as scratch, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        plain, ready = Path(scratch) / "plain.onnx", Path(scratch) / "ready.onnx"
        _trace(encoder.eval(), plain)
        quant_pre_process(plain, ready, skip_symbolic_shape=True)
        quantize_dynamic(ready, plain, weight_type=QuantType.QInt8, op_types_to_quantize=["Gather"])
        _quantize_products(plain, folder / MODEL)


def _quantize_products(source: Path, target: Path) -> None:
    model = onnx.load(source)
    heads = [node.name for node in model.graph.node if node.name.startswith(("/look/", "/tell/"))]
    quantizer = MatMulNBitsQuantizer(
        model, block_size=128, is_symmetric=True, bits=8, accuracy_level=4, nodes_to_exclude=heads
    )
    quantizer.process()
    quantizer.model.save_model_to_file(str(target), False)


def _trace(encoder: Encoder, path: Path) -> None:
    ids, mask = torch.tensor([[0, 5, 6, 2], [0, 7, 2, 1]]), torch.tensor([[1.0, 1, 1, 1], [1, 1, 1, 0]])
    axes = {0: "texts", 1: "pieces"}
    torch.onnx.export(
        encoder,
        (ids, mask),
        str(path),
        input_names=["ids", "mask"],
        output_names=["scores", "parts"],
        dynamic_axes={"ids": axes, "mask": axes, "scores": {0: "texts"}, "parts": axes},
        opset_version=17,
        dynamo=False,
    )


def write_vocabulary(pieces: list[str], scores: list[float], folder: Path) -> None:
    """Writes `vocabulary.json`: pieces in the order of their ids, and their log probabilities."""
    content = {"format": 1, "pieces": pieces, "scores": [round(score, 4) for score in scores]}
    (folder / VOCABULARY).write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8")


def write_manifest(folder: Path, settings: dict[str, Any]) -> None:
    """Writes `manifest.json`: settings, and the SHA-256 of the other files."""
    files = {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in (MODEL, VOCABULARY)}
    content = {"format": 1, **settings, "files": files}
    (folder / MANIFEST).write_text(json.dumps(content, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
