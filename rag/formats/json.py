"""JSON and JSON lines as a person would write them down: named values, tables of records, headings.

What is no valid JSON is read as the text it is, with a warning: it is often a settings file with comments
or an export that was cut off, and its words can be searched all the same.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from rag.errors import DocumentTooLarge, DocumentUnreadable
from rag.formats import source_code
from rag.formats.building import PageBuilder, TextBudget
from rag.formats.csv import first_rows_only
from rag.formats.encoding import text_of
from rag.formats.outline import add_values
from rag.formats.registry import Progress
from rag.settings import ReadLimits
from rag.values import Page, ReadDocument

_TOGETHER = 1000  # records that are looked at together: are they a table?
# Parsed, “{},” takes 70 bytes. Of real files, 50 MB of map data come to four million.
_MOST_CONTAINERS = 5_000_000
_SPACE = re.compile(r"[ \t\n\ufeff]*")
_LINES = frozenset({".jsonl", ".ndjson"})
# Numbers stay as they are written: “1.50” is what people search for. Control characters may stand in text.
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str, parse_constant=str, strict=False)


def read(path: Path, limits: ReadLimits, progress: Progress) -> ReadDocument:
    """One page without number, as far as the limit on text goes."""
    progress(0, None)
    text = text_of(path, limits)
    check_containers(path, text)
    try:
        document = _document(path, text, limits, progress)
    except ValueError:
        document = _as_text(path, text, limits)
    except RecursionError as error:
        raise DocumentUnreadable(str(path), "Its values are nested too deeply to be read.") from error
    progress(1, 1)
    return document


def check_containers(path: Path, text: str) -> None:
    """Raises: DocumentTooLarge: parsed, it would take more memory than its size says."""
    if text.count("{") + text.count("[") > _MOST_CONTAINERS:
        raise DocumentTooLarge(str(path), f"It holds more than {_MOST_CONTAINERS:,} lists and records.")


def _document(path: Path, text: str, limits: ReadLimits, progress: Progress) -> ReadDocument:
    builder = PageBuilder(TextBudget(path, limits.text_characters))
    broken: list[str] = []
    is_lines = path.suffix.lower() in _LINES
    values = iter(_from_lines(text, broken) if is_lines else values_of(text))
    read, warnings = 0, []
    while together := list(islice(values, _TOGETHER)):
        progress(0, None)
        try:
            add_values(builder, together, read + 1)
        except DocumentTooLarge as error:
            if read == 0:
                raise
            warnings.append(first_rows_only(read, error))
            break
        read += len(together)
    if broken:
        if read == 0:
            raise ValueError("no line is JSON")
        warnings.append(f"{len(broken):,} of its lines are not valid JSON and were left as they are.")
        for line in broken:
            builder.add("paragraph", line)
    return ReadDocument(path.stem, (builder.build(None),), tuple(warnings))


def _as_text(path: Path, text: str, limits: ReadLimits) -> ReadDocument:
    TextBudget(path, limits.text_characters).spend(len(text))
    page = Page(None, text, tuple(source_code.blocks(text)))
    return ReadDocument(path.name, (page,), ("It is not valid JSON, so it was read as plain text.",))


def _from_lines(text: str, broken: list[str]) -> Iterator[Any]:
    """A value of each line; lines that are none go to `broken`."""
    for line in lines_of(text):
        try:
            yield _DECODER.decode(line)
        except ValueError:
            broken.append(line)


def lines_of(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        end = text.find("\n", start)
        end = len(text) if end < 0 else end
        if line := text[start:end].strip():
            yield line
        start = end + 1


def values_of(text: str, decoder: json.JSONDecoder = _DECODER) -> Iterable[Any]:
    """The members of a list, one at a time so that a long one need not lie in memory whole; or the value.

    Raises:
        ValueError: it is no valid JSON, or there is more than one value.
    """
    start = _after_space(text, 0)
    if text[start : start + 1] == "[":
        yield from _members(text, start + 1, decoder)
        return
    value, end = decoder.raw_decode(text, start)
    yield value
    while (end := _after_space(text, end)) < len(text):  # values one after the other, as some programs log
        value, end = decoder.raw_decode(text, end)
        yield value


def _members(text: str, position: int, decoder: json.JSONDecoder) -> Iterator[Any]:
    position = _after_space(text, position)
    while text[position : position + 1] != "]":
        value, position = decoder.raw_decode(text, position)
        yield value
        position = _after_space(text, position)
        if text[position : position + 1] == ",":
            position = _after_space(text, position + 1)
        elif text[position : position + 1] != "]":
            raise ValueError(f"neither a comma nor an end at {position}")
    if _after_space(text, position + 1) != len(text):
        raise ValueError(f"more after the end at {position}")


def _after_space(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position
