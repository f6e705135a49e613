from __future__ import annotations

import random

import pytest

from rag.formats.sheet_numbers import BUILT_IN, NumberFormat, general


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        ("General", 12339, "12339"),
        ("General", 0.1 + 0.2, "0.3"),
        ("General", 12345678901234, "12345678901234"),
        ("General", 1e-7, "0.0000001"),
        ("General", 1e20, "1E+20"),
        ("0", 2.5, "3"),
        ("0.00", 2.675, "2.68"),  # as decimal digits, not as the binary number just below
        ("#,##0.00", -1234.5, "-1234.50"),
        ("0.0#", 2.5, "2.5"),
        ("#.00", 0.5, ".50"),
        ("0%", 0.125, "13%"),
        ("#,##0\\ ;\\(#,##0\\)", -12339, "(12339)"),
        ("[$€-407] #,##0.00", -5.5, "-€ 5.50"),
        ("$#,##0.00", -0.001, "$0.00"),
        (BUILT_IN[44], -1234.5, "$(1234.50)"),
        (BUILT_IN[43], 0, "-"),
        ('[>=1000]0.0,"k";0', 1500, "1.5k"),
        ('[>=1000]0.0,"k";0', 15, "15"),
        ("0,,", 12_300_000, "12"),
        ("(000) 000-0000", 5551234567, "(555) 123-4567"),
        ("0.00E+00", 12345, "1.23E+04"),
        ("# ?/?", 1.5, "1 1/2"),
        ('"Yes";"Yes";"No"', 0, "No"),
        ("[Red]-0;0", 5, "-5"),
        (";;;", 5, ""),
        ("", 5, "5"),
        ("@", 5, "5"),
        ("0" * 300, 5, "5"),  # longer than Excel allows
    ],
)
def test_numbers_are_shown_as_in_their_cell(code: str, value: float, shown: str) -> None:
    assert NumberFormat(code)(value) == shown


@pytest.mark.parametrize(
    ("code", "value", "shown"),
    [
        (BUILT_IN[14], 45355, "2024-03-04"),
        ("dd/mm/yyyy hh:mm:ss", 45355.123456, "04/03/2024 02:57:47"),
        ("d-mmm-yy", 45355.5, "4-Mar-2024"),
        ("[$-F800]dddd\\,\\ mmmm\\ dd\\,\\ yyyy", 45355, "Monday, March 04, 2024"),
        ('yyyy"年"m"月"d"日"', 45355, "2024年3月4日"),
        ("h:mm AM/PM", 0.75, "6:00 PM"),
        ("[h]:mm:ss", 1.5, "36:00:00"),
        ("mm:ss.0", 0.0012345, "01:46.7"),
        ("h:mm", 0.999999, "0:00"),
        ("m/d/yyyy", 1, "1/1/1900"),
        ("m/d/yyyy", 61, "3/1/1900"),
        ("yyyy-mm-dd", -5, "-5"),
        ("yyyy-mm-dd", 3e6, "3000000"),
    ],
)
def test_dates_and_times_are_shown_as_in_their_cell(code: str, value: float, shown: str) -> None:
    assert NumberFormat(code)(value) == shown


def test_no_number_shows_nothing() -> None:
    assert general(float("nan")) == general(float("inf")) == ""
    assert NumberFormat("0.00")(float("inf")) == ""


@pytest.mark.parametrize(
    "code", ["[", '"', "\\", "_", "*", "0.0.0", "%%%", "E+", "[h", "0/0/0", "yyyy.0.0", ",,,0"]
)
@pytest.mark.parametrize("value", [0, -1.5, 1e14, 45355.7])
def test_broken_codes_show_something_or_nothing(code: str, value: float) -> None:
    assert len(NumberFormat(code)(value)) < 60


@pytest.mark.parametrize("code", ["0", "#,##0.00", '#,##0.0 "€"', "$0.00", "0.0%", "[Red]-0.00", "_(0.00_)"])
def test_usual_codes_are_shown_as_the_general_way_shows_them(code: str) -> None:
    """An empty text in quotation marks makes a code unusual and changes nothing that is shown."""
    usual, unusual = NumberFormat(code), NumberFormat(code.replace("0", '0""', 1))
    dice = random.Random(code)
    for value in [0, 0.005, -0.004, 2.675, -1e14, *(dice.uniform(-1e5, 1e5) for _ in range(300))]:
        assert usual(value) == unusual(value)
