from __future__ import annotations

import sys
from pathlib import Path

import pytest

from engine.errors import NotEnoughMemory
from engine.models.gguf import inspect
from engine.process.loading import check_memory
from engine.process.memory import WORKSPACE_BYTES, available_bytes, needed_bytes
from tests.fakes.gguf import small_model

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="reads Linux' files")


def system(folder: Path, *, meminfo_kb: int, group: dict[str, str] | None = None) -> Path:
    (folder / "proc").mkdir()
    (folder / "proc" / "meminfo").write_text(f"MemTotal: 99 kB\nMemAvailable:    {meminfo_kb} kB\n")
    if group:
        (folder / "sys/fs/cgroup").mkdir(parents=True)
        for name, text in group.items():
            (folder / "sys/fs/cgroup" / name).write_text(text)
    return folder


def test_what_the_system_calls_available_counts(tmp_path: Path) -> None:
    assert available_bytes(system(tmp_path, meminfo_kb=1000)) == 1_024_000


def test_a_container_s_limit_counts_when_it_is_lower(tmp_path: Path) -> None:
    group = {"memory.max": "5000\n", "memory.current": "4000\n", "memory.stat": "anon 1\nfile 700\n"}
    assert available_bytes(system(tmp_path, meminfo_kb=1000, group=group)) == 1700


def test_a_container_without_a_limit_does_not_count(tmp_path: Path) -> None:
    group = {"memory.max": "max\n", "memory.current": "4000\n", "memory.stat": "file 700\n"}
    assert available_bytes(system(tmp_path, meminfo_kb=1000, group=group)) == 1_024_000


def test_a_model_that_does_not_fit_is_refused_with_both_numbers(tmp_path: Path) -> None:
    header = inspect(small_model().write(tmp_path / "model.gguf"))
    needed = needed_bytes(header, 100)
    assert needed == header.size_bytes + header.kv_bytes(100) + WORKSPACE_BYTES
    check_memory(header, 100, needed)
    check_memory(header, 100, None)
    with pytest.raises(NotEnoughMemory) as caught:
        check_memory(header, 100, needed - 1)
    assert (caught.value.needed_bytes, caught.value.free_bytes) == (needed, needed - 1)
