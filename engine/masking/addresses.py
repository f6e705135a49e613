"""Postal addresses by how they are written in German, French, Spanish and English.

A street with a number is one, with a town or without; what only a postcode makes an address (“Am Markt 3,
10115 Berlin”) needs that. Each part is bounded, so the time grows with the text's length alone.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_UP = r"[A-ZÀ-ÖØ-ÞŒŠŽ]"
_WORD = rf"{_UP}[\w'’.]{{0,30}}"
_PARTING = r"(?:[ \t]{0,3},?[ \t]{0,3}\n?[ \t]{0,3})"
_LINE = r"(?:[ \t]{0,3}[,\n][ \t]{0,3})"
# Towns of several words are known by their first, or by what stands between.
_TOWN = (
    rf"(?:(?:Bad|Sankt|St\.?|Ste|San|Santa|Santo|Santiago|Las|Los|La|Le|Les|El|New|Old|Great|North|South|East|West|Palma|Alcalá|"
    rf"Villa|Port|Castellón|Puerto|Fort|Los)[ -])?{_UP}[\w'’-]{{1,30}}"
    r"(?:[ -](?:am|an der|a\.\s?d\.|im|in der|bei|ob der|vor der|sur|sous|en|de|de la|de los|del|la|le|les|lès|upon|on|by|y)"
    rf"[ -]{_UP}[\w'’-]{{1,30}}){{0,2}}(?:,? (?:Cedex|CEDEX)(?: \d{{1,2}})?)?(?: \({_UP}[\w' -]{{1,20}}\))?"
)
_HOUSE = r"\d{1,4}(?: ?[a-zA-Z](?![\w.]))?(?: ?[-/–] ?\d{1,4}[a-z]?)?"
_LAND = rf"(?:{_LINE}(?:Deutschland|Germany|Österreich|Austria|Schweiz|France|España|Spain|UK|United Kingdom|USA|England)\b)?"

_GERMAN_TOWN = rf"(?:(?:D|A|CH|DE|AT)[ -])?\d{{4,5}} {_TOWN}"
_GERMAN_STREET = (
    rf"(?:{_WORD}[ -](?:(?:an|auf|in|zu|zum|zur|von|vom|der|den|dem|am|im)[ -]){{0,2}}){{0,3}}"
    r"(?:[A-ZÄÖÜ][\wäöüß]{0,30}(?:straße|strasse|str\.|weg|allee|gasse|platz|ring|damm|ufer|chaussee|steig|pfad|markt|"
    r"graben|wall|stieg|kamp|promenade|zeile|brücke|hof|berg|feld|tor|gässchen|wiese|wiesen|park|anger|leite|rain)"
    r"|(?:Straße|Strasse|Str\.|Weg|Allee|Gasse|Platz|Ring|Damm|Ufer|Chaussee|Promenade|Markt|Graben|Steig))"
)
# Without a town only what nothing else ends with: “Parkplatz 40” and “Feld 3” are no addresses.
_SURELY_STREET = (
    rf"(?:{_WORD}[ -](?:(?:an|auf|in|zu|zum|zur|von|vom|der|den|dem)[ -]){{0,2}}){{0,2}}"
    r"(?:[A-ZÄÖÜ][\wäöüß]{1,30}(?:straße|strasse|str\.|allee|gasse|chaussee|damm)|(?:[A-ZÄÖÜ][\wäöüß.]{1,30}[ -])(?:Straße|Strasse|Str\.|Allee|"
    r"Gasse|Weg|Platz|Chaussee|Damm|Ufer|Ring))"
)
_FRENCH_WAY = (
    r"(?i:rue|avenue|av\.?|boulevard|bd\.?|blvd|place|pl\.|chemin|allée|allées|impasse|quai|cours|route|passage|square|"
    r"faubourg|sentier|ruelle|esplanade|promenade|voie|montée|traverse|villa|cité|résidence|lotissement|rond-point)"
)
_FRENCH_LITTLE = (
    r"(?:de la|de l['’]|de|du|des|d['’]|la|le|les|l['’]|à la|à|aux|au|et|en|sur|sous|saint|sainte)"
)
_SPANISH_WAY = (
    r"(?:[Cc]alle|C/|C\.|Cl\.|[Aa]venida|Avda\.?|Av\.|[Pp]laza|Pza\.?|Plza\.?|Pl\.|[Pp]aseo|P\.º|[Cc]amino|"
    r"[Cc]arretera|Ctra\.?|[Rr]onda|[Tt]ravesía|[Gg]lorieta|[Vv]ía|[Rr]ambla|[Uu]rbanización|Urb\.|[Pp]asaje|[Cc]uesta|"
    r"[Gg]ran [Vv]ía|[Cc]allejón|[Pp]olígono|[Ss]enda|[Cc]arrer|[Pp]asseig|[Cc]orredera)"
)
_SPANISH_LITTLE = r"(?:de|del|la|las|los|el|y) "
_ENGLISH_WAY = (
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Close|Court|Ct|Place|Pl|Square|Sq|Terrace|Ter|Gardens|Gdns|"
    r"Crescent|Cres|Way|Hill|Grove|Mews|Row|Park|Walk|Boulevard|Blvd|Highway|Hwy|Parkway|Pkwy|Circle|Cir|Trail|Green|"
    r"Gate|Yard|Wharf|Quay|Parade|Broadway|Rise|Vale|View|Loop|Alley|Path|Pike|Turnpike|Embankment|Strand)"
)
_GB_CODE = r"[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}(?!\w)"
_US_STATE = (
    r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|UT|V[AT]|"
    r"W[AIVY]|Alabama|California|Colorado|Florida|Georgia|Illinois|Massachusetts|Michigan|New York|Ohio|Oregon|Texas|"
    r"Virginia|Washington)"
)
_US_TOWN = rf"(?:{_UP}[\w.'’-]{{1,20}} ?){{1,3}},? {_US_STATE},? \d{{5}}(?:-\d{{4}})?(?!\d)"
_GB_TOWN = rf"(?:(?:{_UP}[\w.'’-]{{1,20}} ?){{1,3}}{_LINE}){{0,3}}(?:{_UP}[\w.'’-]{{1,20}} ?){{0,3}}{_PARTING}{_GB_CODE}"
_FLAT = r"(?:(?:Flat|Apt\.?|Apartment|Unit|Suite|Ste\.?|Floor|Room|#) ?#?[\w-]{1,6})"

_SHAPES = tuple(
    re.compile(shape)
    for shape in (
        # Germany, Austria, Switzerland
        rf"(?<![\w-]){_GERMAN_STREET} ?{_HOUSE}{_PARTING}{_GERMAN_TOWN}{_LAND}",
        rf"(?<![\w-]){_WORD}(?:[ -](?:{_WORD}|der|den|dem|und)){{0,3}} {_HOUSE}{_LINE}{_GERMAN_TOWN}{_LAND}",
        rf"(?<![\w-]){_SURELY_STREET} ?{_HOUSE}(?!\w)(?!\.\d)(?:,? \d{{1,2}}\. (?:Stock|OG|Etage))?",
        rf"(?<!\w)Postfach [\d ]{{2,12}}(?:{_PARTING}{_GERMAN_TOWN})?",
        # France, Belgium
        rf"(?<![\w,.-])\d{{1,4}}(?: ?(?:bis|ter|quater|[A-D]))?(?!\w),? {_FRENCH_WAY}(?: {_FRENCH_LITTLE}){{0,3}}[ '’-]?(?:[\w'’.]{{1,24}}[ -]){{0,5}}?[\w'’.]{{1,24}}"
        rf"{_PARTING}(?:F-)?\d{{5}} {_TOWN}{_LAND}",
        rf"(?<![\w,.-])\d{{1,4}}(?: ?(?:bis|ter|quater|[A-D]))?(?!\w),? {_FRENCH_WAY}(?: {_FRENCH_LITTLE}){{0,3}}"
        rf"[ ]?(?<=[ '’]){_UP}[\w'’-]{{1,24}}(?:[ -](?:{_FRENCH_LITTLE}[ -]?)?{_UP}[\w'’-]{{0,24}}){{0,4}}",
        rf"(?<![\w,.-])\d{{1,4}}(?: ?(?:bis|ter|quater))?,? (?:rue|avenue|boulevard|impasse|chemin|allée) (?:{_FRENCH_LITTLE} ?){{1,2}}[\w'’-]{{3,24}}",
        rf"(?<!\w)(?:BP|B\.P\.|CS) ?\d{{2,6}}(?:{_PARTING}\d{{5}} {_TOWN})?",
        # Spain
        rf"(?<!\w){_SPANISH_WAY} ?(?:{_SPANISH_LITTLE}){{0,3}}{_WORD}(?:[ -](?:{_SPANISH_LITTLE}){{0,2}}{_WORD}){{0,4}},? (?:n\.?\s?[ºo°]\.? ?|núm\. ?|número )?{_HOUSE}(?!\w)"
        r"(?:,? \d{1,2}\.?[ºª°](?: ?[A-Z](?!\w)| (?:izq|dcha|izda)\w*\.?)?|,? (?:bajo|piso|puerta|esc\.?|portal) \w{1,3})*"
        rf"(?:{_PARTING}\d{{5}},? {_TOWN}{_LAND})?",
        rf"(?<!\w)[Aa]partado de [Cc]orreos \d{{1,6}}(?:{_PARTING}\d{{5}} {_TOWN})?",
        # United Kingdom, Ireland, United States
        rf"(?<![\w,.-])(?:{_FLAT},? )?\d{{1,5}}[A-Za-z]?,? (?:[NSEW]\.? |[NS][EW] )?(?:(?:{_UP}[\w'’.-]{{0,20}}|\d{{1,3}}(?:st|nd|rd|th)|of|the) ){{1,4}}?"
        rf"{_ENGLISH_WAY}(?!\w)\.?(?: [NSEW][EW]?(?!\w))?(?:,? {_FLAT})?(?:{_PARTING}(?:{_US_TOWN}|{_GB_TOWN}))?",
        rf"(?<![\w,.-])\d{{1,5}}[A-Za-z]? (?:The |Broadway|Strand|Piccadilly|Whitehall)(?:{_UP}[\w'’-]{{1,20}})?{_PARTING}(?:{_US_TOWN}|{_GB_TOWN})",
        rf"(?<![\w,.-])(?:{_UP}[\w'’.-]{{1,20}} ){{1,3}}(?:House|Cottage|Lodge|Court|Farm|Hall),{_PARTING}(?:[\w'’. -]{{3,40}}{_LINE}){{0,2}}{_GB_TOWN}",
        rf"(?<!\w)P\.?\s?O\.? Box \d{{1,6}}(?:{_PARTING}(?:{_US_TOWN}|{_GB_TOWN}))?",
        rf"(?<!\w){_GB_CODE}",
    )
)


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where they stand; may overlap."""
    for shape in _SHAPES:
        for match in shape.finditer(text):
            yield match.start(), match.start() + len(match.group().rstrip(" ,\n\t"))
