from __future__ import annotations

import json
from pathlib import Path

import gguf
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from rag.embedders.export import UnsupportedEmbedder, export, main

TOKENS = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "rent", "##al"]
CONFIG = {
    "model_type": "bert",
    "hidden_act": "gelu",
    "hidden_size": 8,
    "intermediate_size": 16,
    "layer_norm_eps": 1e-12,
    "max_position_embeddings": 16,
    "num_attention_heads": 2,
    "num_hidden_layers": 1,
    "type_vocab_size": 2,
    "vocab_size": len(TOKENS),
}


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    """A sentence-transformers folder with a random BERT of one layer."""
    folder = tmp_path / "tiny"
    (folder / "1_Pooling").mkdir(parents=True)
    _write(folder / "config.json", CONFIG)
    _write(folder / "1_Pooling" / "config.json", {"pooling_mode_mean_tokens": True})
    _write(folder / "sentence_bert_config.json", {"max_seq_length": 12})
    _write(folder / "tokenizer_config.json", {"do_lower_case": False})
    (folder / "vocab.txt").write_text("\n".join(TOKENS) + "\n", "utf-8")
    random = np.random.default_rng(1)
    tensors = {name: random.normal(size=shape).astype(np.float32) for name, shape in _shapes()}
    tensors["embeddings.position_ids"] = np.arange(16).reshape(1, 16)
    save_file(tensors, folder / "model.safetensors")
    return folder


def _write(path: Path, value: object) -> None:
    path.write_text(json.dumps(value), "utf-8")


def _shapes() -> list[tuple[str, tuple[int, ...]]]:
    layer = "encoder.layer.0"
    matrices = [
        ("embeddings.word_embeddings.weight", (len(TOKENS), 8)),
        ("embeddings.position_embeddings.weight", (16, 8)),
        ("embeddings.token_type_embeddings.weight", (2, 8)),
        ("pooler.dense.weight", (8, 8)),
    ]
    norms = ["embeddings.LayerNorm", f"{layer}.attention.output.LayerNorm", f"{layer}.output.LayerNorm"]
    dense = [(f"{layer}.attention.self.{part}", (8, 8)) for part in ("query", "key", "value")]
    dense += [(f"{layer}.attention.output.dense", (8, 8)), (f"{layer}.intermediate.dense", (16, 8))]
    dense += [(f"{layer}.output.dense", (8, 16))]
    named = (
        matrices + [(f"{name}.weight", (8,)) for name in norms] + [(f"{name}.bias", (8,)) for name in norms]
    )
    named += [(f"{name}.weight", shape) for name, shape in dense]
    return named + [(f"{name}.bias", (shape[0],)) for name, shape in dense]


def test_every_weight_arrives_and_the_unused_ones_stay_behind(tiny: Path, tmp_path: Path) -> None:
    export(tiny, tmp_path / "tiny.gguf", precision="f32")
    written = {tensor.name: tensor.data for tensor in gguf.GGUFReader(tmp_path / "tiny.gguf").tensors}
    original = load_file(tiny / "model.safetensors")
    assert len(written) == len(original) - 2
    np.testing.assert_array_equal(
        written["blk.0.attn_q.weight"], original["encoder.layer.0.attention.self.query.weight"]
    )


def test_only_matrices_are_halved(tiny: Path, tmp_path: Path) -> None:
    export(tiny, tmp_path / "tiny.gguf")
    types = {
        tensor.name: tensor.tensor_type.name for tensor in gguf.GGUFReader(tmp_path / "tiny.gguf").tensors
    }
    assert types["blk.0.ffn_up.weight"] == types["token_embd.weight"] == "F16"
    assert types["blk.0.ffn_up.bias"] == types["position_embd.weight"] == "F32"


def test_words_are_marked_where_they_begin(tiny: Path, tmp_path: Path) -> None:
    export(tiny, tmp_path / "tiny.gguf")
    field = gguf.GGUFReader(tmp_path / "tiny.gguf").get_field("tokenizer.ggml.tokens")
    assert field is not None
    assert field.contents() == ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "▁rent", "al"]


def test_window_and_case_come_from_the_folder(tiny: Path, tmp_path: Path) -> None:
    export(tiny, tmp_path / "tiny.gguf")
    reader = gguf.GGUFReader(tmp_path / "tiny.gguf")
    facts = {key: field.contents() for key, field in reader.fields.items() if key.startswith("carrel.")}
    assert facts["carrel.window_tokens"] == 12
    assert facts["carrel.lowercase"] is False
    assert facts["carrel.identity"].startswith("tiny:")


def test_identity_follows_the_weights(tiny: Path, tmp_path: Path) -> None:
    def identity() -> str:
        export(tiny, tmp_path / "tiny.gguf")
        field = gguf.GGUFReader(tmp_path / "tiny.gguf").get_field("carrel.identity")
        assert field is not None
        return str(field.contents())

    before = identity()
    assert identity() == before
    tensors = load_file(tiny / "model.safetensors")
    tensors["embeddings.LayerNorm.bias"] += 1
    save_file(tensors, tiny / "model.safetensors")
    assert identity() != before


@pytest.mark.parametrize(
    ("file", "change"),
    [
        ("config.json", {"model_type": "roberta"}),
        ("config.json", {"vocab_size": 99}),
        ("1_Pooling/config.json", {"pooling_mode_mean_tokens": False}),
    ],
)
def test_what_is_no_bert_with_mean_pooling_is_refused(
    tiny: Path, tmp_path: Path, file: str, change: dict[str, object]
) -> None:
    _write(tiny / file, json.loads((tiny / file).read_text("utf-8")) | change)
    with pytest.raises(UnsupportedEmbedder):
        export(tiny, tmp_path / "tiny.gguf")
    assert not (tmp_path / "tiny.gguf").exists()


def test_a_failed_export_leaves_the_earlier_file_and_nothing_else(tiny: Path, tmp_path: Path) -> None:
    target = tmp_path / "out" / "tiny.gguf"
    export(tiny, target)
    before = target.read_bytes()
    tensors = load_file(tiny / "model.safetensors")
    save_file(tensors | {"unheard.of": np.zeros(3, np.float32)}, tiny / "model.safetensors")
    with pytest.raises(UnsupportedEmbedder):
        export(tiny, target)
    assert target.read_bytes() == before
    assert list(target.parent.iterdir()) == [target]


def test_the_command_says_how_it_is_used(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["only-one"]) == 2
    assert "SOURCE TARGET" in capsys.readouterr().err
