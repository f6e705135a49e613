"""`carrel search` when the passages' meaning could not be compared; the rest is in test_cli.py."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from contextlib import contextmanager
from types import SimpleNamespace
from typing import Any

import pytest

from desktop.cli import search
from rag.values import FoundPassage, StoredPassage

PASSAGE = StoredPassage(1, 1, "lease.md", "/d/lease.md", None, 0, 16, "The rent is due.", "Rent")


def searched(monkeypatch: pytest.MonkeyPatch, *, words_only: bool, as_json: bool = False) -> None:
    found = [FoundPassage(PASSAGE, 1.0, 0.0, 1.0, words_only)]

    @contextmanager
    def opened(_: argparse.Namespace) -> Iterator[Any]:
        yield SimpleNamespace(library=SimpleNamespace(search=lambda *_, **__: (found, 0.01)))

    monkeypatch.setattr(search, "opened", opened)
    arguments = argparse.Namespace(
        query="rent", json=as_json, k=10, collection=None, kind=None, since=None, until=None
    )
    assert search.run_search(arguments) == 0


def test_a_search_by_words_alone_says_so_in_one_line_on_standard_error(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    searched(monkeypatch, words_only=True)
    said = capsys.readouterr()
    assert said.err == f"{search.WORDS_ONLY}\n"
    assert "The rent is due." in said.out
    searched(monkeypatch, words_only=False)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("words_only", [True, False])
def test_the_json_document_says_whether_only_words_were_compared(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], words_only: bool
) -> None:
    searched(monkeypatch, words_only=words_only, as_json=True)
    document = json.loads(capsys.readouterr().out)
    assert document["words_only"] is words_only
    assert [passage["document"] for passage in document["passages"]] == ["lease.md"]
