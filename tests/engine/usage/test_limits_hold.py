"""Limits under load and under kills. The long version: tests/benchmarks/budget.py."""

from __future__ import annotations

import random
import sys
from contextlib import closing
from pathlib import Path

import pytest

from engine.errors import BudgetReached
from engine.usage.values import Estimate, Limits, Origin
from tests.benchmarks.budget import CAP, MOST, crowd, kill_again_and_again
from tests.fakes.ledger import make_ledger


def test_threads_that_reserve_at_once_do_not_pass_the_limit(tmp_path: Path) -> None:
    found = crowd(tmp_path / "usage.db", calls=400, cap=CAP // 2, settle=False)
    assert found.refused > 0
    assert CAP // 2 - MOST < found.highest <= CAP // 2
    assert found.spent == found.highest  # nothing was settled: what is held only grows


def test_what_is_settled_makes_room_again_and_no_more_than_that(tmp_path: Path) -> None:
    found = crowd(tmp_path / "usage.db", calls=400, cap=CAP // 4)
    assert found.refused > 0
    assert found.spent <= found.highest <= CAP // 4


def test_two_carrels_on_one_file_share_its_limit(tmp_path: Path) -> None:
    limits, estimate = Limits(day=10), Estimate(1, 1, 6, 6)
    path = tmp_path / "usage.db"
    with closing(make_ledger(path, limits=limits)) as one, closing(make_ledger(path, limits=limits)) as other:
        one.reserve(Origin("chat", 1), "openai", "gpt-x", estimate, automatic=True)
        with pytest.raises(BudgetReached):
            other.reserve(Origin("chat", 2), "openai", "gpt-x", estimate, automatic=True)


@pytest.mark.skipif(sys.platform == "win32", reason="the deaths are signals")
def test_a_killed_carrel_forgets_no_call_and_passes_no_limit(tmp_path: Path) -> None:
    deaths = kill_again_and_again(tmp_path / "usage.db", 4, CAP // 8, random.Random(5))
    assert deaths.kills, "no kill found it at work"
    assert deaths.wrong == []
    assert deaths.calls > 20
    assert 0 < deaths.spent <= CAP // 8
