from __future__ import annotations

import sys
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from engine.errors import NotEnoughMemory
from engine.models.gguf import inspect
from engine.process.loading import check_memory
from engine.process.memory import WORKSPACE_BYTES, available_bytes, needed_bytes, trim
from tests.fakes.gguf import small_model

FREE = 1_024_000


@pytest.fixture
def free(monkeypatch: pytest.MonkeyPatch) -> None:
    memory = SimpleNamespace(total=9 * FREE, available=FREE)
    monkeypatch.setattr(psutil, "virtual_memory", lambda: memory)


def control_group(folder: Path, limit: str) -> Path:
    (folder / "memory.max").write_text(f"{limit}\n")
    (folder / "memory.current").write_text("4000\n")
    (folder / "memory.stat").write_text("anon 1\nfile 700\n")
    return folder


@pytest.mark.usefixtures("free")
def test_what_the_system_calls_available_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert available_bytes(tmp_path) == FREE


@pytest.mark.usefixtures("free")
def test_on_macos_all_there_is_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "platform", "darwin")
    assert available_bytes(tmp_path) == 9 * FREE


@pytest.mark.usefixtures("free")
def test_a_container_s_limit_counts_when_it_is_lower(tmp_path: Path) -> None:
    assert available_bytes(control_group(tmp_path, "5000")) == 1700


@pytest.mark.usefixtures("free")
def test_a_container_s_limit_that_is_higher_does_not_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "platform", "linux")
    assert available_bytes(control_group(tmp_path, "99000000")) == FREE
    assert available_bytes(control_group(tmp_path, "max")) == FREE


def test_a_system_that_does_not_say_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    def denied() -> None:
        raise PermissionError

    monkeypatch.setattr(psutil, "virtual_memory", denied)
    assert available_bytes() is None


def test_the_system_itself_can_be_asked() -> None:
    assert (available_bytes() or 0) > 1_000_000


def test_freed_memory_goes_back_to_the_system() -> None:
    held = [bytes(1000) for _ in range(100_000)]  # pieces so small that the C library keeps them
    kept, full = held[-1], psutil.Process().memory_info().rss
    del held
    trim()
    assert psutil.Process().memory_info().rss < full - 50_000_000
    assert len(kept) == 1000  # lies above all that was freed


def test_a_model_that_does_not_fit_is_refused_with_both_numbers(tmp_path: Path) -> None:
    header = inspect(small_model().write(tmp_path / "model.gguf"))
    needed = needed_bytes(header, 100)
    assert needed == header.size_bytes + header.kv_bytes(100) + WORKSPACE_BYTES
    check_memory(header, 100, needed)
    check_memory(header, 100, None)
    with pytest.raises(NotEnoughMemory) as caught:
        check_memory(header, 100, needed - 1)
    assert (caught.value.needed_bytes, caught.value.free_bytes) == (needed, needed - 1)


def test_what_is_evaluated_beside_a_chat_needs_room_of_its_own(tmp_path: Path) -> None:
    header = inspect(small_model().write(tmp_path / "model.gguf"))
    assert needed_bytes(header, 100, 60) == needed_bytes(header, 160)
