from __future__ import annotations

import pytest

from engine.language import differ, language, language_name


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("The rent is due on the third working day of the month.", "en"),
        ("Die Miete muss am dritten Arbeitstag des Monats bezahlt werden.", "de"),
        ("Le loyer est dû le troisième jour ouvrable du mois.", "fr"),
        ("El alquiler se paga el tercer día de cada mes.", "es"),
        ("L'affitto è dovuto il terzo giorno di ogni mese.", "it"),
        ("O aluguel deve ser pago no terceiro dia do mês.", "pt"),
        ("De huur moet op de derde dag van de maand betaald worden.", "nl"),
        ("租金在每月的第三个工作日到期。", "CJK"),
        ("Арендная плата", "CYRILLIC"),
        ("1,240", ""),
        ("Three months", ""),
        ("", ""),
    ],
)
def test_a_sentence_is_told_by_its_small_words(text: str, expected: str) -> None:
    assert language(text) == expected


def test_only_certain_differences_count() -> None:
    assert differ("Die Miete ist hoch und fällig.", "The rent is high and due to the landlord.")
    assert not differ("1,240", "The rent is high and due to the landlord.")
    assert not differ("The rent is high and the flat is small.", "It is due on the third of the month.")


def test_a_language_has_a_name_where_it_is_certain() -> None:
    assert language_name("Die Miete muss am dritten Arbeitstag bezahlt werden.") == "German"
    assert language_name("Арендная плата") == ""  # or Ukrainian, or Bulgarian
    assert language_name("1,240") == ""
