"""desktop/tasks/words.py: how recipes and runs are spoken of."""

from __future__ import annotations

from datetime import datetime
from typing import get_args

import pytest

from desktop.tasks import words
from engine.tasks.recipe import FieldType, Kind, Recipe
from engine.tasks.values import GalleryRecipe, RunCounts, RunSource
from tests.fakes.scripted_tasks import FakeTasks

NOW = datetime(2026, 11, 22, 14, 2).timestamp()


def test_every_kind_and_every_type_has_words() -> None:
    assert set(words.KINDS) == set(get_args(Kind))
    assert set(words.TYPES) == set(get_args(FieldType))


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2026, 11, 22, 9, 5), "today 09:05"),
        (datetime(2026, 11, 21, 23, 59), "yesterday"),
        (datetime(2026, 10, 15), "15 October"),
        (datetime(2025, 10, 15), "15 October 2025"),
    ],
)
def test_days_are_said_as_a_person_would(moment: datetime, said: str) -> None:
    assert words.when(moment.timestamp(), NOW) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(3, "less than a minute"), (70, "about a minute"), (600, "about 10 minutes"), (9000, "about 2 hours")],
)
def test_durations_are_rounded(seconds: float, said: str) -> None:
    assert words.duration(seconds) == said


def test_time_expected_goes_by_the_newest_run_that_worked_on_enough() -> None:
    tasks = FakeTasks()
    tasks.add_run(None, "old", RunCounts(100, 100), seconds=1_000.0)
    tasks.add_run(None, "new", RunCounts(100, 50, 0), seconds=50.0)
    tasks.add_run(None, "two rows tell nothing", RunCounts(2, 2), seconds=60.0)
    assert words.seconds_for(300, tasks.runs()) == 300.0
    assert words.seconds_for(None, tasks.runs()) is None
    assert words.seconds_for(300, []) is None


@pytest.mark.parametrize(
    ("source", "said"),
    [
        (RunSource(("/x/tickets.csv",)), "tickets.csv"),
        (RunSource(("/x/a.pdf", "/x/b.pdf")), "2 files"),
        (RunSource(collection="Contracts"), "Contracts"),
        (RunSource(), "All documents"),
    ],
)
def test_what_a_run_works_on_has_a_name(source: RunSource, said: str) -> None:
    assert words.source_words(source) == said


def test_recipes_of_the_gallery_have_a_drawing_of_their_own() -> None:
    recipe = Recipe("x", "extract")
    assert words.icon_of(GalleryRecipe("cv-facts", recipe, "")) == "id-card"
    assert words.icon_of(GalleryRecipe("something", recipe, "")) == words.KINDS["extract"].icon
