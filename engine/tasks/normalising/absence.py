"""Words that say that there is nothing to say."""

from __future__ import annotations

_ABSENT = frozenset(
    """
    null|none|nil|nan|n/a|n.a|na|not applicable|not available|not specified|not stated|not mentioned
    not provided|not given|not found|not known|not in the text|unknown|unspecified|undefined|missing|empty|tbd
    no information|unavailable|keine angabe|keine angaben|k.a|nicht angegeben|nicht genannt|nicht vorhanden
    nicht bekannt|unbekannt|entfällt|keine|inconnu|inconnue|non spécifié|non précisé|non mentionné|non indiqué
    aucun|aucune|néant|desconocido|no especificado|no mencionado|no consta|no indicado|ninguno|ninguna
    sconosciuto|non specificato|non indicato|nessuno|desconhecido|não especificado|não informado|nenhum
    onbekend|niet vermeld|niet opgegeven|geen|string|value|text
    """.strip().replace("\n", "|").replace("|    ", "|").split("|")
)  # fmt: skip


def is_absent(words: str) -> bool:
    """“N/A”, “unknown”, “-”: a model that should have written null, or the name of a type for a value."""
    plain = " ".join(words.split()).strip(" .-–—_*?()[]<>\"'“”").lower()
    return not plain or plain in _ABSENT
