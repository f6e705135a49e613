"""Whatever is broken in an office file, it is read or refused by name."""

from __future__ import annotations

import random
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from rag.errors import DocumentUnreadable
from rag.formats import read
from rag.settings import ReadLimits
from tests.fakes.documents import read_file
from tests.fakes.office import (
    cell,
    epub_parts,
    merged,
    odf_parts,
    presentation_parts,
    rows,
    shape,
    workbook_parts,
    zipped,
)

_SHEET = rows(["Region", "2025", None], ["North", 1.5, "=x"], [], ["Total", 2]) + merged("B1:C1", "A2:A4")
_TABLE = (
    '<table:table table:name="S"><table:table-row table:number-rows-repeated="2"><table:table-cell'
    ' office:value-type="float" office:value="1"><text:p>1</text:p></table:table-cell></table:table-row>'
    "</table:table>"
)
_LIST = (
    '<text:list text:style-name="L"><text:list-item text:start-value="3"><text:p>a</text:p></text:list-item>'
    "</text:list>"
)
_RULES = (
    '<text:list-style style:name="L"><text:list-level-style-number text:level="1" style:num-format="i"/>'
    "</text:list-style>"
)
_RTF = (
    rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0\fcharset204 A;}}{\stylesheet{\s1 heading 1;}}\pard\s1 One\par"
    rb"\trowd\cellx900\cellx1800\pard\intbl\u8364?\'80\cell b\cell\row\pard"
    rb"{\listtext 1.\tab}c{\footnote d}\par}"
)
_GOOD: dict[str, bytes | dict[str, str | bytes]] = {
    "a.xlsx": workbook_parts(
        {"S": _SHEET + f'<row r="9">{cell("A9", 45000.5, 1)}</row>'}, codes=['[>1]d/m/yy;0.0,"k"']
    ),
    "a.pptx": presentation_parts([shape("title", "One") + shape("body", "a", "b"), shape("", "c")]),
    "a.odt": odf_parts("text", _LIST + _TABLE, _RULES),
    "a.ods": odf_parts("spreadsheet", _TABLE),
    "a.odp": odf_parts("presentation", f"<draw:page><draw:frame>{_TABLE}</draw:frame></draw:page>"),
    "a.epub": epub_parts({"one.xhtml": "<h1>One</h1><p>text</p>"}),
    "a.rtf": _RTF,
}
_PIECES = (
    b"",
    b"<",
    b'"',
    b"&",
    b"-1",
    b"99999999999",
    b"\xff",
    b"1e999",
    b"{",
    b"}",
    b"\\",
    b"A1:XFD1048576",
)


def _cut(data: bytes, dice: random.Random) -> bytes:
    return data[: dice.randrange(1, len(data))]


def _changed(data: bytes, dice: random.Random) -> bytes:
    changed = bytearray(data)
    for _ in range(dice.choice((1, 3, 10))):
        place, piece = dice.randrange(len(changed) or 1), dice.choice(_PIECES)
        changed[place : place + dice.choice((0, 1, 5, 30))] = piece
    return bytes(changed)


@pytest.mark.parametrize("damage", [_cut, _changed])
@pytest.mark.parametrize("inside", [True, False])
@pytest.mark.parametrize("name", _GOOD)
def test_damaged_office_files_are_read_or_refused_by_name(
    tmp_path: Path, name: str, inside: bool, damage: Callable[[bytes, random.Random], bytes]
) -> None:
    """No exception of a library comes out of 60 damages of each kind, the same ones in every run.

    `inside` means the parts of the ZIP, whose checksums stay right.
    """
    good, dice, path = _GOOD[name], random.Random(f"{name}{inside}{damage.__name__}"), tmp_path / name
    refused = 0
    for _ in range(60):
        if isinstance(good, bytes):
            data = damage(good, dice)
        elif inside:
            part = dice.choice(list(good))
            content = good[part]
            raw = content if isinstance(content, bytes) else content.encode()
            data = zipped({**good, part: damage(raw, dice)})
        else:
            data = damage(zipped(good), dice)
        path.write_bytes(data)
        try:
            read_file(path)
        except DocumentUnreadable:
            refused += 1
    assert refused > 0
    if damage is _cut and name != "a.rtf":
        assert refused > 10


def test_the_files_that_are_damaged_are_good(tmp_path: Path) -> None:
    for name, good in _GOOD.items():
        path = tmp_path / name
        path.write_bytes(good if isinstance(good, bytes) else zipped(good))
        assert read_file(path).pages[0].text
        assert name == "a.rtf" or zipfile.is_zipfile(path)


@pytest.mark.parametrize("name", _GOOD)
def test_reading_can_be_stopped_inside_a_page(tmp_path: Path, name: str) -> None:
    """Progress is told, and cancelling and the time limit act, while a single page is read."""

    class StopError(Exception):
        pass

    calls: list[tuple[int, int | None]] = []

    def stop_at_the_third(done: int, total: int | None) -> None:
        calls.append((done, total))
        if len(calls) == 3:
            raise StopError

    good, path = _GOOD[name], tmp_path / name
    path.write_bytes(good if isinstance(good, bytes) else zipped(good))
    with pytest.raises(StopError):
        read(path, ReadLimits(), stop_at_the_third)
    assert {done for done, _ in calls} == {0}
