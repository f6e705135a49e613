"""Numbers that stand for a person: of taxes, social security, identity cards; others where a word says so."""

from __future__ import annotations

import re
from collections.abc import Callable

from engine.masking import check_digits as check

Check = Callable[[str], bool]

_APART = r"[ \u00a0./-]?"
_START, _END = r"(?<![\w.,/-])(?<![€$£])", r"(?![\w]|[./-]\w|,\d)"


def _grouped(*groups: str, parting: str = _APART) -> str:
    return parting.join(groups)


# Each with what makes it sure: check digits, or a shape that little else has.
_BY_THEMSELVES: tuple[tuple[re.Pattern[str], Check], ...] = tuple(
    (re.compile(_START + shape + _END, flags), is_one)
    for shape, is_one, flags in (
        (_grouped(r"\d{2}", r"\d{3}", r"\d{3}", r"\d{3}"), check.is_steuer_id, 0),
        (r"[CFGHJKLMNPRTVWXYZ](?:[ -]?[CFGHJKLMNPRTVWXYZ0-9]){8}[ -]?\d", check.is_ausweis, 0),
        (_grouped(r"\d{2}", r"\d{2}" + _APART + r"\d{2}" + _APART + r"\d{2}", r"[A-Z]", r"\d{2}", r"\d"),
         check.is_sozialversicherung, re.IGNORECASE),
        (_grouped(r"[12378]", r"\d{2}", r"\d{2}", r"(?:\d{2}|2[AB])", r"\d{3}", r"\d{3}", r"\d{2}"),
         check.is_nir, re.IGNORECASE),
        (_grouped(r"\d{1,2}", r"\d{3}", r"\d{3}", r"[A-Z]"), check.is_dni, re.IGNORECASE),
        (_grouped(r"[XYZ]", r"\d{7}", r"[A-Z]"), check.is_dni, re.IGNORECASE),
        (_grouped(r"[XYZ]", r"\d", r"\d{3}", r"\d{3}", r"[A-Z]"), check.is_dni, re.IGNORECASE),
        (r"\d{3}([ \u00a0-])\d{2}\1\d{4}", check.is_ssn, 0),
        (_grouped(r"[A-Z]{2}", r"\d{2}", r"\d{2}", r"\d{2}", r"[A-D]"), check.is_nino, re.IGNORECASE),
        (_grouped("756", r"\d{4}", r"\d{4}", r"\d{2}"), check.is_ahv, 0),
        (_grouped(r"[A-Z]{3}", r"[A-Z]{3}", r"\d{2}[A-EHLMPRST]\d{2}", r"[A-Z]\d{3}[A-Z]"),
         check.is_codice_fiscale, re.IGNORECASE),
    )
)  # fmt: skip

# What says that the number behind it is somebody's, though nothing in the number does.
_NUMBER = r"(?:num(?:ber|mer|[ée]ro)|n[uú]mero|num|nr|no|n[°ºo]|n\.[°º]|id|code|#)\.?"
_DOCUMENTS = (
    r"passport|passeport|pasaporte|(?:reise|dienst)pass|pass|(?:personal)?ausweis|identity card|id[ -]card|"
    r"cni|carte (?:nationale )?d['’]identit[ée]|documento (?:nacional )?de identidad|dni|nie|nif|"
    r"driv(?:er['’]?s?|ing) licen[cs]e|f(?:ü|ue)hrerschein|permis de conduire|"
    r"(?:permiso|carn[eé]) de conducir|"
    r"steuer-?id|steueridentifikations|steuerliche identifikations|idnr|tin|ssn|itin|social security|nino|"
    r"national insurance|sozialversicherungs?|rentenversicherungs?|svnr|ahv|"
    r"s[ée]curit[ée] sociale|nir|seguridad social|nuss|nhs|medicare|mrn|medical record|carte vitale"
)
_DEALINGS = (
    r"customer|client|kunden|cliente|account|konto|compte|cuenta|member(?:ship)?|mitglieds?|adh[ée]rent|membre|"
    r"socio|employee|staff|personal|mitarbeiter|matricule|matrikel|salari[ée]|empleado|student|patient(?:en)?|"
    r"paciente|insurance|insured|policy|police|p[óo]liza|policen|versicherungs(?:schein)?|versicherten|"
    r"krankenversicherten|steuer|tax|taxpayer|fiscal|assur[ée]|identit[ée]|identidad|historia cl[íi]nica|"
    r"dossier (?:patient|m[ée]dical)|contrat d['’]assurance|afiliaci[óo]n|licen[cs]e"
)
_OF = r"(?: (?:de|du|del|de la|de l['’]|of)| d['’]|)"
_GLUE = r"(?:[\s:#=.(*_-]|\bis\b|\bist\b|\blautet\b|\best\b|\bes\b|\ble\b|\bel\b|\bder?\b){0,8}"
_LED = re.compile(
    rf"(?<![^\W_])(?:(?:{_DOCUMENTS})(?:[ -]?{_NUMBER})?|(?:{_DEALINGS})s?[ -]?{_NUMBER}|"
    rf"{_NUMBER}{_OF} ?(?:{_DEALINGS}|{_DOCUMENTS})s?){_GLUE}\Z",
    re.IGNORECASE,
)
_LED_WITHIN = 60  # characters before it
_VALUE = re.compile(
    r"(?<![\w,.])(?:[A-Z]{1,4}[./-]?|(?!ID|NR|NO|IS)[A-Z]{1,2} )?"
    r"\d[\dA-Z]*(?:[ \u00a0./-](?=[A-Z]{0,3}\d)[\dA-Z]+){0,7}(?:[ -][A-Z](?!\w))?(?!\w)"
)
_FEWEST_DIGITS = 4
_DATE = re.compile(r"\d{1,2}[./-]\d{1,2}[./-]\d{2,4}|\d{4}-\d{1,2}-\d{1,2}|(?:19|20)\d\d")


def id_numbers(text: str) -> list[tuple[int, int]]:
    """Where they stand; may overlap."""
    found = []
    for shape, is_one in _BY_THEMSELVES:
        for match in shape.finditer(text):
            if is_one(re.sub(r"[^A-Za-z0-9]", "", match.group()).upper()):
                found.append(match.span())
    return found + [match.span() for match in _VALUE.finditer(text) if _is_led(text, match)]


def _is_led(text: str, match: re.Match[str]) -> bool:
    if sum(sign.isdigit() for sign in match.group()) < _FEWEST_DIGITS or _DATE.fullmatch(match.group()):
        return False
    return bool(_LED.search(text, max(0, match.start() - _LED_WITHIN), match.start()))
