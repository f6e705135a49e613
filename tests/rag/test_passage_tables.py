from __future__ import annotations

import pytest

from rag.passage_tables import tables, told

PRICES = """Machines

| Machine | Rent per month | Purchase |
| --- | --- | --- |
| X1 | €49 | €990 |
| X2-W | €95 |  |

All prices are in euros."""


def test_a_row_is_told_with_the_name_of_each_column_beside_its_value() -> None:
    assert told(PRICES) == (
        "Machines\n\nX1: Rent per month: €49; Purchase: €990\nX2-W: Rent per month: €95\n\n"
        "All prices are in euros."
    )


def test_rows_that_a_passage_continues_are_named_by_its_heading() -> None:
    rows = "| X1 | €49 | €990 |\n| X2-W | €95 | €1,940 |"
    assert told(rows, "Prices › Machine, Rent per month, Purchase").endswith(
        "X2-W: Rent per month: €95; Purchase: €1,940"
    )


@pytest.mark.parametrize(
    ("text", "heading"),
    [
        ("| X1 | €49 |\n| X2 | €95 |", "Prices"),
        ("| X1 | €49 |", "Prices › Machine, Rent, in euros"),
        ("| X1 | €49 |", "Prices › Machine, Rent per mo…"),
        ("| X1 | €49 |\n|  |  |", ""),
        ("| Machine | Rent |\n| --- | --- |", "Prices"),
        ("A | B", ""),
    ],
    ids=["no columns", "a comma in a name", "cut names", "blank row", "no rows", "no table"],
)
def test_what_has_no_plain_columns_is_left_as_it_is(text: str, heading: str) -> None:
    assert told(text, heading) == text
    assert tables(text, heading) == []


def test_uneven_rows_and_bars_inside_cells_keep_their_columns() -> None:
    text = "| A | B | C |\n|:---|:---:|---:|\n| 1 | a \\| b |\n| 2 | c | d | e |"
    (table,) = tables(text)
    assert [row.cells for row in table.rows] == [("1", "a | b", ""), ("2", "c", "d")]
    assert [text[row.start : row.end] for row in table.rows] == ["| 1 | a \\| b |", "| 2 | c | d | e |"]


def test_two_tables_are_two() -> None:
    text = f"{PRICES}\n\n| Room | Key |\n| --- | --- |\n| 1.03 | A7 |"
    assert [table.columns[0] for table in tables(text)] == ["Machine", "Room"]
    assert told(text).endswith("1.03: Key: A7")
