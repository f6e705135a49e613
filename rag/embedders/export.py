"""Makes the embedder's run-time form: a GGUF for llama.cpp out of what a package carries.

    python -m rag.embedders.export SOURCE TARGET

SOURCE is a sentence-transformers folder, or a packed multilingual-e5-small (rag/embedders/packed_e5.py).

Run once at set-up. It needs neither torch nor a network, so the ordinary install needs no torch.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from rag.embedders.export_packed import write_packed
from rag.embedders.keys import IDENTITY_KEY, LOWERCASE_KEY, WINDOW_KEY

Precision = Literal["f32", "f16"]

PHANTOM_SPACE = "\u2581"
SPECIAL_TOKENS = ("[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]")
_UNUSED_TENSORS = ("embeddings.position_ids", "pooler.dense.weight", "pooler.dense.bias")


class UnsupportedEmbedder(ValueError):
    """The folder holds no BERT encoder with mean pooling."""


@dataclass(frozen=True, slots=True)
class _Folder:
    """A sentence-transformers folder, parsed; `window_tokens` counts the special tokens."""

    name: str
    config: dict[str, Any]
    window_tokens: int
    lowercase: bool
    tokens: tuple[str, ...]
    weights: Path


def export(source: Path, target: Path, *, precision: Precision = "f16") -> None:
    """Write the embedder in `source` to `target`, which appears complete or not at all.

    As GGUF; a packed one as ONNX where the target's name ends so.

    A folder's matrices in half precision by default: as quick as full precision, half the file and memory,
    and no component of a vector differs from the original's by 1e-3 (tests/rag/embedders/test_gguf.py).

    Raises:
        UnsupportedEmbedder: a folder holds no BERT encoder with mean pooling.
        PackDamaged: a file is no packed multilingual-e5-small.
        OSError: a file is missing, or `target` cannot be written.
    Source:
        `BertModel` in llama.cpp's convert_hf_to_gguf.py (metadata, vocabulary, tensor names).
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    unfinished = target.with_name(f"{target.name}.{os.getpid()}.part")
    try:
        if source.is_dir():
            _write(_parse(source), unfinished, precision)
        else:
            write_packed(source, unfinished, form="onnx" if target.suffix == ".onnx" else "gguf")
        with unfinished.open("rb+") as written:
            os.fsync(written.fileno())
        unfinished.replace(target)
    finally:
        unfinished.unlink(missing_ok=True)


def _parse(folder: Path) -> _Folder:
    config = _json(folder / "config.json")
    pooling = _json(folder / "1_Pooling" / "config.json")
    if config.get("model_type") != "bert" or config.get("hidden_act") != "gelu":
        raise UnsupportedEmbedder(f"{folder} holds no BERT encoder with GELU")
    if not pooling.get("pooling_mode_mean_tokens"):
        raise UnsupportedEmbedder(f"{folder} does not pool by the mean")
    window = _json(folder / "sentence_bert_config.json").get("max_seq_length")
    tokens = tuple((folder / "vocab.txt").read_text("utf-8").rstrip("\n").split("\n"))
    if len(tokens) != config["vocab_size"]:
        raise UnsupportedEmbedder(f"{folder} has {len(tokens)} words for {config['vocab_size']} vectors")
    return _Folder(
        name=folder.name,
        config=config,
        window_tokens=min(window or config["max_position_embeddings"], config["max_position_embeddings"]),
        lowercase=bool(_json(folder / "tokenizer_config.json").get("do_lower_case", True)),
        tokens=tokens,
        weights=folder / "model.safetensors",
    )


def _json(path: Path) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(path.read_text("utf-8"))
    return parsed


def _write(folder: _Folder, target: Path, precision: Precision) -> None:
    import gguf

    writer = gguf.GGUFWriter(target, "bert")
    try:
        _add_parameters(writer, folder, precision)
        _add_vocabulary(writer, folder)
        _add_tensors(writer, folder, precision)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
    finally:
        writer.close()


def _add_parameters(writer: Any, folder: _Folder, precision: Precision) -> None:
    import gguf

    config = folder.config
    writer.add_name(folder.name)
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_layer_norm_eps(config["layer_norm_eps"])
    writer.add_causal_attention(False)
    writer.add_pooling_type(gguf.PoolingType.MEAN)
    writer.add_file_type(gguf.LlamaFileType.ALL_F32 if precision == "f32" else gguf.LlamaFileType.MOSTLY_F16)
    writer.add_uint32(WINDOW_KEY, folder.window_tokens)
    writer.add_bool(LOWERCASE_KEY, folder.lowercase)
    writer.add_string(IDENTITY_KEY, _identity(folder))


def _identity(folder: _Folder) -> str:
    """Names the weights, not the file made of them: both precisions are equal far below 1e-3."""
    with folder.weights.open("rb") as weights:
        digest = hashlib.file_digest(weights, "sha256").hexdigest()
    return f"{folder.name}:{digest[:16]}:mean"


def _add_vocabulary(writer: Any, folder: _Folder) -> None:
    import gguf

    types = [
        gguf.TokenType.CONTROL if token in SPECIAL_TOKENS else gguf.TokenType.NORMAL
        for token in folder.tokens
    ]
    writer.add_token_type_count(folder.config["type_vocab_size"])
    writer.add_tokenizer_model("bert")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([_phantom(token) for token in folder.tokens])
    writer.add_token_types(types)
    ids = {token: folder.tokens.index(token) for token in SPECIAL_TOKENS}
    writer.add_bos_token_id(ids["[CLS]"])
    writer.add_eos_token_id(ids["[SEP]"])
    writer.add_sep_token_id(ids["[SEP]"])
    writer.add_unk_token_id(ids["[UNK]"])
    writer.add_pad_token_id(ids["[PAD]"])
    writer.add_mask_token_id(ids["[MASK]"])


def _phantom(token: str) -> str:
    """The form llama.cpp's WordPiece expects: the beginning of a word is marked, its continuation is not."""
    if token in SPECIAL_TOKENS:
        return token
    return token[2:] if token.startswith("##") else PHANTOM_SPACE + token


def _add_tensors(writer: Any, folder: _Folder, precision: Precision) -> None:
    import gguf
    from safetensors.numpy import load_file

    names = gguf.get_tensor_name_map(gguf.MODEL_ARCH.BERT, folder.config["num_hidden_layers"])
    for original, tensor in load_file(folder.weights).items():
        name = original.removeprefix("bert.")
        if name in _UNUSED_TENSORS:
            continue
        mapped = names.get_name(name, try_suffixes=(".weight", ".bias"))
        if mapped is None:
            raise UnsupportedEmbedder(f"unknown tensor {original}")
        writer.add_tensor(mapped, _stored(name, tensor, precision))


def _stored(name: str, tensor: NDArray[Any], precision: Precision) -> NDArray[Any]:
    """Only the matrices are halved; llama.cpp wants positions, token types, norms and biases in float32."""
    is_matrix = tensor.ndim == 2 and "position_embeddings" not in name and "token_type_embeddings" not in name
    half = precision == "f16" and is_matrix
    return np.ascontiguousarray(tensor, dtype=np.float16 if half else np.float32)


def main(arguments: list[str]) -> int:
    if len(arguments) != 2:
        sys.stderr.write("usage: python -m rag.embedders.export SOURCE TARGET\n")
        return 2
    export(Path(arguments[0]), Path(arguments[1]))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
