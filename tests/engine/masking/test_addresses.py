from __future__ import annotations

import pytest

from engine.masking.patterns import patterns


def told(text: str) -> list[str]:
    return [text[each.start : each.end] for each in patterns(text) if each.kind == "ADDRESS"]


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("Ich wohne in der Hauptstraße 12, 10115 Berlin.", "Hauptstraße 12, 10115 Berlin"),
        ("Ebert-Str. 7a, 60311 Frankfurt am Main", "Ebert-Str. 7a, 60311 Frankfurt am Main"),
        ("An: Am Markt 3\n01067 Dresden\n\nBetreff", "Am Markt 3\n01067 Dresden"),
        ("Unter den Linden 5, 10117 Berlin, hat", "Unter den Linden 5, 10117 Berlin"),
        ("Mariahilfer Straße 103/2/14, 1060 Wien", "Mariahilfer Straße 103/2/14, 1060 Wien"),
        ("die Wohnung Gartenstraße 5 ist frei", "Gartenstraße 5"),
        ("au 12 rue de la Paix, 75002 Paris.", "12 rue de la Paix, 75002 Paris"),
        (
            "12 bis, avenue du Général Leclerc 69003 Lyon Cedex 03",
            "12 bis, avenue du Général Leclerc 69003 Lyon Cedex 03",
        ),
        ("j'habite 5 boulevard Saint-Michel depuis", "5 boulevard Saint-Michel"),
        ("en la Calle Mayor 5, 28013 Madrid.", "Calle Mayor 5, 28013 Madrid"),
        ("C/ Gran Vía, 45, 3º B, 28013 Madrid", "C/ Gran Vía, 45, 3º B, 28013 Madrid"),
        ("Avda. de la Constitución n.º 12, 41001 Sevilla", "Avda. de la Constitución n.º 12, 41001 Sevilla"),
        ("at 221B Baker Street, London NW1 6XE, on", "221B Baker Street, London NW1 6XE"),
        ("Flat 3, 12 High Street, Oxford, OX1 4AB", "Flat 3, 12 High Street, Oxford, OX1 4AB"),
        (
            "to 1600 Pennsylvania Avenue NW, Washington, DC 20500",
            "1600 Pennsylvania Avenue NW, Washington, DC 20500",
        ),
        ("350 5th Ave, Apt 12, New York, NY 10118", "350 5th Ave, Apt 12, New York, NY 10118"),
        ("P.O. Box 123, Austin, TX 78701", "P.O. Box 123, Austin, TX 78701"),
        ("somewhere in NW1 6XE", "NW1 6XE"),
    ],
)  # fmt: skip
def test_an_address_is_found_as_each_country_writes_it(text: str, address: str) -> None:
    assert told(text) == [address]


@pytest.mark.parametrize(
    "text",
    [
        "Die Hauptstraße ist gesperrt, Parkplatz 40, Zimmer 12, § 12 Straßenverkehrsordnung",
        "Am Montag 12 Uhr, in Berlin, 10115 Stück",
        "La rue est barrée, 3 places de parking, 12 route barrée, 5 cours",
        "La calle es larga, 5 euros; la avenida principal",
        "Turn into the High Street, 12 people walked; Wall Street fell 300 points",
    ],
)
def test_words_like_a_streets_are_no_address(text: str) -> None:
    assert told(text) == []
