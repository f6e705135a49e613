from __future__ import annotations

import pytest

from engine.masking.patterns import patterns
from engine.masking.salutations import without_title


def told(text: str) -> list[str]:
    return [text[each.start : each.end] for each in patterns(text) if each.kind == "PERSON"]


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("Sehr geehrte Frau Prof. Dr. von der Leyen, sehr geehrter Herr Özil!", ["von der Leyen", "Özil"]),
        ("Dear Priya,\nthank you.", ["Priya"]),
        ("Bonjour Mme de La Tour d'Auvergne, M. N'Diaye", ["de La Tour d'Auvergne", "N'Diaye"]),
        ("don Íñigo Montoya y la Sra. García-Márquez", ["Íñigo Montoya", "García-Márquez"]),
        ("Mit freundlichen Grüßen\n\nJörg Škoda\nNordwind GmbH", ["Jörg Škoda"]),
        ("Un saludo,\nMaría José", ["María José"]),
        ("Cordialement,\nÉlodie Lefèvre", ["Élodie Lefèvre"]),
        ("Cheers,\nZoë", ["Zoë"]),
        ("Name: Ivo Ćosić\nOrt: Zagreb", ["Ivo Ćosić"]),
        ("Von: Petra Klein <p@k.de>", ["Petra Klein"]),
    ],
)
def test_who_is_addressed_or_signs_is_a_person(text: str, names: list[str]) -> None:
    assert told(text) == names


@pytest.mark.parametrize(
    "text",
    [
        "Dear Sir or Madam, Dear Customer, Hi all, Hallo zusammen, Liebe Kollegen, Estimados señores:",
        "Herr Doktor, Frau Präsidentin, Madame, Monsieur, Mr. President",
        "Kind regards,\nThe Customer Service Team",
        "Mit freundlichen Grüßen\nNordwind GmbH",
        "Don't do that. Miss it? Best of all, thanks to it.",
    ],
)
def test_who_is_nobody_in_particular_is_not(text: str) -> None:
    assert told(text) == []


def test_a_title_is_no_part_of_a_name() -> None:
    titled = ["Frau", "Sra", "Frau Dr. Müller", "el Sr. García", "Drake", "M. Dupont"]
    assert [without_title(name) for name in titled] == ["", "", "Müller", "García", "Drake", "M. Dupont"]
