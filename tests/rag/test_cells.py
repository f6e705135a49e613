from __future__ import annotations

import time

import pytest

from rag.grounding import check

MACHINES = """| Machine | For offices with | Rent per month | Purchase |
| --- | --- | --- | --- |
| X1 compact | up to 10 people | €49 | €990 |
| X2-S with tank | up to 25 people | €79 | €1,690 |
| X2-W with mains water | up to 50 people | €95 | €1,940 |

Rent includes a yearly check, which costs €120 otherwise."""
HOURS = """| Place | Monday to Friday | Saturday | Sunday |
| --- | --- | --- | --- |
| Reading room | 9:00–20:00 | 10:00–16:00 | closed |
| Archive | 10:00–17:00 | closed | closed |
| Café | 8:30–19:00 | 9:30–17:30 | 11:00–15:00 |"""
STAFF = """| Name | Responsible for | Room | Stands in |
| --- | --- | --- | --- |
| Ruth Adeyemi | invoices and payments | 2.14 | Ivo Petrov |
| Ivo Petrov | purchasing | 2.16 | Ruth Adeyemi |
| Carla Mendes | travel bookings | 1.03 | Piet Vos |
| Piet Vos | building and keys | 0.07 | Carla Mendes |"""
WERKSTATT = """| Leistung | Dauer | Preis netto | Preis brutto |
| --- | --- | --- | --- |
| Inspektion klein | 1 Stunde | 75,00 € | 89,25 € |
| Reifen wechseln | 45 Minuten | 38,00 € | 45,22 € |"""
COFFEE = """| Blend | Roast | Bag | Price per bag |
| --- | --- | --- | --- |
| Harbour | dark | 1 kg | €21.90 |
| Morning Tide | medium | 1 kg | €22.90 |"""
TRAINS = """| Train | Leaves Halden | Second class | Bicycles |
| --- | --- | --- | --- |
| R 12 | 6:40 | 11.50 | yes |
| IC 204 | 8:15 | 18.00 | no |

Prices are in pounds."""

RENT = "What does it cost to rent an X2-W for a month?"
SATURDAY = "When is the reading room open on Saturdays?"


def is_marked(table: str, question: str, answer: str, title: str = "") -> bool:
    return any(item.state == "not_found" for item in check(answer, [table], [title], question))


@pytest.mark.parametrize(
    ("table", "question", "answer"),
    [
        (MACHINES, RENT, "The X2-W costs €1,940 per month to rent."),
        (MACHINES, RENT, "It costs €1,940."),
        (MACHINES, RENT, "€1,940"),
        (MACHINES, RENT, "The X2-W costs €79 per month to rent."),
        (MACHINES, RENT, "€79."),
        (MACHINES, "For how many people is the X1?", "Up to 25 people."),
        (HOURS, SATURDAY, "The reading room is open from 9:30 to 17:30 on Saturdays."),
        (HOURS, SATURDAY, "9:00–20:00"),
        (HOURS, "Is the archive open on Saturday?", "Yes, from 10:00 to 17:00."),
        (STAFF, "Who is responsible for invoices?", "Ivo Petrov is responsible for invoices."),
        (STAFF, "Who stands in for Ivo Petrov?", "Carla Mendes."),
        (STAFF, "In which room is Piet Vos?", "Piet Vos is in room 1.03."),
        (WERKSTATT, "Wie viel kostet der Reifenwechsel brutto?", "38,00 €"),
        (WERKSTATT, "Wie viel kostet der Reifenwechsel brutto?", "89,25 €"),
    ],
)
def test_a_value_from_another_row_or_column_is_marked(table: str, question: str, answer: str) -> None:
    assert is_marked(table, question, answer)


@pytest.mark.parametrize(
    ("table", "question", "answer"),
    [
        (MACHINES, RENT, "The X2-W costs €95 per month to rent."),
        (MACHINES, RENT, "€95"),
        (MACHINES, "What does the X2-W cost?", "€95 per month to rent, or €1,940 to purchase."),
        (MACHINES, "What does the X2-W cost to buy instead of rent?", "€1,940"),
        (MACHINES, "What is the yearly check on a rented X2-W?", "It costs €120 otherwise."),
        (
            MACHINES,
            "Which machines are there, and what is their rent?",
            "X1 compact €49, X2-S with tank €79.",
        ),
        (HOURS, SATURDAY, "The reading room is open from 10:00 to 16:00 on Saturdays."),
        (HOURS, "Is the archive open on Saturday?", "No, the archive is closed on Saturday."),
        (STAFF, "Who handles payments?", "Ruth Adeyemi handles payments."),
        (STAFF, "Who stands in for Ivo Petrov?", "Ruth Adeyemi stands in for Ivo Petrov."),
        (STAFF, "Who is responsible for the building while Piet Vos is away?", "Carla Mendes."),
        (WERKSTATT, "Wie viel kostet der Reifenwechsel brutto?", "45,22 €"),
        (COFFEE, "What does a bag of Harbour cost?", "A bag of Harbour costs €21.90."),
        (TRAINS, "What does the train R 12 cost?", "11.50 pounds."),
        (
            TRAINS,
            "How much is second class on the IC 204?",
            "The second class is 18.00 pounds on the IC 204.",
        ),
    ],
)
def test_a_value_from_the_row_and_column_spoken_of_is_not_marked(
    table: str, question: str, answer: str
) -> None:
    assert not is_marked(table, question, answer)


def test_rows_that_a_passage_continues_are_checked_by_the_columns_in_its_title() -> None:
    rows = (
        "| 2026-031 | Harvest Markets | 1,200.00 | 276.00 |\n| 2026-033 | Meridian Ltd | 3,450.00 | 793.50 |"
    )
    title = "Invoices.xlsx Invoices › Number, Customer, Net, VAT"
    question = "How much VAT is on the invoice to Meridian Ltd?"
    assert not is_marked(rows, question, "793.50", title)
    assert is_marked(rows, question, "3,450.00", title)
    assert is_marked(rows, question, "276.00", title)


def test_what_another_passage_says_outside_a_table_needs_no_place_in_it() -> None:
    (sentence,) = check(
        "The rent of an X2-W is €1,940.", [MACHINES, "The rent of an X2-W is €1,940."], (), RENT
    )
    assert (sentence.state, sentence.sources) == ("found", (1,))


def test_a_long_table_is_checked_quickly() -> None:
    rows = "\n".join(f"| Article {number} | {number}.50 | {number * 3}.75 |" for number in range(60))
    table = f"| Article | Net | Gross |\n| --- | --- | --- |\n{rows}"
    began = time.process_time()
    assert is_marked(table, "What is the gross price of article 57?", "Article 57 costs 57.50 gross.")
    assert not is_marked(table, "What is the gross price of article 57?", "Article 57 costs 171.75 gross.")
    assert time.process_time() - began < 1.0
