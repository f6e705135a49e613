from __future__ import annotations

import pytest

from tests.contracts.model import ModelContract
from tests.fakes.model import ScriptedModel


class TestScriptedModel(ModelContract):
    @pytest.fixture
    def model(self) -> ScriptedModel:
        return ScriptedModel(["Once there was a harbour in the north, and it had many boats in it."], 64)
