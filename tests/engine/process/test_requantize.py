"""llama.cpp's conversion, with the real small model: files, progress and failures."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from engine.errors import ConversionFailed, ModelDamaged, NotEnoughSpace
from engine.models.gguf import inspect
from engine.process import requantize as requantize_module
from engine.process.messages import Requantize, Requantized, Requantizing
from engine.process.requantize import requantize
from tests.fakes.gguf import small_model


@pytest.fixture(scope="module")
def path(weights: Path) -> str:
    return str(weights / "smollm2-135m-instruct-q4_1.gguf")


@pytest.mark.model
def test_a_model_is_written_anew_and_every_tensor_is_told(path: str, tmp_path: Path) -> None:
    target = tmp_path / "quick.part"
    *progress, last = requantize(Requantize(path, str(target), "Q4_0"))
    assert isinstance(last, Requantized)
    assert last.size_bytes == target.stat().st_size < Path(path).stat().st_size
    before, after = inspect(path), inspect(target)
    assert (after.quantization, after.parameters, after.layers) == ("Q4_0", before.parameters, before.layers)
    assert after.chat_template == before.chat_template
    assert [event.done for event in progress if isinstance(event, Requantizing)] == list(
        range(1, before.tensors + 1)
    )


@pytest.mark.model
def test_a_trial_keeps_only_a_few_layers(path: str, tmp_path: Path) -> None:
    target = tmp_path / "trial.part"
    *_, last = requantize(Requantize(path, str(target), "IQ4_NL", layers=2))
    assert isinstance(last, Requantized)
    assert inspect(target).layers == 2


@pytest.mark.model
def test_a_place_that_cannot_be_written_is_a_reason_not_a_crash(path: str, tmp_path: Path) -> None:
    with pytest.raises(ConversionFailed) as caught:
        list(requantize(Requantize(path, str(tmp_path / "none" / "quick.part"), "Q4_0")))
    assert "failed to quantize" in caught.value.detail


@pytest.mark.model
def test_tensors_that_contradict_the_header_leave_no_file(tmp_path: Path) -> None:
    source = small_model().write(tmp_path / "odd.gguf")
    target = tmp_path / "quick.part"
    with pytest.raises(ConversionFailed) as caught:
        list(requantize(Requantize(str(source), str(target), "Q4_0")))
    assert caught.value.detail
    assert not target.exists()


@pytest.mark.model
def test_a_failure_on_a_full_disk_is_said_as_such(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source = small_model().write(tmp_path / "odd.gguf")
    monkeypatch.setattr(requantize_module.shutil, "disk_usage", lambda _path: SimpleNamespace(free=100))
    with pytest.raises(NotEnoughSpace) as caught:
        list(requantize(Requantize(str(source), str(tmp_path / "quick.part"), "Q4_0")))
    assert (caught.value.needed_bytes, caught.value.free_bytes) == (source.stat().st_size, 100)


def test_nonsense_is_refused_before_llama_cpp_is_asked(tmp_path: Path) -> None:
    source = small_model().write(tmp_path / "model.gguf")
    with pytest.raises(ConversionFailed):
        next(requantize(Requantize(str(source), str(tmp_path / "quick.part"), "FAST")))
    source.write_bytes(b"no model")
    with pytest.raises(ModelDamaged):
        next(requantize(Requantize(str(source), str(tmp_path / "quick.part"), "Q4_0")))
