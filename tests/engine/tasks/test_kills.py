"""A run that is killed ends with the same cells as one that is not. The long version: tests/benchmarks."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from tests.benchmarks.task_kills import Series, content, differences

ROWS, KILLS = 500, 3


@pytest.mark.skipif(sys.platform == "win32", reason="the deaths are signals")
def test_a_killed_run_ends_with_the_cells_of_an_undisturbed_one(tmp_path: Path) -> None:
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    undisturbed.mkdir()
    killed.mkdir()
    Series(undisturbed, ROWS).finish()
    assert Series(killed, ROWS).kill_again_and_again(KILLS, random.Random(3)), "no kill found the run at work"
    found = content(killed)
    assert differences(content(undisturbed), found) == []
    assert found["integrity"] == ["ok"]
    assert found["runs"][0] == "done"
    assert len(found["rows"]) == ROWS


def test_a_lost_or_changed_cell_is_seen(tmp_path: Path) -> None:
    Series(tmp_path, 30).finish()
    whole = content(tmp_path)
    assert differences(whole, {**whole, "cells": whole["cells"][:-1]}) == ["cells: 1 differ"]
