"""desktop/viewer/sheets.py: where the pages stand."""

from __future__ import annotations

import pytest

from desktop.viewer.sheets import A4, GAP, Sheets


def test_pages_stand_one_under_the_other() -> None:
    sheets = Sheets(3, 100)
    assert sheets.top(1) == 0
    assert sheets.top(3) == pytest.approx(2 * (100 * A4 + GAP))
    assert sheets.total == pytest.approx(3 * 100 * A4 + 2 * GAP)


def test_page_at_a_height_is_found_and_the_gap_belongs_to_the_page_above() -> None:
    sheets = Sheets(3, 100)
    second = sheets.top(2)
    assert [sheets.at(y) for y in (-50, 0, second - 1, second, 99_999)] == [1, 1, 1, 2, 3]
    assert list(sheets.between(second - 1, second + 1)) == [1, 2]


def test_drawn_page_has_its_own_height_and_lends_it_to_those_not_drawn_yet() -> None:
    sheets = Sheets(3, 100)
    assert sheets.set_shape(1, 2.0)
    assert [sheets.height(n) for n in (1, 2, 3)] == [200, 200, 200]
    assert sheets.set_shape(2, 0.5)
    assert [sheets.height(n) for n in (1, 2, 3)] == [200, 50, 50]
    assert not sheets.set_shape(2, 0.5)


def test_width_scales_all() -> None:
    sheets = Sheets(2, 100)
    sheets.set_shape(1, 2.0)
    sheets.set_width(50)
    assert sheets.height(1) == 100
    assert sheets.total == 200 + GAP
