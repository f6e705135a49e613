from __future__ import annotations

import subprocess
import sys
from typing import Any

import pytest

from engine.tasks.normalising import emails, ibans, phones, urls
from engine.tasks.normalising.absence import is_absent
from engine.tasks.normalising.currencies import named
from engine.tasks.normalising.normal import Normal, Surroundings
from engine.tasks.normalising.values import normal_value
from engine.tasks.recipe import Field, FieldType
from rag.locating import Locator
from tests.own_time import own_time


def read(kind: FieldType, words: Any, text: str = "", told: str = "") -> Normal | None:
    return normal_value(Field("x", kind), words, Surroundings(text or str(words), Locator(), told))


def value(kind: FieldType, words: Any, text: str = "", told: str = "") -> Any:
    normal = read(kind, words, text, told)
    return normal.value if normal else None


@pytest.mark.parametrize(
    "words",
    ["24.11.2026", "24/11/2026", "2026-11-24", "Nov 24th, 2026", "24 novembre 2026", "24. November 2026",
     "24-NOV-26", "20261124", "24112026", "2026年11月24日", "24 de noviembre de 2026", "le 24 nov. 2026"],
)  # fmt: skip
def test_a_date_is_one_day_however_it_is_written(words: str) -> None:
    assert read("date", words) == Normal("2026-11-24", "2026-11-24", "date")


@pytest.mark.parametrize(
    "words", ["31/02/2026", "soon", "November 2026", "24 November", "", "13:45", "99/99/9999"]
)
def test_what_is_no_full_day_of_the_calendar_is_no_date(words: str) -> None:
    assert read("date", words) is None


@pytest.mark.parametrize(
    ("text", "told", "day"),
    [
        ("due 05/06/2026, made 22/05/2026", "", "2026-06-05"),
        ("due 05/06/2026, made 05/22/2026", "", "2026-05-06"),
        ("due 05/06/2026 (May 6, 2026)", "", "2026-05-06"),
        ("due 05/06/2026 (6 June 2026 is a holiday)", "month first", "2026-05-06"),
        ("die Rechnung ist am 05/06/2026 fällig und das ist bald", "", "2026-06-05"),
        ("due 05/06/2026, in all USD 5.00", "", "2026-05-06"),
        ("due 05/06/2026, in all RM 5.00", "", "2026-06-05"),
        ("due 05/06/2026", "Dates are written MM/DD/YYYY.", "2026-05-06"),
        ("due 05/06/2026", "Dates are written dd/mm/yyyy.", "2026-06-05"),
    ],
)
def test_what_stands_around_a_date_decides_which_number_is_the_day(text: str, told: str, day: str) -> None:
    assert read("date", "05/06/2026", text, told) == Normal(day, day, "date")


@pytest.mark.parametrize("text", ["due 05/06/2026", "due 05/06/2026, $5", "05/06/2026 13/01/2026 01/13/2026"])
def test_a_date_that_nothing_decides_is_unsure(text: str) -> None:
    assert read("date", "05/06/2026", text) == Normal("2026-06-05", "2026-06-05", "date", unsure=True)


def test_dots_are_written_day_first_and_equal_numbers_leave_nothing_open() -> None:
    assert read("date", "05.06.2026") == Normal("2026-06-05", "2026-06-05", "date")
    assert read("date", "05/05/2026") == Normal("2026-05-05", "2026-05-05", "date")


def test_two_dates_for_one_are_unsure() -> None:
    assert read("date", "1 Jan 2020 to 31 Dec 2020") == Normal(
        "2020-01-01", "2020-01-01", "date", unsure=True
    )


def test_a_year_of_two_digits_is_not_far_ahead() -> None:
    assert value("date", "05.03.26") == "2026-03-05"
    assert value("date", "05.03.71") == "1971-03-05"


@pytest.mark.parametrize(
    ("words", "amount", "currency"),
    [
        ("1.940,00 €", 1940.0, "EUR"), ("$1,234.50", 1234.5, "USD"), ("CHF 12.–", 12.0, "CHF"),
        ("RM 60.30", 60.3, "MYR"), ("RM60.30", 60.3, "MYR"), ("1.234 EUR", 1234.0, "EUR"),
        ("1'940.50 Fr.", 1940.5, "CHF"), ("-5,00 €", -5.0, "EUR"), ("(45.00)", -45.0, ""),
        ("1 940,00 kr", 1940.0, ""), ("€3bn", 3e9, "EUR"), ("PEN 5.00", 5.0, "PEN"),
        ("¥1,200", 1200.0, "JPY"),
        ("HK$ 20", 20.0, "HKD"), ("R$ 1.234,56", 1234.56, "BRL"), ("£0.99", 0.99, "GBP"), ("12", 12.0, ""),
        ("5 元", 5.0, "CNY"), ("US$ 12", 12.0, "USD"), ("100,- Kč", 100.0, "CZK"),
    ],
)  # fmt: skip
def test_an_amount_is_a_number_with_its_currency(words: str, amount: float, currency: str) -> None:
    assert value("amount", words) == {"value": amount, "currency": currency}


@pytest.mark.parametrize("words", ["free", "", "1" * 400, "€", "10.1.3"])
def test_what_names_no_number_is_no_amount(words: str) -> None:
    assert read("amount", words) is None


@pytest.mark.parametrize(
    ("words", "text", "currency"),
    [
        ("31.00", "AMOUNT\nRM\n31.00 FOR ALL", "MYR"), ("12.00", "SEK 5 and 12.00 kr", "SEK"),
        ("$5", "a total of $5, in SGD", "SGD"), ("12.00", "12.00 € or 13.00 $", "EUR"),
        ("14.00", "12.00 € or 13.00 $ or 14.00", ""), ("5.00", "PEN 1 TOP 2 ALL 5.00", ""),
    ],
)  # fmt: skip
def test_a_currency_is_looked_for_around_the_amount(words: str, text: str, currency: str) -> None:
    assert value("amount", words, text)["currency"] == currency


def test_words_that_look_like_currencies_are_none() -> None:
    assert named("from all pens, on Friday: RSVP, 6 feet, let us try") == []
    assert named("6 Ft, Fr. 5, rm 7") == ["HUF", "CHF", "MYR"]


@pytest.mark.parametrize(
    ("words", "number"),
    [("12", 12), ("twelve", 12), ("zwölf Monate", 12), ("7,5 %", 7.5), ("3.2 million", 3_200_000), ("-4", -4),
     ("1 234", 1234), ("1,234,567", 1_234_567), ("0.05", 0.05)],
)  # fmt: skip
def test_a_number_is_read_however_it_is_written(words: str, number: float) -> None:
    assert value("number", words) == number


def test_the_separator_of_the_other_numbers_decides_what_a_point_means() -> None:
    assert read("number", "1.234", "1.234 m for 3,75") == Normal(1234, "1234", "number")
    assert read("number", "1.234", "1.234 m for 3.75") == Normal(1.234, "1.234", "number")
    assert read("number", "1.234", "1.234 m") == Normal(1.234, "1.234", "number", unsure=True)


def test_an_integer_is_whole() -> None:
    assert value("integer", 12) == 12
    assert value("integer", "12.0") == 12
    assert value("integer", "12.5") is None


@pytest.mark.parametrize(
    ("kind", "words", "normal"),
    [
        ("email", "John.Doe@Example.COM", "John.Doe@example.com"), ("email", "mailto:a@b.co", "a@b.co"),
        ("email", "<x@y.org>.", "x@y.org"), ("email", "a@b", None), ("email", "a..b@c.de", None),
        ("email", "a b@c.de", None), ("email", f"{'a' * 65}@c.de", None),
        ("phone", "+49 (0)30 901820", "+4930901820"), ("phone", "0049 30 901820", "+4930901820"),
        ("phone", "TEL : 03-7731 8169", "03-7731 8169"), ("phone", "+1 212 555", None), ("phone", "12", None),
        ("phone", "call me", None), ("phone", "1" * 30, None),
        ("iban", "DE89 3704 0044 0532 0130 00", "DE89370400440532013000"),
        ("iban", "IBAN: CH93 0076 2011 6238 5295 7", "CH9300762011623852957"),
        ("iban", "gb82 west 1234 5698 7654 32", "GB82WEST12345698765432"),
        ("iban", "DE88 3704 0044 0532 0130 00", None), ("iban", "DE89 3704 0044 0532 0130", None),
        ("iban", "XX89 3704 0044 0532 0130 00", None),
        ("url", "https://Example.com/A?b=1.", "https://example.com/A?b=1"), ("url", "www.x.org", "www.x.org"),
        ("url", "not an address", None), ("url", "javascript:alert(1)", None), ("url", "http://[::1", None),
        ("url", "http://x.org:99999999/", None),
        ("text", "  two\n lines ", "two lines"),
    ],
)  # fmt: skip
def test_what_has_a_shape_is_checked_and_tidied(kind: FieldType, words: str, normal: str | None) -> None:
    assert value(kind, words) == normal


def test_a_choice_is_one_of_those_and_a_yes_is_no_text() -> None:
    field = Field("x", "choice", choices=("none", "some"))
    around = Surroundings("", Locator())
    assert normal_value(field, "none", around) == Normal("none", "")
    assert normal_value(field, "many", around) is None
    assert normal_value(Field("x", "boolean"), False, around) == Normal(False, "")
    assert normal_value(Field("x", "boolean"), "false", around) is None


@pytest.mark.parametrize(
    "words", ["N/A", "none", "Unknown.", "-", "“”", "not specified", "keine Angabe", "(null)", ""]
)
def test_words_for_nothing_are_nothing(words: str) -> None:
    assert is_absent(words)


@pytest.mark.parametrize("words", ["0", "None Such Ltd", "unknown artist", "Nan Goldin"])
def test_words_for_something_are_not_nothing(words: str) -> None:
    assert not is_absent(words)


@pytest.mark.parametrize(
    ("module", "text", "sure", "others"),
    [
        (emails, "to a.b@c.de, or (x@y.org). @home a@b", ["a.b@c.de", "x@y.org"], []),
        (phones, "TEL : 03-7731 8169, bill 01-143008 on 09/01/2019 for 12.50; +49 30 901820",
         ["03-7731 8169", "+49 30 901820"], ["01-143008"]),
        (ibans, "DE89 3704 0044 0532 0130 00 BIC COBADEFF, DE88370400440532013000",
         ["DE89 3704 0044 0532 0130 00", "DE88370400440532013000"], []),
        (urls, "see https://a.b/c(d). or www.e.fr, not e@mail.com; end.The FACEBOOK.COM/X",
         ["https://a.b/c(d)", "www.e.fr"], ["end.The", "FACEBOOK.COM/X"]),
    ],
)  # fmt: skip
def test_candidates_are_found_by_rule(module: Any, text: str, sure: list[str], others: list[str]) -> None:
    found = module.candidates(text)
    assert [text[each.start : each.end] for each in found if each.sure] == sure
    assert [text[each.start : each.end] for each in found if not each.sure] == others


@pytest.mark.parametrize("module", [emails, phones, ibans, urls])
@pytest.mark.parametrize(
    "part", ["a", "@", "1", "1 ", "a.", "a@", "DE12 ", "http://", "(", "a-", "+", "www."]
)
def test_a_megabyte_made_to_keep_a_rule_busy_does_not(module: Any, part: str) -> None:
    started = own_time()
    module.candidates(part * (1_000_000 // len(part)))
    assert own_time() - started < 8  # up to a second on a quiet machine


def test_the_numbers_of_the_worlds_telephones_are_loaded_when_one_is_read() -> None:
    kinds = "engine.tasks.kinds.extract, engine.tasks.kinds.structured"
    code = f"import sys, {kinds}; print('phonenumbers' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"
