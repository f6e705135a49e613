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
_TOWN_FIRST = (
    r"(?:Bad|Sankt|St\.?|Ste|San|Santa|Santo|Santiago|Las|Los|La|Le|Les|El|A|New|Old|Great|North|South|East|"
    r"West|"
    r"Palma|Alcalá|Villa|Port|Castellón|Puerto|Fort)"
)
_TOWN_BETWEEN = (
    r"(?:am|an der|a\.\s?d\.|im|in der|bei|ob der|vor der|sur|sous|en|de|de la|de los|del|la|le|les|lès|"
    r"upon|on|by|y)"
)
_TOWN = (
    rf"(?:{_TOWN_FIRST}[ -])?{_UP}[\w'’-]{{1,30}}(?:[ -]{_TOWN_BETWEEN}[ -]{_UP}[\w'’-]{{1,30}}){{0,2}}"
    rf"(?:,? (?:Cedex|CEDEX)(?: \d{{1,2}})?)?(?: \({_UP}[\w' -]{{1,20}}\))?"
)
_HOUSE = r"\d{1,4}(?: ?[a-zA-Z](?![\w.]))?(?: ?[-/–] ?\d{1,4}[a-z]?){0,2}"
_LAND = (
    rf"(?:{_LINE}(?:Deutschland|Germany|Österreich|Austria|Schweiz|France|España|Spain|UK|United Kingdom|USA|"
    r"England)\b)?"
)

# Germany, Austria, Switzerland
_GERMAN_LITTLE = r"(?:(?:an|auf|in|zu|zum|zur|von|vom|der|den|dem|am|im)[ -]){0,2}"
_GERMAN_END = (
    r"(?:straße|strasse|str\.|weg|allee|gasse|platz|ring|damm|ufer|chaussee|steig|pfad|markt|graben|wall|"
    r"stieg|kamp|"
    r"promenade|zeile|brücke|hof|berg|feld|tor|gässchen|wiese|wiesen|park|anger|leite|rain)"
)
_GERMAN_STREET = (
    rf"(?:{_WORD}[ -]{_GERMAN_LITTLE}){{0,3}}(?:[A-ZÄÖÜ][\wäöüß]{{0,30}}{_GERMAN_END}|"
    r"(?:Straße|Strasse|Str\.|Weg|Allee|Gasse|Platz|Ring|Damm|Ufer|Chaussee|Promenade|Markt|Graben|Steig))"
)
# Without a town only what nothing else ends with: “Parkplatz 40” and “Feld 3” are no addresses.
_SURELY_STREET = (
    rf"(?:{_WORD}-){{0,3}}"
    r"(?:[A-ZÄÖÜ][\wäöüß]{1,30}(?:straße|strasse|str\.|allee|gasse|chaussee|damm)|"
    r"[A-ZÄÖÜ][\wäöüß.]{1,30}[ -](?:Straße|Strasse|Str\.|Allee|Gasse|Weg|Platz|Chaussee|Damm|Ufer|Ring))"
)
_GERMAN_TOWN = rf"(?:(?:D|A|CH|DE|AT)[ -])?\d{{4,5}} {_TOWN}{_LAND}"
_GERMAN = (
    rf"(?<![\w-]){_GERMAN_STREET} ?{_HOUSE}{_PARTING}{_GERMAN_TOWN}",
    rf"(?<![\w-]){_WORD}(?:[ -](?:{_WORD}|der|den|dem|und)){{0,3}} {_HOUSE}{_LINE}{_GERMAN_TOWN}",
    rf"(?<![\w-]){_SURELY_STREET} ?{_HOUSE}(?!\w)(?!\.\d)(?:,? \d{{1,2}}\. (?:Stock|OG|Etage))?",
    rf"(?<!\w)Postfach [\d ]{{2,12}}(?:{_PARTING}{_GERMAN_TOWN})?",
)

# France, Belgium
_FRENCH_HOUSE = r"(?<![\w,.-])\d{1,4}(?: ?(?:bis|ter|quater|[A-D]))?(?!\w)"
_FRENCH_WAY = (
    r"(?i:rue|avenue|av\.?|boulevard|bd\.?|blvd|place|pl\.|chemin|allée|allées|impasse|quai|cours|route|"
    r"passage|square|"
    r"faubourg|sentier|ruelle|esplanade|promenade|voie|montée|traverse|villa|cité|résidence|lotissement|"
    r"rond-point)"
)
_FRENCH_LITTLE = r"(?:de la|de l['’]|de|du|des|d['’]|la|le|les|l['’]|à la|aux|au|et|en|sur|sous|saint|sainte)"
_FRENCH_TOWN = rf"(?:F-)?\d{{5}} {_TOWN}{_LAND}"
_FRENCH = (
    rf"{_FRENCH_HOUSE},? {_FRENCH_WAY}(?: {_FRENCH_LITTLE}){{0,3}}[ '’-]?"
    r"(?:[\w'’.]{1,24}[ -]){0,5}?[\w'’.]{1,24}"
    rf"{_PARTING}{_FRENCH_TOWN}",
    rf"{_FRENCH_HOUSE},? {_FRENCH_WAY}(?: {_FRENCH_LITTLE}){{0,3}}[ ]?(?<=[ '’]){_UP}[\w'’-]{{1,24}}"
    rf"(?:[ -](?:{_FRENCH_LITTLE}[ -]?)?{_UP}[\w'’-]{{0,24}}){{0,4}}",
    rf"{_FRENCH_HOUSE},? (?:rue|avenue|boulevard|impasse|chemin|"
    rf"allée) (?:{_FRENCH_LITTLE} ?){{1,2}}[\w'’-]{{3,24}}",
    rf"(?<!\w)(?:BP|B\.P\.|CS) ?\d{{2,6}}(?:{_PARTING}{_FRENCH_TOWN})?",
)

# Spain
_SPANISH_WAY = (
    r"(?:[Cc]alle|C/|C\.|Cl\.|[Aa]venida|Avda\.?|Av\.|[Pp]laza|Pza\.?|Plza\.?|Pl\.|[Pp]aseo|P\.º|[Cc]amino|"
    r"[Cc]arretera|Ctra\.?|[Rr]onda|[Tt]ravesía|[Gg]lorieta|[Vv]ía|[Rr]ambla|[Uu]rbanización|Urb\.|[Pp]asaje|"
    r"[Cc]uesta|[Gg]ran [Vv]ía|[Cc]allejón|[Pp]olígono|[Ss]enda|[Cc]arrer|[Pp]asseig|[Cc]orredera)"
)
_SPANISH_LITTLE = r"(?:(?:de|del|la|las|los|el|y) )"
_SPANISH_DOOR = (
    r"(?:,? \d{1,2}\.?[ºª°](?: ?[A-Z](?!\w)| (?:izq|dcha|izda)\w*\.?)?|"
    r",? (?:bajo|piso|puerta|esc\.?|portal) \w{1,3})*"
)
_SPANISH_TOWN = rf"\d{{5}},? {_TOWN}{_LAND}"
_SPANISH = (
    rf"(?<!\w){_SPANISH_WAY} ?{_SPANISH_LITTLE}{{0,3}}{_WORD}(?:[ -]{_SPANISH_LITTLE}{{0,2}}{_WORD}){{0,4}}"
    rf",? (?:n\.?\s?[ºo°]\.? ?|núm\. ?|número )?{_HOUSE}(?!\w){_SPANISH_DOOR}(?:{_PARTING}{_SPANISH_TOWN})?",
    rf"(?<!\w)[Aa]partado de [Cc]orreos \d{{1,6}}(?:{_PARTING}{_SPANISH_TOWN})?",
)

# United Kingdom, Ireland, United States
_ENGLISH_WAY = (
    r"(?:Street|St|Road|Rd|Avenue|Ave|Lane|Ln|Drive|Dr|Close|Court|Ct|Place|Pl|Square|Sq|Terrace|Ter|Gardens|"
    r"Gdns|"
    r"Crescent|Cres|Way|Hill|Grove|Mews|Row|Park|Walk|Boulevard|Blvd|Highway|Hwy|Parkway|Pkwy|Circle|Cir|"
    r"Trail|Green|"
    r"Gate|Yard|Wharf|Quay|Parade|Broadway|Rise|Vale|View|Loop|Alley|Path|Pike|Turnpike|Embankment|Strand)"
)
_GB_CODE = r"[A-Z]{1,2}\d[A-Z\d]? ?\d[ABD-HJLNP-UW-Z]{2}(?!\w)"
_US_STATE = (
    r"(?:A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|P[AR]|RI|S[CD]|T[NX]|"
    r"UT|V[AT]|"
    r"W[AIVY]|Alabama|California|Colorado|Florida|Georgia|Illinois|Massachusetts|Michigan|New York|Ohio|"
    r"Oregon|"
    r"Texas|Virginia|Washington)"
)
_WORDS = rf"(?:{_UP}[\w.'’-]{{1,20}} ?){{1,3}}"
_ENGLISH_TOWN = (
    rf"(?:{_PARTING}(?:{_WORDS},? {_US_STATE},? \d{{5}}(?:-\d{{4}})?(?!\d)|"
    rf"(?:{_WORDS}{_LINE}){{0,3}}(?:{_WORDS})?{_PARTING}{_GB_CODE}))"
)
_FLAT = r"(?:(?:Flat|Apt\.?|Apartment|Unit|Suite|Ste\.?|Floor|Room|#) ?#?[\w-]{1,6})"
_ENGLISH = (
    rf"(?<![\w,.-])(?:{_FLAT},? )?\d{{1,5}}[A-Za-z]?,? (?:[NSEW]\.? |[NS][EW] )?"
    rf"(?:(?:{_UP}[\w'’.-]{{0,20}}|\d{{1,3}}(?:st|nd|rd|th)|of|the) ){{1,4}}?{_ENGLISH_WAY}(?!\w)\.?"
    rf"(?: [NSEW][EW]?(?!\w))?(?:,? {_FLAT})?{_ENGLISH_TOWN}?",
    # a street that is called like none, with its town
    rf"(?<![\w,.-])(?:{_FLAT},? )?\d{{1,5}}[A-Za-z]? {_WORDS}{_LINE}{_ENGLISH_TOWN}",
    rf"(?<![\w,.-])(?:{_UP}[\w'’.-]{{1,20}} ){{1,3}}(?:House|Cottage|Lodge|Court|Farm|Hall),"
    rf"(?:[\w'’. -]{{3,40}}{_LINE}){{0,2}}{_ENGLISH_TOWN}",
    rf"(?<!\w)P\.?\s?O\.? Box \d{{1,6}}{_ENGLISH_TOWN}?",
    rf"(?<!\w){_GB_CODE}",
)

_SHAPES = tuple(re.compile(shape) for shape in (*_GERMAN, *_FRENCH, *_SPANISH, *_ENGLISH))


def addresses(text: str) -> Iterator[tuple[int, int]]:
    """Where they stand; may overlap."""
    for shape in _SHAPES:
        for match in shape.finditer(text):
            yield match.start(), match.start() + len(match.group().rstrip(" ,\n\t"))
