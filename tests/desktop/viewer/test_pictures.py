"""desktop/viewer/pictures.py: drawing on a lane, what is wanted first, what is kept."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from desktop.lanes import Lane
from desktop.viewer import pictures
from desktop.viewer.pictures import Pictures
from rag.errors import DocumentVanished
from rag.process.messages import PageDrawn
from tests.fakes.application import FakeApplication
from tests.fakes.scripts import Gate


@pytest.fixture
def lane(qapp: object) -> Iterator[Lane]:
    made = Lane("drawing")
    yield made
    assert made.close()


def sheet(width_px: int) -> PageDrawn:
    """Blue, green and red are told apart: a picture with swapped colours would show."""
    return PageDrawn(bytes((10, 20, 30, 0)) * (width_px * 2), width_px, 2, 9)


def asked(application: FakeApplication) -> list[tuple[int, int]]:
    return [call[1][1:] for call in application.calls if call[0] == "draw_page"]


def test_picture_has_the_colours_that_were_drawn(
    qtbot: QtBot, application: FakeApplication, lane: Lane
) -> None:
    application.drawings["/a.pdf", 3] = sheet
    made = Pictures(application, lane, "/a.pdf")
    with qtbot.waitSignal(made.drawn) as drawn:
        made.want([3], 40)
    assert drawn.args == [3]
    picture = made.get(3)
    assert picture is not None
    assert QColor(picture.image.pixel(39, 1)).getRgb()[:3] == (30, 20, 10)
    assert (picture.pages, picture.shape) == (9, 2 / 40)


def test_what_is_wanted_now_comes_before_what_was_wanted(
    qtbot: QtBot, application: FakeApplication, lane: Lane
) -> None:
    gate = Gate()

    def held(width_px: int) -> PageDrawn:
        gate.wait(lambda: False)
        return sheet(width_px)

    for number in range(1, 6):
        application.drawings["/a.pdf", number] = held
    made = Pictures(application, lane, "/a.pdf")
    made.want([1, 2, 3], 40)
    qtbot.waitUntil(gate.reached.is_set)
    made.want([5], 40)
    gate.open()
    qtbot.waitUntil(lambda: made.get(5) is not None)
    assert asked(application) == [(1, 40), (5, 40)]


def test_page_is_drawn_again_for_another_width_only(
    qtbot: QtBot, application: FakeApplication, lane: Lane
) -> None:
    application.drawings["/a.pdf", 1] = sheet
    made = Pictures(application, lane, "/a.pdf")
    with qtbot.waitSignal(made.drawn):
        made.want([1], 40)
    made.want([1], 40)
    with qtbot.waitSignal(made.drawn):
        made.want([1], 80)
    assert asked(application) == [(1, 40), (1, 80)]


def test_only_a_few_are_kept_and_those_seen_last(
    qtbot: QtBot, application: FakeApplication, lane: Lane, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pictures, "KEPT_BYTES", 2 * 40 * 2 * 4)
    made = Pictures(application, lane, "/a.pdf")
    for number in (1, 2, 3):
        application.drawings["/a.pdf", number] = sheet
        if number == 3:
            made.get(1)  # seen since
        with qtbot.waitSignal(made.drawn):
            made.want([number], 40)
    assert [number for number in (1, 2, 3) if made.get(number)] == [1, 3]


def test_page_that_cannot_be_drawn_says_why(qtbot: QtBot, application: FakeApplication, lane: Lane) -> None:
    application.drawings["/a.pdf", 1] = DocumentVanished("/a.pdf")
    made = Pictures(application, lane, "/a.pdf")
    with qtbot.waitSignal(made.failed) as failed:
        made.want([1, 2], 40)
    assert isinstance(failed.args[0], DocumentVanished)
    assert asked(application) == [(1, 40)]


def test_closed_document_is_not_heard_of_any_more(
    qtbot: QtBot, application: FakeApplication, lane: Lane
) -> None:
    gate = Gate()

    def held(width_px: int) -> PageDrawn:
        gate.wait(lambda: False)
        return sheet(width_px)

    application.drawings["/a.pdf", 1] = held
    made = Pictures(application, lane, "/a.pdf")
    made.want([1, 2], 40)
    qtbot.waitUntil(gate.reached.is_set)
    with qtbot.assertNotEmitted(made.drawn, wait=30):
        made.close()
        gate.open()
        qtbot.waitUntil(lambda: not lane.is_busy)
    assert asked(application) == [(1, 40)]
