from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from engine.errors import AdapterUnfit, ModelDamaged, ModelError, ModelMissing
from engine.models.adapters import inspect_adapter
from tests.fakes.adapter import write_adapter
from tests.fakes.gguf import FLOAT32, STRING, UINT32, Gguf
from tests.fakes.loadable import WIDTH, loadable_model

QUERY = "blk.0.attn_q.weight"


@pytest.fixture
def model(tmp_path: Path) -> Path:
    return loadable_model().write(tmp_path / "model.gguf")


def adapter(tmp_path: Path, **facts: Any) -> Path:
    shapes = facts.pop("shapes", {QUERY: (WIDTH, WIDTH)})
    return write_adapter(tmp_path / "adapter.gguf", shapes, **facts)


def unfit(path: Path, model: Path) -> str:
    with pytest.raises(AdapterUnfit) as caught:
        inspect_adapter(path, model)
    return caught.value.detail


def test_an_adapter_is_told_in_our_words(tmp_path: Path, model: Path) -> None:
    header = inspect_adapter(adapter(tmp_path, rank=8, alpha=16.0), model)
    assert (header.name, header.architecture) == ("adapter", "llama")
    assert (header.rank, header.alpha, header.weights) == (8, 16.0, 1)


def test_a_missing_file_is_missing(tmp_path: Path, model: Path) -> None:
    with pytest.raises(ModelMissing):
        inspect_adapter(tmp_path / "none.gguf", model)
    with pytest.raises(ModelMissing):
        inspect_adapter(adapter(tmp_path), tmp_path / "none.gguf")


@pytest.mark.parametrize(
    ("facts", "expected"),
    [
        ({"general_type": "model"}, "no LoRA adapter"),
        ({"adapter_type": "control_vector"}, "no LoRA adapter"),
        ({"architecture": "qwen2"}, "made for “qwen2”"),
        ({"omit": (f"{QUERY}.lora_b",)}, "missing"),
        ({"shapes": {"blk.9.attn_q.weight": (64, 64)}}, "has no weight"),
        ({"shapes": {"output_norm.weight": (64, 1)}}, "has no weight"),
        ({"shapes": {QUERY: (64, 32)}}, "another size"),
        ({"shapes": {QUERY: (32, 64)}}, "another size"),
        ({"shapes": {}}, "changes no weight"),
    ],
)
def test_what_does_not_fit_the_model_is_refused(
    tmp_path: Path, model: Path, facts: dict[str, Any], expected: str
) -> None:
    assert expected in unfit(adapter(tmp_path, **facts), model)


def test_a_model_is_no_adapter(model: Path) -> None:
    assert "no LoRA adapter" in unfit(model, model)


@pytest.mark.parametrize(
    ("key", "kind", "value"),
    [
        ("adapter.lora.alpha", UINT32, 16),  # llama.cpp aborts
        ("adapter.lora.alpha", FLOAT32, float("nan")),
        ("general.type", UINT32, 1),
        ("adapter.type", UINT32, 1),
        ("general.architecture", FLOAT32, 1.0),
    ],
)
def test_an_entry_of_another_type_is_damage(
    tmp_path: Path, model: Path, key: str, kind: int, value: object
) -> None:
    path = small_adapter().set(key, kind, value).write(tmp_path / "adapter.gguf")
    with pytest.raises(ModelDamaged):
        inspect_adapter(path, model)


def small_adapter() -> Gguf:
    return Gguf(
        entries=[
            ("general.architecture", STRING, "llama"),
            ("general.type", STRING, "adapter"),
            ("adapter.type", STRING, "lora"),
            ("adapter.lora.alpha", FLOAT32, 16.0),
        ],
        tensors=[
            (f"{QUERY}.lora_a", (WIDTH, 2), 0, 0),
            (f"{QUERY}.lora_b", (2, WIDTH), 0, 512),
        ],
        data_bytes=1024,
    )


def test_whatever_an_adapter_holds_it_is_read_or_refused(tmp_path: Path, model: Path) -> None:
    from tests.engine.models.test_gguf import mutant

    sound = small_adapter().content()
    chance = random.Random(3)
    path = tmp_path / "adapter.gguf"
    path.write_bytes(sound)
    assert inspect_adapter(path, model).rank == 2
    refused = 0
    for _ in range(300):
        path.write_bytes(mutant(sound, len(sound) - 1024, chance))
        try:
            inspect_adapter(path, model)
        except ModelError:
            refused += 1
    assert refused > 150
