from __future__ import annotations

import pytest

from rag.facts import facts


def _readings(text: str) -> list[set[str]]:
    return [set(fact.readings) for fact in facts(text)]


@pytest.mark.parametrize(
    ("text", "reading"),
    [
        ("1000", "1000"), ("1,000", "1000"), ("1.000", "1000"), ("1'000", "1000"), ("1\u00a0000", "1000"),
        ("1,234.50", "1234.5"), ("1.234,50", "1234.5"), ("12.5 %", "12.5"), ("12,5 %", "12.5"), ("007", "7"),
        ("ninety", "90"), ("Twenty-one", "21"), ("one hundred", "100"), ("zwölf", "12"), ("3rd", "3"),
        ("$1.5 million", "1500000"), ("2 Milliarden", "2000000000"), ("90-day", "90"), ("5km", "5"),
        ("终止90天", "90"), ("clause 10.1.3", "10.1.3"),
        ("九十天", "90"), ("百分之五", "5"), ("一百零五元", "105"),
        ("vierundzwanzig Monate", "24"), ("zum dritten Werktag", "3"), ("the third day", "3"),
        ("€3bn", "3000000000"),
        ("two hundred and fifty", "250"), ("1 250 euros", "1250"), ("trois mois", "3"),
        ("veinte meses", "20"),
        ("one month", "1"), ("the first day", "1"),
        ("am zweiten Tag", "2"), ("einen Monat", "1"), ("one thousand", "1000"), ("2 millones", "2000000"),
    ],
)  # fmt: skip
def test_number_is_read_however_it_is_written(text: str, reading: str) -> None:
    (found,) = _readings(text)
    assert reading in found


@pytest.mark.parametrize(
    "text",
    ["30 June 2027", "June 30, 2027", "30. Juni 2027", "2027-06-30", "30/06/2027", "30.06.2027", "06/30/2027",
     "30th day of June, 2027", "Jun 30 2027", "30 juin 2027", "30 de junio de 2027", "2027年6月30日",
     "30-06-2027", "2027/06/30", "2027.06.30", "30-JUN-2027", "30/Jun/2027", "30JUN2027", "30 giugno 2027",
     "30 de junho de 2027", "30 juni 2027"],
)  # fmt: skip
def test_date_is_read_however_it_is_written(text: str) -> None:
    (fact,) = facts(text)
    assert fact.readings == {"2027-06-30"}
    assert fact.implies == {"2027", "2027-06", "06-30"}
    assert text[fact.start : fact.end] == text


@pytest.mark.parametrize("text", ["30-06-27", "30/06/27", "30-JUN-27", "30 JUN 27"])
def test_year_of_two_digits_is_of_this_or_the_last_century(text: str) -> None:
    (fact,) = facts(f"{text} 18:24")[:1]
    assert fact.readings == {"2027-06-30", "1927-06-30"}


@pytest.mark.parametrize(
    "text", ["sort code 20-00-00", "clause 2.10.1", "105-06-2027", "on 28 March 18 people came"]
)
def test_numbers_with_hyphens_are_no_dates_unless_they_can_be(text: str) -> None:
    assert not any(len(reading) == 10 for fact in facts(text) for reading in fact.readings)


def test_date_without_a_year_or_a_day_is_read_as_far_as_it_goes() -> None:
    assert _readings("June 2027") == [{"2027-06"}]
    assert _readings("due on 30 June") == [{"06-30"}]


def test_date_that_may_mean_two_days_has_two_readings() -> None:
    assert _readings("05/06/2027") == [{"2027-06-05", "2027-05-06"}]


@pytest.mark.parametrize(
    "text",
    ["one of them", "first of all", "on second thought", "Q3", "B2B", "you may", "the June meeting", ""],
)
def test_what_is_no_number_is_none(text: str) -> None:
    assert facts(text) == []


def test_verb_may_before_a_number_is_no_month() -> None:
    assert _readings("you may 30 days later") == [{"30"}]


def test_impossible_dates_are_plain_numbers() -> None:
    assert {"2020"} in _readings("99/99/2020")


def test_number_in_words_and_digits_is_found_twice_at_its_places() -> None:
    text = "ninety (90) days"
    assert [text[fact.start : fact.end] for fact in facts(text)] == ["ninety", "90"]


@pytest.mark.parametrize("text", ["16:15", "4:15 pm", "4:15 p.m.", "16.15 Uhr", "16:15 Uhr", "16 Uhr 15"])
def test_time_of_day_is_read_however_it_is_written(text: str) -> None:
    (fact,) = facts(text)
    assert "16:15" in fact.readings


def test_afternoon_is_not_the_morning() -> None:
    assert _readings("4:15 am") == [{"04:15"}]
    assert _readings("at 4:15") == [{"04:15", "16:15"}]


def test_short_year_may_be_of_two_centuries() -> None:
    (fact,) = facts("14.10.26")
    assert fact.readings == {"2026-10-14", "1926-10-14"}
