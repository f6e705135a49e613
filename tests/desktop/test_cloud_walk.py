"""A hard question in a real window under Xvfb, asked as a person would (cloud_walk.py), with the small model.

What either model says is not looked at: only what goes out, what comes back, and what is said of both.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.desktop.walked import walked

pytestmark = [pytest.mark.model, pytest.mark.window]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> dict[str, Any]:
    return walked("tests.desktop.cloud_walk", tmp_path_factory.mktemp("walk"), "--short")


def test_a_key_for_this_session_works_at_once(walk: dict[str, Any]) -> None:
    assert walk["test_key"]["said"].startswith("Works")


def test_an_unsure_answer_is_offered_and_what_was_seen_is_what_was_sent(walk: dict[str, Any]) -> None:
    assert walk["local"]["offer"].startswith("This one looks hard")
    assert walk["preview"]["unsought"] == ""
    assert walk["preview"]["longest_pause_ms"] < 250
    assert walk["cloud"]["tier"] == "frontier"
    assert walk["cloud"]["state"] in {"complete", "unsupported"}, walk["cloud"]["reason"]
    assert walk["receipt"]["same_bytes"]


def test_going_offline_ends_an_answer_and_keeps_what_had_come(walk: dict[str, Any]) -> None:
    assert walk["offline"]["seconds"] < 3
    assert walk["offline"]["local"] in {"complete", "unsupported"}
    assert walk["offline"]["state"] == "failed"
    assert walk["offline"]["kept"]


def test_what_went_out_is_counted_and_all_else_is_blocked(walk: dict[str, Any]) -> None:
    assert "Nothing was sent" not in walk["privacy"]["connections"]
    assert walk["privacy"]["proved"] == "All 6 tries were blocked."


def test_by_itself_the_provider_answers_below_the_local_answer(walk: dict[str, Any]) -> None:
    assert walk["automatic"]["tiers"] == ["local", "local", "frontier"]
