"""desktop/viewer/texts.py: the first look, pages, searching."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from desktop.lanes import Lane
from desktop.viewer.spot import Spot, whole
from desktop.viewer.texts import PAGES_A_TURN, Hit, Texts, look, occurrences
from engine.values import Source
from rag.values import DocumentRow, Page
from tests.fakes.application import FakeApplication


def row(path: Path, pages: int, size_bytes: int) -> DocumentRow:
    return DocumentRow(1, "Contracts", path.name, str(path), "ready", "", 9, pages, size_bytes)


def document(application: FakeApplication, path: Path, texts: list[str], *, numbered: bool = True) -> Path:
    path.write_bytes(b"content")
    for number, text in enumerate(texts, start=1):
        application.pages[str(path), number if numbered else None] = Page(number if numbered else None, text)
    application.rows.append(row(path, len(texts), 7))
    return path


@pytest.fixture
def lane(qapp: object) -> Iterator[Lane]:
    made = Lane("errands")
    yield made
    assert made.close()


# --- the first look --------------------------------------------------------------------------------------


def test_look_gives_the_page_and_how_many_there_are(application: FakeApplication, tmp_path: Path) -> None:
    path = document(application, tmp_path / "a.pdf", ["one", "two"])
    seen = look(application, Spot(Source("a.pdf", str(path), 2, 0, 3, "two", "", 1.0)))
    assert (seen.page.text, seen.pages, seen.state) == ("two", 2, "as read")
    assert look(application, whole("a.pdf", str(path))).page.number == 1


def test_format_without_pages_has_none(application: FakeApplication, tmp_path: Path) -> None:
    path = document(application, tmp_path / "a.txt", ["all of it"], numbered=False)
    seen = look(application, whole("a.txt", str(path)))
    assert (seen.page.number, seen.pages) == (None, 0)


def test_look_says_what_became_of_the_file(application: FakeApplication, tmp_path: Path) -> None:
    path = document(application, tmp_path / "a.txt", ["all of it"], numbered=False)
    path.write_bytes(b"another content")
    assert look(application, whole("a.txt", str(path))).state == "changed"
    path.unlink()
    assert look(application, whole("a.txt", str(path))).state == "gone"


def test_passage_stands_in_for_a_page_that_is_not_kept(application: FakeApplication) -> None:
    source = Source("a.pdf", "/gone/a.pdf", 9, 0, 12, "The passage.", "", 1.0)
    seen = look(application, Spot(source))
    assert (seen.page, seen.state) == (Page(9, "The passage."), "forgotten")


# --- searching -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("NOTICE", ["notice"]),
        ("ninety  days", ["ninety\ndays"]),
        ("(90)", ["(90)"]),
        (".*", []),
        ("", []),
    ],
)
def test_words_are_found_whatever_their_case_and_line_breaks(words: str, found: list[str]) -> None:
    text = "by ninety\ndays (90) of notice"
    assert [text[start:end] for start, end in occurrences(text, words)] == found


def test_hits_of_all_pages_come_in_order(
    qtbot: QtBot, application: FakeApplication, lane: Lane, tmp_path: Path
) -> None:
    pages = [f"page {n}" + (" needle" if n % 50 == 0 else "") for n in range(1, 2 * PAGES_A_TURN + 30)]
    path = document(application, tmp_path / "a.pdf", pages)
    texts = Texts(application, lane, whole("a.pdf", str(path)))
    with qtbot.waitSignal(texts.looked):
        pass
    texts.search("needle")
    qtbot.waitUntil(lambda: not texts.searching)
    assert texts.hits == [Hit(50, 8, 14), Hit(100, 9, 15)]
    texts.search("")
    assert texts.hits == []
    texts.close()


def test_new_search_ends_the_one_before(
    qtbot: QtBot, application: FakeApplication, lane: Lane, tmp_path: Path
) -> None:
    path = document(application, tmp_path / "a.pdf", ["hay and needle"] * 60)
    texts = Texts(application, lane, whole("a.pdf", str(path)))
    with qtbot.waitSignal(texts.looked):
        pass
    texts.search("hay")
    texts.search("needle")
    qtbot.waitUntil(lambda: not texts.searching)
    assert len(texts.hits) == 60
    assert {hit.start for hit in texts.hits} == {8}
    texts.close()
