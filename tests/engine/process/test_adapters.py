"""Adapters on the real small model: whether the numbers change when they should, and only then."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from engine.errors import AdapterUnfit, ModelMissing
from engine.process.adapters import LoadedAdapters
from engine.process.llama import LoadedModel, library
from engine.values import Adapter
from tests.conftest import SMALL_MODEL
from tests.fakes.adapter import write_adapter

pytestmark = pytest.mark.model

SHAPES = {f"blk.{layer}.attn_q.weight": (576, 576) for layer in range(30)}


@pytest.fixture(scope="module")
def model(weights: Path) -> Iterator[LoadedModel]:
    model = LoadedModel(str(weights / SMALL_MODEL), lambda _: True)
    yield model
    model.close()


@pytest.fixture
def context(model: LoadedModel) -> Iterator[object]:
    native = library()
    parameters = native.llama_context_default_params()
    parameters.n_ctx, parameters.n_threads, parameters.n_threads_batch = 64, 2, 2
    context = native.llama_init_from_model(model.handle, parameters)
    yield context
    native.llama_free(context)


@pytest.fixture
def adapters(model: LoadedModel, context: object) -> Iterator[LoadedAdapters]:
    adapters = LoadedAdapters(model, context, kept=2)
    yield adapters
    adapters.close()


@pytest.fixture
def logits(model: LoadedModel, context: object) -> Callable[[], np.ndarray]:
    """What the context computes now for one fixed text."""

    def compute() -> np.ndarray:
        native = library()
        native.llama_memory_clear(native.llama_get_memory(context), True)
        tokens = model.tokenize("The capital of France is", control=False)
        array = (ctypes.c_int32 * len(tokens))(*tokens)  # the batch only points at it
        batch = native.llama_batch_get_one(array, len(tokens))
        assert native.llama_decode(context, batch) == 0
        return np.ctypeslib.as_array(native.llama_get_logits_ith(context, -1), (model.token_count,)).copy()

    return compute


def write(folder: Path, name: str, *, strength: float = 0.5, seed: int = 1) -> Adapter:
    return Adapter(str(write_adapter(folder / f"{name}.gguf", SHAPES, strength=strength, seed=seed)))


def test_an_adapter_changes_what_is_computed_and_taking_it_off_changes_it_back(
    adapters: LoadedAdapters, logits: Callable[[], np.ndarray], tmp_path: Path
) -> None:
    before = logits()
    adapters.use(write(tmp_path, "strong"))
    changed = logits()
    adapters.use(None)
    assert np.abs(changed - before).max() > 0.1
    assert np.array_equal(logits(), before)


def test_an_adapter_of_zeros_changes_nothing(
    adapters: LoadedAdapters, logits: Callable[[], np.ndarray], tmp_path: Path
) -> None:
    before = logits()
    adapters.use(write(tmp_path, "zero", strength=0.0))
    assert np.allclose(logits(), before, atol=1e-4)


def test_the_scale_says_how_strongly_and_none_at_all_is_no_adapter(
    adapters: LoadedAdapters, logits: Callable[[], np.ndarray], tmp_path: Path
) -> None:
    before = logits()
    path = write(tmp_path, "strong").path
    changes = []
    for scale in (0.0, 0.01, 1.0):
        adapters.use(Adapter(path, scale))
        changes.append(float(np.abs(logits() - before).max()))
    assert changes[0] == 0.0 < changes[1] < changes[2]


def test_adapters_are_switched_and_the_least_recently_used_is_let_go(
    adapters: LoadedAdapters, logits: Callable[[], np.ndarray], tmp_path: Path
) -> None:
    made = [write(tmp_path, f"a{seed}", seed=seed) for seed in range(4)]
    first = []
    for adapter in made:
        adapters.use(adapter)
        first.append(logits())
        assert len(adapters._loaded) <= 2
    for adapter, expected in zip(made, first, strict=True):
        adapters.use(adapter)
        assert np.array_equal(logits(), expected)
    assert not np.array_equal(first[0], first[1])


def test_an_adapter_that_is_loaded_ahead_stays_for_its_use(
    adapters: LoadedAdapters, logits: Callable[[], np.ndarray], tmp_path: Path
) -> None:
    one, two, three = (write(tmp_path, f"a{seed}", seed=seed) for seed in range(3))
    adapters.use(one)
    adapters.load(two)
    adapters.load(three)  # lets two go, never the one in use
    with_one = logits()
    adapters.use(three)
    assert not np.array_equal(logits(), with_one)


def test_a_file_that_was_replaced_is_another_adapter(
    adapters: LoadedAdapters, logits: Callable[[], np.ndarray], tmp_path: Path
) -> None:
    adapter = write(tmp_path, "same", seed=1)
    adapters.load(adapter)
    adapters.use(adapter)
    before = logits()
    write(tmp_path, "same", seed=2)
    adapters.load(adapter)
    adapters.use(adapter)
    assert not np.array_equal(logits(), before)


def test_an_adapter_whose_file_is_gone_goes_on_being_used(
    adapters: LoadedAdapters, logits: Callable[[], np.ndarray], tmp_path: Path
) -> None:
    adapter = write(tmp_path, "gone")
    adapters.load(adapter)
    Path(adapter.path).unlink()
    before = logits()
    adapters.use(adapter)
    assert not np.array_equal(logits(), before)
    adapters.use(None)
    adapters.use(adapter)


def test_what_does_not_fit_is_refused_and_the_present_one_stays(
    adapters: LoadedAdapters, logits: Callable[[], np.ndarray], tmp_path: Path
) -> None:
    adapters.use(write(tmp_path, "strong"))
    before = logits()
    wrong = write_adapter(tmp_path / "wrong.gguf", {"blk.0.attn_q.weight": (64, 64)})
    with pytest.raises(AdapterUnfit):
        adapters.use(Adapter(str(wrong)))
    with pytest.raises(ModelMissing):
        adapters.load(Adapter(str(tmp_path / "none.gguf")))
    assert np.array_equal(logits(), before)
