import dataclasses

import pytest

from desktop.errors import DesktopError, WorkerLost
from desktop.explain import explain, is_expected
from engine.errors import EngineError
from rag.errors import RagError


def _subclasses(root: type[Exception]) -> list[type[Exception]]:
    return [found for kind in root.__subclasses__() for found in (kind, *_subclasses(kind))]


def _concrete() -> list[type[Exception]]:
    kinds = [kind for root in (RagError, EngineError, DesktopError) for kind in _subclasses(root)]
    return [kind for kind in kinds if not kind.__subclasses__() or dataclasses.is_dataclass(kind)]


def _example(kind: type[Exception]) -> Exception:
    values = {
        "str": "something",
        "int": 3,
        "float": 1.5,
        "bool": True,
        "tuple[str, ...]": ("one",),
        "float | None": 2.5,
    }
    if not dataclasses.is_dataclass(kind):
        return kind()
    return kind(**{field.name: values[str(field.type)] for field in dataclasses.fields(kind)})


@pytest.mark.parametrize("kind", _concrete(), ids=lambda kind: kind.__name__)
def test_every_expected_error_has_words_of_its_own(kind: type[Exception]) -> None:
    error = _example(kind)
    words = explain(error)
    assert is_expected(error)
    assert words.title and words.what and words.advice
    assert "unexpected" not in words.what


def test_a_bug_is_called_a_bug_and_keeps_its_traceback() -> None:
    try:
        {}["missing"]
    except KeyError as error:
        words = explain(error)
    assert not is_expected(KeyError())
    assert "Carrel" in words.title
    assert "KeyError" in words.details


def test_what_was_lost_is_named_in_the_details() -> None:
    words = explain(WorkerLost("model", "The model stopped unexpectedly.", detail="SIGKILL"))
    assert words.what == "The model stopped unexpectedly."
    assert "SIGKILL" in words.details
