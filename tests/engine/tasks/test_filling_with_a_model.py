"""Fields and schemas filled by the small model: that all the parts fit together, never what it says."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from engine.models.installed import InstalledModel
from engine.process.client import LocalModel
from engine.process.service import ModelService
from engine.settings import ModelSettings
from engine.tasks.kinds import extract, structured
from engine.tasks.ports import Tools
from engine.tasks.recipe import Field, Recipe
from engine.tasks.values import TaskText
from rag.locating import Locator
from tests.conftest import SMALL_MODEL
from tests.fakes.model import InProcessWorker, never

CONTEXT = 1024
TEXT = TaskText("Ann Okafor ordered 12 oak shelves on 3 May 2026. It is urgent. ann@example.com")


@pytest.fixture(scope="module")
def tools(weights: Path) -> Iterator[Tools]:
    service = ModelService(ModelSettings(threads=2, idle_unload_s=None))
    installed = InstalledModel("small", "Small", weights / SMALL_MODEL, 1, CONTEXT)
    model = LocalModel(InProcessWorker(service), installed)
    model.load()  # now: the scheduler's thread outlives the tests
    yield Tools(model, Locator(), _unasked, _unasked, _unasked)
    service.close()


def _unasked(*_arguments: Any, **_named: Any) -> Any:
    raise AssertionError("neither vectors nor the library are needed")


@pytest.mark.model
def test_fields_are_filled_with_values_of_their_types(tools: Tools) -> None:
    recipe = Recipe(
        "Orders",
        "extract",
        fields=(
            Field("pieces", "integer"),
            Field("urgent", "boolean"),
            Field("goods", "choice", choices=("shelves", "doors")),
            Field("mail", "email"),
        ),
    )
    outcome = extract.KIND.work(recipe, TEXT, tools, cancelled=never)
    assert outcome is not None
    ((pieces, urgent, goods, mail),) = outcome.lines
    assert pieces.value is None or isinstance(pieces.value, int)
    assert urgent.value in (None, True, False)
    assert goods.value in (None, "shelves", "doors")
    assert (mail.value, mail.tier) == ("ann@example.com", "rules")
    assert all(cell.confidence is not None and 0 < cell.confidence <= 1 for cell in (pieces, urgent, goods))
    assert outcome.tokens.completion > 0
    assert outcome.model == "Small"


@pytest.mark.model
def test_a_schema_is_filled(tools: Tools) -> None:
    properties = {
        "pieces": {"type": "integer", "minimum": 1, "maximum": 99},
        "goods": {"enum": ["shelves", "doors"]},
    }
    schema = {"type": "object", "properties": properties, "required": ["pieces", "goods"]}
    recipe = Recipe("Orders", "structured", schema=json.dumps(schema))
    outcome = structured.KIND.work(recipe, TEXT, tools, cancelled=never)
    assert outcome is not None
    ((pieces, goods),) = outcome.lines
    assert pieces.value in range(1, 100)
    assert goods.value in ("shelves", "doors")
    assert pieces.confidence is not None
