"""The real app in a real window under Xvfb, driven as a person would (walk.py), with the small model.

The small model invents, so what it says is not looked at: only that it comes, is kept and is checked.
"""

from pathlib import Path
from typing import Any

import pytest

from tests.desktop.walked import walked

pytestmark = [pytest.mark.model, pytest.mark.window]


@pytest.fixture(scope="module")
def walk(tmp_path_factory: pytest.TempPathFactory, weights: Path) -> dict[str, Any]:
    """What one walk through the app saw."""
    return walked("tests.desktop.walk", tmp_path_factory.mktemp("walk"))


def test_dropped_files_are_read_and_the_broken_one_is_named(walk: dict[str, Any]) -> None:
    assert walk["indexing"]["ready"] == 5
    assert len(walk["indexing"]["problems"]) == 1
    assert "PDF" in walk["indexing"]["problems"][0]


def test_the_window_stays_responsive_while_it_reads(walk: dict[str, Any]) -> None:
    # What a person feels as a hitch; 18 ms were measured on a busy computer.
    assert walk["indexing"]["longest_pause_ms"] < 250


def test_an_answer_comes_with_the_agreement_as_its_first_source(walk: dict[str, Any]) -> None:
    assert walk["answer"]["state"] in {"complete", "unsupported"}
    assert walk["answer"]["sources"][0] == "Brightwave framework agreement.pdf"
    assert walk["sources_open"]


def test_a_source_is_opened_at_its_page_with_the_passage_lit(walk: dict[str, Any]) -> None:
    assert walk["viewer"]["page"] > 1
    assert walk["viewer"]["lit"]
    assert walk["viewer"]["longest_pause_ms"] < 250


def test_what_the_documents_do_not_say_is_not_answered(walk: dict[str, Any]) -> None:
    assert walk["unanswerable"]["abstained"]
    assert walk["unanswerable"]["text"] == "I did not find this in your documents."


def test_a_dead_model_is_named_and_the_next_question_is_answered(walk: dict[str, Any]) -> None:
    assert walk["crash"]["state"] == "failed"
    assert "model" in walk["crash"]["reason"]
    assert walk["after_crash"]["state"] in {"complete", "unsupported"}


def test_nothing_tried_for_the_network(walk: dict[str, Any]) -> None:
    assert walk["connections"] == 0
