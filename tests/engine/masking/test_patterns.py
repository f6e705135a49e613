from __future__ import annotations

import random
import string

import pytest

from engine.masking.finding import find, find_patterns
from engine.masking.overlaps import apart
from engine.masking.patterns import patterns
from engine.masking.values import Finding
from tests.own_time import own_time


def told(text: str) -> list[tuple[str, str]]:
    return [(each.kind, text[each.start : each.end]) for each in patterns(text)]


@pytest.mark.parametrize(
    ("text", "kind", "original"),
    [
        ("Schreiben Sie an jana.voß@büro-nord.de.", "EMAIL", "jana.voß@büro-nord.de"),
        ("<o'neil+x@mail.example.co.uk>", "EMAIL", "o'neil+x@mail.example.co.uk"),
        ("jane (at) example (dot) com", "EMAIL", "jane (at) example (dot) com"),
        ("请联系zhang@example.com谢谢", "EMAIL", "zhang@example.com"),
        ("Rückfragen: 030/1234567", "PHONE", "030/1234567"),
        ("Mobil 0151 23456789", "PHONE", "0151 23456789"),
        ("Zentrale +49 (0)89 636-48018", "PHONE", "+49 (0)89 636-48018"),
        ("Joignable au 01.42.68.53.00 le matin", "PHONE", "01.42.68.53.00"),
        ("au +33 6 12 34 56 78", "PHONE", "+33 6 12 34 56 78"),
        ("Me llaman al 612 345 678", "PHONE", "612 345 678"),
        ("o al 91 123 45 67", "PHONE", "91 123 45 67"),
        ("Reach me on 020 7946 0958 after six", "PHONE", "020 7946 0958"),
        ("at (415) 555-2671", "PHONE", "(415) 555-2671"),
        ("my number is 555 2671", "PHONE", "555 2671"),
        ("auf DE89 3704 0044 0532 0130 00", "IBAN", "DE89 3704 0044 0532 0130 00"),
        ("sur FR1420041010050500013M02606", "IBAN", "FR1420041010050500013M02606"),
        ("a ES91-2100-0418-4502-0005-1332", "IBAN", "ES91-2100-0418-4502-0005-1332"),
        ("IBAN: DE89 3704 0044 0532 0130 01", "IBAN", "DE89 3704 0044 0532 0130 01"),
        ("with 4111 1111 1111 1111", "CARD", "4111 1111 1111 1111"),
        ("Amex 3782-822463-10005", "CARD", "3782-822463-10005"),
        ("2223003122003222 until May", "CARD", "2223003122003222"),
        ("IdNr. 86 095 742 719", "ID", "86 095 742 719"),
        ("und 86095742719", "ID", "86095742719"),
        ("RV 65 170839 J 003", "ID", "65 170839 J 003"),
        ("65170839j003", "ID", "65170839j003"),
        ("Ausweis T220001293", "ID", "T220001293"),
        ("né, 2 69 05 49 588 157 80", "ID", "2 69 05 49 588 157 80"),
        ("269054958815780", "ID", "269054958815780"),
        ("con 12345678-Z", "ID", "12345678-Z"),
        ("con 12.345.678-Z", "ID", "12.345.678-Z"),
        ("X-1234567-L", "ID", "X-1234567-L"),
        ("on file: 123-45-6789", "ID", "123-45-6789"),
        ("NI AB 12 34 56 C", "ID", "AB 12 34 56 C"),
        ("AHV 756.9217.0769.85", "ID", "756.9217.0769.85"),
        ("her passport no. is 533401372", "ID", "533401372"),
        ("Reisepass C01X00T47", "ID", "C01X00T47"),
        ("numéro de passeport : 12AB34567", "ID", "12AB34567"),
        ("pasaporte AAB123456", "ID", "AAB123456"),
        ("Kunden-Nr.: KD-4711-22", "ID", "KD-4711-22"),
        ("customer number 998877", "ID", "998877"),
        ("nº de cliente 556677", "ID", "556677"),
        ("numéro de client : 556677", "ID", "556677"),
        ("patient ID 00441234", "ID", "00441234"),
        ("NHS number 943 476 5919", "ID", "943 476 5919"),
    ],
)  # fmt: skip
def test_finds_what_stands_for_a_person(text: str, kind: str, original: str) -> None:
    assert told(text) == [(kind, original)]


@pytest.mark.parametrize(
    "text",
    [
        "am 12.05.2024 um 10.30-11.45 Uhr, 2024-11-05, 05/11/2024, 12 05 2024",
        "1.250,00 EUR, 10 000 000 Einwohner, 1,250,000.50, € 300 000, 120 000 €",
        "§ 433 Abs. 2 BGB, Art. 1240, 15 U.S.C. 1681, 2023-2024, L. 2224-7",
        "Order 4711-0815, Rechnung Nr. 0301234567, facture n° 2024 0815 4711, pedido 612 345 679",
        "4111 1111 1111 1112",  # check digit
        "9111 1111 1111 1111",  # nobody's
        "DE89 3704 0044 0532 0130 01, DE89 3704",  # check digits, length
        "12345678A, 86 095 742 718, 2 69 05 49 588 157 81, 666-45-6789, T220001294",
        "ISBN 978-3-16-148410-0, 192.168.100.200, version 10.15.7.1, 3.14159265358979",
        "Artikel 0151 2345678, model number AB-1234567, Modell X200",
        "customer 5000, our account 2024, 1200 patients, member since 1998",
        "2001:db8::ff00:42:8329, d41d8cd98f00b204e9800998ecf8427e, 48.8584, 2.2945",
        "a@b, @home, user@localhost, x@@y.org, 3 @ 4.50",
        "Zimmer 301, Bahnsteig 12, 7 Stück zu je 1000 ml, Seite 12345",
    ],
)
def test_leaves_what_stands_for_nobody(text: str) -> None:
    assert told(text) == []


def test_full_width_digits_are_digits() -> None:
    assert told("４１１１ １１１１ １１１１ １１１１") == [("CARD", "４１１１ １１１１ １１１１ １１１１")]


def test_findings_do_not_overlap_and_lose_nothing() -> None:
    chance = random.Random(3)
    for _ in range(500):
        spans = [(start, start + chance.randint(1, 12)) for start in chance.choices(range(40), k=8)]
        result = apart([Finding(start, end, "ID") for start, end in spans])
        covered = [place for each in result for place in range(each.start, each.end)]
        assert covered == sorted(set(covered))
        assert set(covered) == {place for start, end in spans for place in range(start, end)}


def test_the_longer_of_two_findings_stays_whole() -> None:
    assert apart([Finding(0, 5, "PHONE"), Finding(3, 20, "ADDRESS")]) == [
        Finding(0, 3, "PHONE"),
        Finding(3, 20, "ADDRESS"),
    ]


def test_names_come_in_between_what_patterns_found() -> None:
    text = "Ana Ruiz, ana@example.org"
    assert find([text], lambda texts: [[Finding(0, 8, "PERSON")] for _ in texts]) == [
        [Finding(0, 8, "PERSON"), Finding(10, 25, "EMAIL")]
    ]
    assert find_patterns([text]) == [[Finding(10, 25, "EMAIL")]]


def test_hostile_text_takes_no_longer_than_its_length() -> None:
    chance = random.Random(5)
    parts = [
        "1", "1 ", "0", "0 1", "DE", "DE89 ", "@", "a@", "a.", "@a.b", "(", "+1", "A1", "tel ", "passport ",
        "no. ", "client ", "1-", "(at) ", "X1234567", "id 1", "IBAN", "numero de ", " ", "Aa-", "A ",
        "Straße ",        "12 rue ",
        "rue de ", "Calle A ", "12 A ", "St. ", "A, ", "Dr. ", "Dear A ", "de la ", "Gruß\n",
        "Name: A. ", "A'A", "12 High ", "Am Markt 3,\n", "".join(chance.choices(string.printable, k=500)),
    ]  # fmt: skip
    for part in parts:
        text = part * (50_000 // len(part))
        begun = own_time()
        patterns(text)
        assert own_time() - begun < 3, part


def test_a_pronoun_that_was_taken_for_a_name_is_not_masked() -> None:
    text = "He met Frau Li. The Director"
    found = find(
        [text], lambda _: [[Finding(0, 2, "PERSON"), Finding(7, 14, "PERSON"), Finding(16, 28, "PERSON")]]
    )
    assert [text[each.start : each.end] for each in found[0]] == ["Li"]
