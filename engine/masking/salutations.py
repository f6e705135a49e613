"""Persons whom a title, a greeting, a closing or a label announces, in English, German, French and Spanish.

A finder of names knows most of them as well; these need none, and also find names that look like none.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

_UP = r"[^\W\d_a-zß-öø-ÿ]"
_NAME = rf"{_UP}[^\W\d_]*(?:['’]{_UP}?[^\W\d_]+)?(?:-{_UP}[^\W\d_]+){{0,2}}"
_LITTLE = (
    r"(?:(?:von|van|der|den|de|del|della|di|du|da|dos|das|la|le|zu|vom|y|af|av|ten|ter|bin|ibn|el|al)[ ]|"
    r"d['’]){0,3}"
)
_INITIAL = rf"{_UP}\."
_ONE = rf"{_LITTLE}(?:{_INITIAL}|{_NAME})"
_WHOLE = rf"{_ONE}(?: {_ONE}){{0,3}}"

# Titles, some of which come in rows (“Frau Prof. Dr.”).
_TITLE = (
    r"(?:Herrn?|Frau|Hr\.|Fr\.|Fräulein|Dr\.?|Dres\.|Prof\.|Professor(?:in)?|Mr\.?|Mrs\.?|Ms\.?|Miss|Mx\.?|"
    r"Monsieur|Madame|Mademoiselle|MM?\.|Mme|Mlle|Maître|Professeure?|Docteure?|"
    r"Sr\.|Sra\.|Srta\.|Señora?|Señorita|[Dd]on|[Dd]oña|D\.ª|Dña\.|Dra\.|Profesora?|Doctora?|"
    r"Dipl\.-\w+\.|med\.|jur\.|phil\.|rer\. nat\.|Sir|Dame|Lord|Rev\.|Capt\.|Judge)"
)
_TITLED = re.compile(
    rf"(?<![\w.])(?:el |la |el señor |la señora )?{_TITLE}(?: {_TITLE}){{0,3}} (?=({_WHOLE}))"
)

_GREETED = re.compile(
    r"(?<!\w)(?i:dear|hi|hello|hey|liebe[rs]?|hallo|moin|servus|guten tag|guten morgen|guten abend|grüß gott|"
    r"ch[eè]re?s?|bonjour|bonsoir|"
    r"salut|coucou|querid[oa]s?|estimad[oa]s?|hola|buenos días|buenas tardes|buenas),? "
    rf"({_WHOLE})(?=[ ]?[,!:;.–-]|[ ]?\n|[ ]?\Z| (?:and|und|et|y) )"
)
_CLOSED = re.compile(
    r"(?i:(?:(?:mit )?(?:freundlich\w*|best\w*|herzlich\w*|viele\w*|lieb\w*|schön\w*|sonnig\w*) (?:grü(?:ß|"
    r"ss)e?n?|empfehlung\w*)|grü(?:ß|ss)e|gruß|"
    r"hochachtungsvoll|mfg|lg|vg|(?:kind|best|warm|many)(?:est)? (?:regards|wishes|thanks)|regards|"
    r"yours (?:sincerely|faithfully|truly)|"
    r"sincerely(?: yours)?|cheers|best|thanks|thank you|love|(?:bien )?cordialement|bien à (?:vous|toi)|"
    r"amicalement|"
    r"salutations(?: distinguées)?|sincères salutations|bises|bisous|(?:un |reciba un )?(?:cordial |"
    r"fuerte )?(?:saludo|abrazo)s?(?: cordial(?:es)?)?|"
    r"atentamente|cordialmente|gracias|besos|fdo\.:?|firmado:?|gez\.|signé|i\. ?a\.|i\. ?v\.|ppa\.))"
    rf"[ ]?[,.!:]?[ ]?\n{{0,3}}[ ]{{0,4}}((?:(?:Dr|Prof|Dra)\. )?{_WHOLE})(?=[ ]?(?:,|\.?[ ]?\n|\.?[ ]?\Z|"
    rf"\())"
)
_LABELLED = re.compile(
    r"(?<!\w)(?i:name|nom|nombre|vorname|nachname|familienname|prénom|apellidos?|first name|last name|"
    r"surname|given name|full name|"
    r"patient(?:in|e)?|paciente|unterschrift|signature|firma|signed|unterzeichner|ansprechpartner(?:in)?|"
    r"contact(?: person)?|kontakt|"
    r"contacto|sachbearbeiter(?:in)?|kunde|kundin|client[e]?|customer|mieter(?:in)?|vermieter(?:in)?|tenant|"
    r"landlord|locataire|bailleur|"
    r"arrendatari[oa]|arrendador[a]?|empfänger(?:in)?|destinataire|destinatari[oa]|recipient|"
    r"kontoinhaber(?:in)?|titulaire|titular|"
    r"account holder|card ?holder|karteninhaber(?:in)?|versicherte[r]?|assuré[e]?|asegurad[oa]|insured|arzt|"
    r"ärztin|médecin|médico|doctor|"
    r"geschäftsführer(?:in)?|gérante?|gerente|zeug(?:e|in)|témoin|testigo|witness|from|von|de|to|an|à|para|"
    r"cc|bcc|attn|z\. ?hd\.)"
    rf"[ ]?:[ ]{{0,4}}\"?({_WHOLE})(?=\"?[ ]?(?:[,;<(/|\n]|\.?[ ]?\Z|\.[ ]))"
)

# Before a name that was found without knowing of titles; a single letter is an initial there.
_LEADING_TITLE = re.compile(
    r"(?:(?:(?:el|la|der|die|le)\s+)?(?:Herrn?|Frau|Fräulein|Dr|Dres|Prof|Professor(?:in)?|Mrs?|Ms|Miss|Mx|"
    r"Monsieur|"
    r"Madame|Mademoiselle|MM|Mme|Mlle|Maître|Professeure?|Docteure?|Sra?|Srta|Señora?|Señorita|Don|Doña|Dña|"
    r"Dra|"
    r"Profesora?|Doctora?|Sir|Lord|Rev|Capt|Judge)(?!\w)[.:]?\s*)+"
)

# What stands where a name would, and is none.
_NOBODY = frozenset(
    {
        "all", "everyone", "everybody", "team", "teams", "sir", "madam", "customer", "customers",
        "colleagues", "colleague", "friends", "friend", "there", "world", "support", "service", "sirs",
        "hiring", "manager", "editor", "user", "users", "member", "members", "guest", "neighbour",
        "neighbours", "parents", "zusammen", "kunde", "kunden", "kundin", "kollegen", "kolleginnen",
        "kollege", "kollegin", "damen", "herren", "herr", "frau", "alle", "allerseits", "nachbarn",
        "eltern", "mitarbeiter", "mitglieder", "leser", "kundenservice", "kundendienst", "vermieter",
        "mieter", "doktor", "direktor", "direktorin", "präsident", "präsidentin", "bürgermeister",
        "bürgermeisterin", "minister", "ministerin", "kanzler", "kanzlerin", "richter", "richterin",
        "tous", "toutes", "monsieur", "madame", "messieurs", "mesdames", "client", "clients", "cliente",
        "clientes", "collègues", "collègue", "équipe", "amis", "directeur", "directrice", "docteur",
        "président", "présidente", "ministre", "maire", "juge", "professeur", "todos", "todas", "señor",
        "señora", "señores", "señoras", "equipo", "clientela", "compañeros", "compañeras", "amigos",
        "vecinos", "doctor", "doctora", "director", "directora", "presidente", "presidenta", "alcalde",
        "ministro", "juez", "unbekannt", "unknown", "inconnu", "desconocido", "keine", "none", "ja",
        "nein", "yes", "no", "oui", "non", "sí", "president", "prime", "justice", "secretary", "chairman",
        "speaker", "governor", "senator", "mayor", "professor", "ihr", "ihre", "euer", "eure", "dein",
        "deine", "your", "votre", "vos", "su", "tu", "le", "la", "les", "el", "los", "las", "der", "die",
        "das", "the", "this",
    }
)  # fmt: skip
_LITTLE_WORDS = frozenset(
    {
        "a", "an", "and", "at", "but", "by", "for", "from", "he", "her", "his", "i", "in", "is", "it",
        "its", "of", "on", "or", "our", "she", "that", "their", "there", "these", "they", "this", "to",
        "was", "we", "with", "you", "aber", "auf", "bei", "dem", "den", "diese", "dieser", "ein", "eine",
        "er", "es", "für", "ich", "im", "mit", "nach", "oder", "sein", "seine", "sie", "und", "von",
        "wir", "zu", "au", "aux", "avec", "ce", "cette", "dans", "de", "des", "du", "elle", "et", "il",
        "ils", "je", "leur", "mais", "nous", "ou", "par", "pour", "sa", "ses", "son", "sur", "un", "une",
        "como", "con", "del", "ella", "ellos", "en", "esta", "este", "nosotros", "o", "para", "pero",
        "por", "que", "se", "según", "si", "sus", "una", "y", "yo",
    }
)  # fmt: skip
_COMPANY = re.compile(
    r"(?<!\w)(?:GmbH|AG|KG|OHG|UG|SE|mbH|e\.?V|Ltd|Limited|Inc|LLC|PLC|Corp|Co|Company|SA|SAS|SARL|SNC|SL|"
    r"S\.L|S\.A|Bank|Group|Team|Service|"
    r"Support|Abteilung|Department|Kundendienst|Kundenservice|Verein|Stiftung|Universität|University|Hotel|"
    r"Klinik|Hospital|Versicherung)(?!\w)"
)


def addressed(text: str) -> Iterator[tuple[int, int]]:
    """Where their names stand, without titles; may overlap."""
    for pattern in (_TITLED, _GREETED, _CLOSED, _LABELLED):
        for match in pattern.finditer(text):
            start, end = match.span(1)
            start = end - len(without_title(text[start:end]))
            end = _named_until(text, start, end)
            if end > start:
                yield start, end


def without_title(name: str) -> str:
    """The end of a name that may begin with a title; “” where it is nothing else."""
    title = _LEADING_TITLE.match(name)
    return name[title.end() :] if title else name


def is_somebody(name: str) -> bool:
    """False for “He” and “Der Herr”: a word that is masked once is masked wherever it stands."""
    words = re.findall(r"[^\W\d_]+", name.casefold())
    return any(word not in _NOBODY and word not in _LITTLE_WORDS for word in words)


def _named_until(text: str, start: int, end: int) -> int:
    """Up to the first word that is nobody's; `start` where that is the first."""
    if _COMPANY.search(text, start, end):
        return start
    until = start
    for word in re.finditer(r"\S+", text[start:end]):
        if word.group().casefold().strip(".") in _NOBODY - _PARTICLES:
            break
        if not without_title(word.group() + " "):
            break
        if not word.group().islower():
            until = start + word.end()
    named = text[start:until]
    return until if re.search(rf"{_UP}[^\W\d_]", named) else start


_PARTICLES = frozenset({"la", "le", "el", "der", "las", "los"})
