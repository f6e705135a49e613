"""What llama.cpp asserts of a model instead of checking it: contradictions that end its process.

Each rule stands for a `GGML_ASSERT`, or an access without a check, that a mutant of a sound file has met
(`tests/benchmarks/gguf_mutants.py`). Source: llama-model.cpp, llama-vocab.cpp and ggml.c, as pinned.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

from engine.errors import ModelDamaged, ModelUnsupported
from engine.models.entries import Array, Tensor, Value

LAYER_LIMIT = 512  # LLAMA_MAX_LAYERS
EXPERT_LIMIT = 1024  # LLAMA_MAX_EXPERTS
ROPE_SCALINGS = ("none", "linear", "yarn", "longrope")
NO_VOCABULARY = ("none", "no_vocab")
_STRING = 8
_BYTE = 6  # LLAMA_TOKEN_TYPE_BYTE
# Forms that only intermediate results have (Q8_1, Q8_K) and whole numbers: nothing multiplies by them.
UNUSABLE_TYPES = frozenset({9, 15, 24, 25, 26, 27, 28})
# A table of expert numbers for each token, the one use of whole numbers.
_TABLE = "tid2eid"
_EPSILONS = (
    "attention.layer_norm_rms_epsilon",
    "attention.layer_norm_epsilon",
    "attention.group_norm_epsilon",
)


def check(path: str, entries: Mapping[str, Value], tensors: Mapping[str, Tensor]) -> None:
    """
    Raises:
        ModelDamaged: the entries contradict each other.
        ModelUnsupported: a model that cannot be asked anything: it has no vocabulary.
    """
    if entries.get("tokenizer.ggml.model") in NO_VOCABULARY:
        raise ModelUnsupported(path, "it has no vocabulary")
    for problem in _problems(_Own(entries), entries, tensors):
        raise ModelDamaged(path, problem)


class _Own:
    """The entries of the model's architecture, by their names without it."""

    def __init__(self, entries: Mapping[str, Value]) -> None:
        self._entries = entries
        self._prefix = f"{entries.get('general.architecture')}."

    def value(self, name: str, default: Value = 0) -> Value:
        return self._entries.get(self._prefix + name, default)

    def numbers(self, name: str) -> list[float]:
        """One number, or one for each layer."""
        value = self.value(name)
        numbers = value.numbers if isinstance(value, Array) else (value,)
        return [number for number in numbers if isinstance(number, int | float)]

    def largest(self, name: str) -> float:
        return max(self.numbers(name), default=0)


def _problems(own: _Own, entries: Mapping[str, Value], tensors: Mapping[str, Tensor]) -> Iterator[str]:
    yield from _layers(own)
    yield from _experts(own)
    yield from _positions(own)
    for name in _EPSILONS:
        if not all(math.isfinite(number) and number >= 0 for number in own.numbers(name)):
            yield f"the entry “{name}” of its header is out of range"
    for key in ("tokenizer.ggml.tokens", "tokenizer.ggml.merges"):
        value = entries.get(key)
        if value is not None and not (isinstance(value, Array) and value.item_type == _STRING):
            yield f"the list “{key}” in its header holds no texts"
    yield from _single_bytes(entries)
    for name, tensor in tensors.items():
        if tensor.ggml_type in UNUSABLE_TYPES and _TABLE not in name:
            yield f"the tensor “{name}” is of a type that no model has"


def _layers(own: _Own) -> Iterator[str]:
    if own.largest("nextn_predict_layers") >= max(own.largest("block_count"), 1):
        yield "it claims more layers for predicting ahead than it has"


def _single_bytes(entries: Mapping[str, Value]) -> Iterator[str]:
    """llama.cpp looks the byte of a token up without asking, and the token of a byte, in SentencePiece."""
    tokens, types = entries.get("tokenizer.ggml.tokens"), entries.get("tokenizer.ggml.token_type")
    words = entries.get("tokenizer.ggml.model")
    if not isinstance(tokens, Array):
        return
    if words == "llama" and len(tokens.bytes) < 256:
        yield "its vocabulary lacks tokens for single bytes"
    if isinstance(types, Array):
        marked = {number for number, kind in enumerate(types.numbers) if kind == _BYTE}
        if not marked <= tokens.bytes or (marked and words in ("bert", "gpt2", "rwkv")):
            yield "its vocabulary takes for bytes what is none"


def _experts(own: _Own) -> Iterator[str]:
    experts, used = own.largest("expert_count"), own.largest("expert_used_count")
    groups, groups_used = own.largest("expert_group_count"), own.largest("expert_group_used_count")
    possible = used == groups == 0
    if experts:
        possible = 0 < used <= experts <= EXPERT_LIMIT and groups < experts
    if groups > 1:
        possible = possible and experts % groups == 0 and 0 < groups_used < groups
    if not possible:
        yield "the numbers of its experts contradict each other"


def _positions(own: _Own) -> Iterator[str]:
    if own.value("rope.scaling.type", "linear") not in ROPE_SCALINGS:
        yield "it scales positions in an unknown way"
