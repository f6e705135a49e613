from __future__ import annotations

import os
from pathlib import Path

import pytest

from engine.process import threads

pytestmark = pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="only Linux tells the affinity")


def topology(folder: Path, siblings: list[str]) -> Path:
    for number, names in enumerate(siblings):
        (folder / f"cpu{number}" / "topology").mkdir(parents=True)
        (folder / f"cpu{number}" / "topology" / "thread_siblings_list").write_text(names + "\n")
    return folder


def test_hyperthreads_count_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 1, 2, 3})
    assert threads.physical_cores(topology(tmp_path, ["0,2", "1,3", "0,2", "1,3"])) == 2


def test_processors_without_a_topology_count_as_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "sched_getaffinity", lambda _pid: {0, 5, 7})
    assert threads.physical_cores(tmp_path) == 3


@pytest.mark.parametrize(("cores", "chosen"), [(1, 1), (2, 2), (4, 4), (6, 5), (32, 8)])
def test_small_computers_give_all_cores_and_large_ones_keep_some(
    cores: int, chosen: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(threads, "physical_cores", lambda: cores)
    assert threads.choose(0) == chosen


def test_a_requested_number_is_taken() -> None:
    assert threads.choose(3) == 3
