"""The sample documents and the questions that go with them."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from pathlib import Path

from desktop import places
from rag.values import CollectionStatus

COLLECTION = "Sample documents"
MOST = 3


def folder() -> Path:
    return places.assets() / "samples"


def files() -> list[Path]:
    return sorted(path for path in folder().glob("*") if path.is_file())


def questions(collections: Iterable[CollectionStatus]) -> list[str]:
    """Questions to suggest: none unless the samples have been read."""
    if not any(found.name == COLLECTION and found.ready for found in collections):
        return []
    return _suggested()[:MOST]


def _suggested() -> list[str]:
    """Those that a sample document answers, in the file's order."""
    try:
        # Not among the samples: it would be read, and answer every question with the question.
        text = (places.assets() / "sample_questions.toml").read_text(encoding="utf-8")
    except FileNotFoundError:
        return []  # packagers may leave the samples out
    found = tomllib.loads(text)
    return [entry["text"] for entry in found["questions"] if entry.get("document")]
