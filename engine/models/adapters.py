"""What a LoRA adapter's file says about itself, checked against the model that it is for.

A LoRA adapter is a GGUF file with two thin matrices for each weight that it changes: `NAME.lora_a` and
`NAME.lora_b`, whose product is added to `NAME`. It is as foreign as a model: llama.cpp aborts on an entry of
another type than it expects.

Source: `llama_adapter_lora_init_impl` in llama.cpp's llama-adapter.cpp, as pinned.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from engine.errors import AdapterUnfit, ModelDamaged
from engine.models import gguf
from engine.models.entries import Contents, Tensor

LORA_A, LORA_B = ".lora_a", ".lora_b"
RANK_LIMIT = 4096
# F32, F16, BF16, Q8_0: what converters write, and what llama.cpp multiplies on every processor.
TYPES = (0, 1, 30, 8)
_ARCHITECTURE, _ALPHA = "general.architecture", "adapter.lora.alpha"


@dataclass(frozen=True, slots=True)
class AdapterHeader:
    """`rank` is the largest of its matrices; `alpha` ÷ rank scales what is added (0: as it is)."""

    path: str
    size_bytes: int
    name: str
    architecture: str
    rank: int
    alpha: float
    weights: int


def inspect_adapter(path: Path | str, model: Path | str) -> AdapterHeader:
    """The header of an adapter for the model file `model`: what passes can be handed to llama.cpp.

    Raises:
        ModelMissing: one of the files is not there.
        ModelDamaged: the adapter contradicts itself or the size of its file.
        AdapterUnfit: it is no LoRA adapter, or was made for another model.
    """
    adapter, base = gguf.contents(path), gguf.contents(model)
    _check_kind(str(path), adapter, base)
    pairs = _pairs(str(path), adapter.tensors)
    for name, (a, b) in pairs.items():
        _check_pair(str(path), name, a, b, base.tensors.get(name))
    return AdapterHeader(
        path=str(path),
        size_bytes=Path(path).stat().st_size,
        name=_text(str(path), adapter, "general.name") or Path(path).stem,
        architecture=_text(str(path), adapter, _ARCHITECTURE),
        rank=max(_rank(name, a) for name, (a, _) in pairs.items()),
        alpha=_alpha(str(path), adapter),
        weights=len(pairs),
    )


def _check_kind(path: str, adapter: Contents, base: Contents) -> None:
    if _text(path, adapter, "general.type") != "adapter" or _text(path, adapter, "adapter.type") != "lora":
        raise AdapterUnfit(path, "it is no LoRA adapter")
    own, wanted = _text(path, adapter, _ARCHITECTURE), base.entries.get(_ARCHITECTURE)
    if own != wanted:
        raise AdapterUnfit(path, f"it was made for “{own}”, and this model is “{wanted}”")


def _text(path: str, adapter: Contents, key: str) -> str:
    value = adapter.entries.get(key, "")
    if not isinstance(value, str):
        raise ModelDamaged(path, f"the entry “{key}” of its header is no text")
    return value


def _alpha(path: str, adapter: Contents) -> float:
    value = adapter.entries.get(_ALPHA, 0.0)
    if not isinstance(value, float) or not math.isfinite(value):
        raise ModelDamaged(path, f"the entry “{_ALPHA}” of its header is no number")
    return value


def _pairs(path: str, tensors: Mapping[str, Tensor]) -> dict[str, tuple[Tensor, Tensor]]:
    """The matrices of each weight. Those of norms stand alone; llama.cpp passes over them."""
    names: set[str] = set()
    for name in tensors:
        if name.endswith((LORA_A, LORA_B)):
            names.add(name[: -len(LORA_A)])
        elif not name.endswith("_norm.weight"):
            raise AdapterUnfit(path, f"“{name}” in it belongs to no LoRA adapter")
    if not names:
        raise AdapterUnfit(path, "it changes no weight")
    pairs = {}
    for name in names:
        a, b = tensors.get(name + LORA_A), tensors.get(name + LORA_B)
        if a is None or b is None or LORA_A in name or LORA_B in name:
            raise AdapterUnfit(path, f"one of the two matrices for “{name}” is missing")
        pairs[name] = (a, b)
    return pairs


def _check_pair(path: str, name: str, a: Tensor, b: Tensor, weight: Tensor | None) -> None:
    if weight is None or len(weight.dimensions) < 2:
        raise AdapterUnfit(path, f"this model has no weight “{name}”")
    if a.ggml_type not in TYPES or b.ggml_type not in TYPES:
        raise AdapterUnfit(path, f"the matrices for “{name}” are in a form that is not supported")
    if not _fits(name, _four(a), _four(b), _four(weight)):
        raise AdapterUnfit(path, f"the matrices for “{name}” are of another size than this model's")
    if _rank(name, a) > RANK_LIMIT:
        raise AdapterUnfit(path, f"the matrices for “{name}” are larger than any adapter's")


def _fits(name: str, a: tuple[int, ...], b: tuple[int, ...], weight: tuple[int, ...]) -> bool:
    if a[2:] != weight[2:] or b[2:] != weight[2:]:  # the experts of a mixture lie in the third
        return False
    if name.endswith("token_embd.weight"):  # looked up by row, so its matrices are the other way round
        return weight[0] == b[1] and weight[1] == a[1] and a[0] == b[0]
    return weight[0] == a[0] and weight[1] == b[1] and a[1] == b[0]


def _rank(name: str, a: Tensor) -> int:
    return _four(a)[0 if name.endswith("token_embd.weight") else 1]


def _four(tensor: Tensor) -> tuple[int, ...]:
    return (*tensor.dimensions, 1, 1, 1, 1)[:4]
