from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from rag.locating import MOST_PLACES, STRETCH, Locator, ValueKind
from tests.own_time import own_time


def found(value: str, kind: ValueKind, text: str) -> list[str]:
    return [text[start:end] for start, end in Locator()(value, kind, text)]


@pytest.mark.parametrize(
    ("value", "text", "words"),
    [
        ("1940", "Summe 1.940,00 €", ["1.940,00"]), ("1940.0", "in all 1,940.00", ["1,940.00"]),
        ("60.3", "TOTAL RM60.30", ["60.30"]), ("60.3", "EUR60,30", ["60,30"]), ("-5", "minus 5", ["5"]),
        ("12", "twelve (12) months", ["twelve", "12"]), ("1500000", "$1.5 million", ["1.5 million"]),
        ("3", "٣ كتب", ["٣"]), ("1940", "1 940,00 kr", ["1 940,00"]), ("2", "B2B and A2", []),
        ("1", "31.00 and 100", []), ("7", "", []),
    ],
)  # fmt: skip
def test_a_number_is_found_however_it_is_written(value: str, text: str, words: list[str]) -> None:
    assert found(value, "number", text) == words


@pytest.mark.parametrize(
    "text",
    ["3 May 2026", "03/05/2026", "05/03/2026", "3. Mai 2026", "3-MAY-26", "2026/05/03", "20260503",
     "03052026", "3 maggio 2026", "03.05.26", "2026年5月3日", "May 3rd, 2026"],
)  # fmt: skip
def test_a_date_is_found_however_it_is_written(text: str) -> None:
    assert found("2026-05-03", "date", f"on {text}, they say") == [text]


def test_another_day_is_not_found() -> None:
    assert found("2026-05-03", "date", "on 4 May 2026, 3 May 2025 and 3 June 2026") == []


@pytest.mark.parametrize(
    ("value", "text", "words"),
    [
        ("NO.2, JALAN 3/2, TAMAN", "X NO.2,JALAN 3/2,\nTAMAN Y", ["NO.2,JALAN 3/2,\nTAMAN"]),
        ("information", "of infor-\nmation", ["infor-\nmation"]),
        ("the “Red” Lion", "at THE 'RED' LION", ["THE 'RED' LION"]),
        ("office", "Oﬃce", ["Oﬃce"]), ("Straße", "STRASSE", ["STRASSE"]), ("cafe", "Café", ["Café"]),
        ("Müller", "Mu\u0308ller", ["Mu\u0308ller"]), ("rapist", "therapist", []),
        ("the rapist", "therapists", []),
        ("1.5", "15", []), ("12-34", "1234", []), ("東京", "私は東京に住む", ["東京"]),
        ("שלום", "אמר שלום לכולם", ["שלום"]), ("", "anything", []), ("“”", "anything “”", []),
    ],
)  # fmt: skip
def test_words_are_found_but_for_how_they_are_set(value: str, text: str, words: list[str]) -> None:
    assert found(value, "text", text) == words


def test_numbers_and_dates_are_read_with_all_that_they_may_mean() -> None:
    locator, text = Locator(), "Paid 1.000 on 05/06/2026 at 18:24"
    numbers = locator.readings(text, "number")
    assert [set(number.readings) for number in numbers] == [{"1", "1000"}]
    dates = locator.readings(text, "date")
    assert [set(date.readings) for date in dates] == [{"2026-06-05", "2026-05-06"}]


def test_what_stands_across_the_stretches_that_are_read_is_found() -> None:
    filler = ("lorem ipsum " * STRETCH)[: STRETCH - 6]
    assert found("2026-05-03", "date", f"{filler} 3 May 2026 {filler} {filler}") == ["3 May 2026"]
    assert found("1940", "number", f"{filler} 1 940,00 kr {filler}") == ["1 940,00"]


def test_a_megabyte_is_looked_through_in_a_moment_once_it_is_known() -> None:
    text = ("Lorem ipsum RM60.30 dolor on 12/05/2018 sit amet. " * 20_000)[:1_000_000]
    locator = Locator()
    for value, kind in (("60.3", "number"), ("2018-05-12", "date"), ("dolor on", "text")):
        locator(value, kind, text)  # type: ignore[arg-type]
        started = own_time()
        assert len(locator(value, kind, text)) == MOST_PLACES  # type: ignore[arg-type]
        assert own_time() - started < 0.25  # 7 ms on a quiet machine


@pytest.mark.parametrize(
    "hostile", ["111 " * 50_000, "1" * 1_000_000, "1." * 100_000, "may " * 50_000, '"' * 1_000_000]
)
def test_a_text_made_to_keep_it_busy_does_not(hostile: str) -> None:
    started = own_time()
    locator = Locator()
    locator("5", "number", hostile)
    locator("x y", "text", hostile)
    assert own_time() - started < 20


def test_a_number_of_400_digits_is_no_number() -> None:
    assert found("1" * 400, "number", f"{'1' * 400} and 5") == []
    assert found("5", "number", f"{'1' * 400} and 5") == ["5"]
    assert found("1e999999999", "number", "1") == []


def test_many_threads_may_ask_at_once() -> None:
    locator = Locator()
    texts = [f"{number} apples cost {number * 2}.00" for number in range(1, 200)]
    with ThreadPoolExecutor(8) as threads:
        places = list(threads.map(lambda text: locator(text.split()[0], "number", text), texts * 3))
    assert all(spans[0] == (0, len(text.split()[0])) for spans, text in zip(places, texts * 3, strict=True))
