"""Each case ended the process that loaded it, before its rule was there (found by gguf_mutants)."""

from __future__ import annotations

from pathlib import Path

import pytest

from engine.errors import ModelDamaged, ModelUnsupported
from engine.models.gguf import inspect
from tests.fakes.gguf import ARRAY, FLOAT32, INT32, STRING, UINT32, Gguf
from tests.fakes.loadable import loadable_model


def refusal(tmp_path: Path, model: Gguf) -> str:
    with pytest.raises(ModelDamaged) as caught:
        inspect(model.write(tmp_path / "model.gguf"))
    return caught.value.detail


@pytest.mark.parametrize("tokenizer", ["llama", "gpt2"])
def test_a_sound_model_passes(tmp_path: Path, tokenizer: str) -> None:
    assert inspect(loadable_model(tokenizer).write(tmp_path / "model.gguf")).layers == 2


@pytest.mark.parametrize(
    ("key", "kind", "value", "expected"),
    [
        ("llama.block_count", UINT32, 4096, "out of range"),
        ("llama.nextn_predict_layers", UINT32, 5, "predicting ahead"),
        ("llama.expert_count", UINT32, 4096, "experts"),
        ("llama.expert_used_count", UINT32, 512, "experts"),
        ("llama.expert_group_count", UINT32, 63, "experts"),
        ("llama.rope.scaling.type", STRING, "plamo2", "positions"),
        ("llama.attention.layer_norm_rms_epsilon", FLOAT32, -1.0, "out of range"),
        ("llama.attention.layer_norm_rms_epsilon", FLOAT32, float("-inf"), "out of range"),
        ("llama.attention.layer_norm_rms_epsilon", FLOAT32, float("nan"), "out of range"),
        ("tokenizer.ggml.tokens", ARRAY, (INT32, list(range(264))), "no texts"),
        ("tokenizer.ggml.merges", ARRAY, (INT32, [1, 2]), "no texts"),
        ("tokenizer.ggml.tokens", ARRAY, (STRING, [f"t{i}" for i in range(264)]), "single bytes"),
        ("tokenizer.ggml.token_type", ARRAY, (INT32, [6] * 264), "takes for bytes"),
        ("tokenizer.ggml.model", STRING, "bert", "takes for bytes"),
    ],
)
def test_a_contradiction_that_aborts_llama_cpp_is_found_before(
    tmp_path: Path, key: str, kind: int, value: object, expected: str
) -> None:
    assert expected in refusal(tmp_path, loadable_model().set(key, kind, value))


@pytest.mark.parametrize(
    ("count", "used", "groups", "groups_used", "sound"),
    [(8, 2, 0, 0, True), (256, 8, 8, 4, True), (8, 0, 0, 0, False), (8, 9, 0, 0, False), (8, 2, 3, 1, False),
     (8, 2, 4, 4, False), (8, 2, 8, 2, False), (1025, 2, 0, 0, False)],
)  # fmt: skip
def test_the_numbers_of_experts_must_go_together(
    tmp_path: Path, count: int, used: int, groups: int, groups_used: int, sound: bool
) -> None:
    model = (
        loadable_model().set("llama.expert_count", UINT32, count).set("llama.expert_used_count", UINT32, used)
    )
    model.set("llama.expert_group_count", UINT32, groups)
    model.set("llama.expert_group_used_count", UINT32, groups_used)
    if sound:
        inspect(model.write(tmp_path / "model.gguf"))
    else:
        assert "experts" in refusal(tmp_path, model)


@pytest.mark.parametrize("ggml_type", [9, 26])
def test_a_weight_of_a_type_that_nothing_multiplies_by_is_refused(tmp_path: Path, ggml_type: int) -> None:
    model = loadable_model()
    at = next(number for number, tensor in enumerate(model.tensors) if tensor[0] == "blk.1.attn_k.weight")
    name, shape, _, offset = model.tensors[at]
    model.tensors[at] = (name, shape, ggml_type, offset)
    assert "type that no model has" in refusal(tmp_path, model)


@pytest.mark.parametrize("word", ["none", "no_vocab"])
def test_a_model_without_a_vocabulary_is_not_called_damaged(tmp_path: Path, word: str) -> None:
    with pytest.raises(ModelUnsupported, match="no vocabulary"):
        inspect(loadable_model().set("tokenizer.ggml.model", STRING, word).write(tmp_path / "model.gguf"))
