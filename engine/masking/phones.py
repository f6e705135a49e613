"""Telephone numbers: what a country's numbering plan allows, or a word such as “Tel.” announces."""

from __future__ import annotations

import re
from functools import lru_cache

from engine.tasks.normalising.phones import FEWEST, MOST

_NUMBER = re.compile(
    r"(?<![\w.,/+-])(?<![€$£] )(?<![€$£])(?:\+ ?|\(\+?)?\d(?:[ \u00a0\u202f()/.-]{0,3}\d){4,16}"
    r"(?![\w%€$£]|[.,]\d| [€$£%])"
)
_LED = re.compile(
    r"(?<![^\W_])(?:tel|tél|tlf|phone|telephone|téléphone|telefon(?:nummer|isch)?|fon|fono|mobile?|mobil(?:nummer)?|móvil|cell|"
    r"handy(?:nummer)?|call|ring|dial|text|sms|whatsapp|fax|portable|fixe|teléfono|telefono|telefone|telefoon|"
    r"appelez|joindre|rappeler|llame|llamar|anrufen|erreichbar|rückruf|durchwahl|numéro|number|nummer|número|"
    r"ph|☎|📞|✆)(?![^\W_])[^\n\d+]{0,25}\Z|[☎📞✆]\s*\Z",
    re.IGNORECASE,
)
_LED_WITHIN = 40  # characters
_OTHERWISE = re.compile(
    r"(?<![^\W_])(?:order|invoice|ref(?:erence)?|article|item|part|model|serial|ticket|case|isbn|issn|sku|ean|"
    r"siret|siren|rechnung|rechnungs|bestell(?:ung|ungs)?|auftrag|auftrags|artikel|vorgang|vorgangs|aktenzeichen|az|"
    r"serien|modell|zähler|liefer|vertrag|vertrags|facture|commande|référence|réf|modèle|série|dossier|pedido|"
    r"factura|referencia|artículo|modelo|serie|expediente|contract|version|hrb|hra|bsn|batch|lot|charge|lote)"
    r"(?:[ -]?(?:no|nr|nummer|number|numéro|número|num|n[°ºo]|id|code))?(?![^\W_])[\s.:#°º-]{0,4}"
    r"(?:(?:is|ist|est|es|lautet)\s)?\Z",
    re.IGNORECASE,
)
_IS_DATE = re.compile(
    r"\d{1,2}([./ -])\d{1,2}\1(?:19|20)?\d\d|(?:19|20)\d\d([./ -])\d{1,2}\2\d{1,2}"
    r"|(?:0?[1-9]|[12]\d|3[01])[./-](?:0?[1-9]|1[0-2])[./-](?:(?:19|20)\d\d.*|\d\d(?: .*)?)"
    r"|\d{4}\s?[-–/]\s?\d{2,4}|\d{1,2}[.:]\d\d\s?-\s?\d{1,2}[.:]\d\d"
)
# A national number is looked up only in the plans of those who write numbers so.
_SHAPES = (
    (re.compile(r"\(?0[1-9]\d*\D.*|\(?0\d{8,11}"), ("DE", "FR", "GB", "AT", "CH", "IT", "NL", "BE", "IE")),
    (re.compile(r"\(?[2-9]\d\d\)?[ .-]{1,2}[2-9]\d\d[ .-]\d{4}"), ("US",)),
    (re.compile(r"1[ .-]\(?[2-9]\d\d\)?[ .-]{1,2}\d{3}[ .-]\d{4}"), ("US",)),
    (re.compile(r"[6-9]\d\d[ .-]\d{3}[ .-]\d{3}|[6-9]\d\d(?:[ .-]\d\d){3}"), ("ES",)),
    (re.compile(r"9\d[ .-]\d{3}(?:[ .-]\d\d){2}"), ("ES",)),
    (re.compile(r"[67]\d{8}"), ("ES",)),
)  # fmt: skip


def phones(text: str) -> list[tuple[int, int]]:
    found = []
    for match in _NUMBER.finditer(text):
        number = match.group()
        digits = sum(sign.isdigit() for sign in number)
        if not FEWEST <= digits <= MOST + 2 or _IS_DATE.fullmatch(number):
            continue
        before = max(0, match.start() - _LED_WITHIN), match.start()
        if _OTHERWISE.search(text, *before):
            continue
        if (digits > FEWEST and _LED.search(text, *before)) or _is_dialled(number):
            found.append(match.span())
    return found


@lru_cache(maxsize=4096)
def _is_dialled(number: str) -> bool:
    plain = number.lstrip("(")
    if plain.startswith(("+", "00")):
        return _is_valid("+" + re.sub(r"\(0\)", "", plain.lstrip("+0 ")), None)
    return any(
        _is_valid(number, country)
        for shape, countries in _SHAPES
        if shape.fullmatch(number)
        for country in countries
    )


def _is_valid(number: str, country: str | None) -> bool:
    import phonenumbers

    try:
        parsed = phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return False
    if country is None:  # the plan has gaps that are filled between our releases
        return bool(phonenumbers.is_possible_number(parsed))
    return bool(phonenumbers.is_valid_number_for_region(parsed, country))
