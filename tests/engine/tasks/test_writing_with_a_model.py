"""Texts written by the small model: that all the parts fit together, never what it says."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from engine.models.installed import InstalledModel
from engine.process.client import LocalModel
from engine.process.service import ModelService
from engine.settings import ModelSettings
from engine.tasks.kinds.registry import kind_of
from engine.tasks.ports import Tools
from engine.tasks.recipe import Kind, Recipe, Style
from engine.tasks.values import Line, TaskText
from rag.grounding import check
from rag.locating import Locator
from tests.conftest import SMALL_MODEL
from tests.fakes.model import InProcessWorker, never
from tests.fakes.tasks import CannedLookUp

CONTEXT = 640
PARAGRAPH = "The tank of pump {n} holds {n} litres. Clean its filter every two weeks with lukewarm water.\n\n"
LONG = TaskText("".join(PARAGRAPH.format(n=n) for n in range(2, 22)))  # more than the model can read at once
SHORT = TaskText(PARAGRAPH.format(n=2))


def _nearest(texts: Sequence[str], among: Sequence[str], k: int) -> list[list[tuple[int, float]]]:
    raise AssertionError("no vectors are needed")


@pytest.fixture(scope="module")
def tools(weights: Path) -> Iterator[Tools]:
    service = ModelService(ModelSettings(threads=2, idle_unload_s=None))
    installed = InstalledModel("small", "Small", weights / SMALL_MODEL, 1, CONTEXT)
    model = LocalModel(InProcessWorker(service), installed)
    model.load()  # now: the scheduler's thread outlives the tests
    yield Tools(model, Locator(), _nearest, CannedLookUp(), check)
    service.close()


def lines(kind: Kind, text: TaskText, tools: Tools) -> tuple[Line, ...]:
    outcome = kind_of(kind).work(Recipe("Pumps", kind, style=Style(10)), text, tools, cancelled=never)
    assert outcome is not None
    assert outcome.model == "Small"
    assert outcome.tokens.completion > 0
    return outcome.lines


@pytest.mark.model
def test_a_text_that_is_longer_than_the_context_is_summarised(tools: Tools) -> None:
    ((summary,),) = lines("summarise", LONG, tools)
    assert summary.value


@pytest.mark.model
def test_questions_and_answers_are_pairs_whatever_the_model_writes(tools: Tools) -> None:
    for question, answer in lines("faq", SHORT, tools):
        assert question.value and answer.value
        assert answer.evidence or answer.doubts


@pytest.mark.model
def test_a_message_has_a_draft(tools: Tools) -> None:
    ((reply,),) = lines("reply", SHORT, tools)
    assert reply.value
