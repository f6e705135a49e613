"""Makes the run-time forms of a packed multilingual-e5-small: ONNX in eight bits, or a GGUF like it."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any, Literal

import numpy as np

from rag.embedders.keys import (
    IDENTITY_KEY,
    PASSAGE_PREFIX_KEY,
    QUESTION_PREFIX_KEY,
    TOKENIZER_KEY,
    WIDTH_KEY,
    WINDOW_KEY,
)
from rag.embedders.onnx_graph import write_onnx
from rag.embedders.packed_e5 import PackedE5, PackedTensor, Shape, Vocabulary, parse
from rag.embedders.unigram import unigram

NAME = "multilingual-e5-small"
# It was trained with these before every text. Source: the model's card.
QUESTION_PREFIX, PASSAGE_PREFIX = "query: ", "passage: "

_EMBEDDING = {
    "emb.word": "token_embd.weight",
    "emb.pos": "position_embd.weight",
    "emb.type": "token_types.weight",
    "emb.ln.w": "token_embd_norm.weight",
    "emb.ln.b": "token_embd_norm.bias",
}
_LAYER = {
    "q": "attn_q",
    "k": "attn_k",
    "v": "attn_v",
    "ao": "attn_output",
    "aln": "attn_output_norm",
    "fi": "ffn_up",
    "fo": "ffn_down",
    "oln": "layer_output_norm",
}
_ENDING = {"w": "weight", "b": "bias"}


def write_packed(source: Path, target: Path, *, form: Literal["gguf", "onnx"]) -> None:
    """Raises: PackDamaged, OSError."""
    packed = parse(source)
    if form == "gguf":
        _write_gguf(packed, source, target)
    else:
        write_onnx(packed, target, _facts(packed, source))


def _facts(packed: PackedE5, source: Path) -> dict[str, str]:
    vocabulary = packed.vocabulary
    return {
        IDENTITY_KEY: f"{_identity(source)}:int8",
        WINDOW_KEY: str(packed.shape.positions),
        WIDTH_KEY: str(packed.shape.width),
        QUESTION_PREFIX_KEY: QUESTION_PREFIX,
        PASSAGE_PREFIX_KEY: PASSAGE_PREFIX,
        TOKENIZER_KEY: unigram(vocabulary.pieces, vocabulary.unknown).to_str(),
    }


def _identity(source: Path) -> str:
    with source.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return f"{NAME}:{digest[:16]}:mean"


def _write_gguf(packed: PackedE5, source: Path, target: Path) -> None:
    import gguf

    writer = gguf.GGUFWriter(target, "bert")
    try:
        _add_parameters(writer, packed.shape, source)
        _add_vocabulary(writer, packed.vocabulary, packed.shape.rows)
        for tensor in packed.tensors:
            _add_tensor(writer, tensor, packed.shape.width)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()


def _add_parameters(writer: Any, shape: Shape, source: Path) -> None:
    import gguf

    writer.add_name(NAME)
    writer.add_context_length(shape.positions)
    writer.add_embedding_length(shape.width)
    writer.add_feed_forward_length(shape.inner_width)
    writer.add_block_count(shape.layers)
    writer.add_head_count(shape.heads)
    writer.add_layer_norm_eps(shape.norm_epsilon)
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_file_type(gguf.LlamaFileType.MOSTLY_Q4_0)
    writer.add_token_type_count(shape.token_types)
    writer.add_uint32(WINDOW_KEY, shape.positions)
    writer.add_string(QUESTION_PREFIX_KEY, QUESTION_PREFIX)
    writer.add_string(PASSAGE_PREFIX_KEY, PASSAGE_PREFIX)
    writer.add_string(IDENTITY_KEY, _identity(source))


def _add_vocabulary(writer: Any, vocabulary: Vocabulary, rows: int) -> None:
    """As llama.cpp knows it: “t5” is its name for SentencePiece's unigram model."""
    import gguf

    unused = [(f"<unused{number}>", 0.0) for number in range(rows - len(vocabulary.pieces))]
    pieces = [*vocabulary.pieces, *unused]
    special = {vocabulary.first, vocabulary.last, vocabulary.padding}
    types = [gguf.TokenType.CONTROL if id_ in special else gguf.TokenType.NORMAL for id_ in range(rows)]
    types[vocabulary.unknown] = gguf.TokenType.UNKNOWN
    types[len(vocabulary.pieces) :] = [gguf.TokenType.UNUSED] * len(unused)
    writer.add_tokenizer_model("t5")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([text for text, _ in pieces])
    writer.add_token_scores([score for _, score in pieces])
    writer.add_token_types(types)
    writer.add_bos_token_id(vocabulary.first)
    writer.add_eos_token_id(vocabulary.last)
    writer.add_sep_token_id(vocabulary.last)
    writer.add_unk_token_id(vocabulary.unknown)
    writer.add_pad_token_id(vocabulary.padding)
    writer.add_add_bos_token(True)
    writer.add_add_eos_token(True)
    writer.add_add_space_prefix(True)
    writer.add_remove_extra_whitespaces(True)


def _add_tensor(writer: Any, tensor: PackedTensor, width: int) -> None:
    import gguf

    name, values = _name(tensor.name), tensor.values
    if values.dtype == np.uint8:
        writer.add_tensor(name, values, raw_dtype=gguf.GGMLQuantizationType.Q4_0)
    elif tensor.name in ("emb.pos", "emb.type"):
        writer.add_tensor(name, values.reshape(-1, width))
    else:
        writer.add_tensor(name, values)


def _name(packed: str) -> str:
    if packed in _EMBEDDING:
        return _EMBEDDING[packed]
    layer, part, ending = packed.split(".")
    return f"blk.{layer[1:]}.{_LAYER[part]}.{_ENDING[ending]}"
