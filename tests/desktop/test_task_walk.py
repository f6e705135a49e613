"""The Tasks place in a real window under Xvfb, used as a person would (task_walk.py), with the small model.

The small model knows little of tickets: what it chooses is not looked at, only that each row gets its cells.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.desktop.walked import walked

pytestmark = [pytest.mark.model, pytest.mark.window]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> dict[str, Any]:
    return walked("tests.desktop.task_walk", tmp_path_factory.mktemp("walk"), "--short")


def test_a_run_survives_the_death_of_the_model(walk: dict[str, Any]) -> None:
    assert walk["run"]["state"] == "done"
    assert walk["run"]["done"] == walk["run"]["rows"] == 12


def test_the_window_stays_responsive_while_rows_come_in(walk: dict[str, Any]) -> None:
    assert walk["run"]["longest_pause_ms"] < 250


def test_a_cell_is_corrected_by_key_and_the_table_exported(walk: dict[str, Any]) -> None:
    assert walk["review"]["corrected"] == 1
    assert walk["review"]["exported_bytes"] > 5_000


def test_nothing_tried_for_the_network(walk: dict[str, Any]) -> None:
    assert walk["connections"] == 0
