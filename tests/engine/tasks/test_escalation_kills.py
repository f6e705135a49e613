"""Asking within a budget, through faults and kills. The long version: tests/benchmarks/escalation.py."""

from __future__ import annotations

import random
import sys
from pathlib import Path

import pytest

from tests.benchmarks.escalation import budget, faults, kills


def test_a_run_stops_at_its_budget_each_day_until_all_is_asked(tmp_path: Path) -> None:
    assert budget(tmp_path, 60)


def test_no_line_is_lost_to_a_fault_and_none_paid_twice(tmp_path: Path) -> None:
    assert faults(tmp_path, 100)


@pytest.mark.skipif(sys.platform == "win32", reason="the deaths are signals")
def test_no_line_is_lost_to_a_kill_and_none_paid_twice(tmp_path: Path) -> None:
    assert kills(tmp_path, 120, 3, random.Random(3))
