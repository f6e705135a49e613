"""Names and texts from foreign files, made fit to stand in a label."""

from __future__ import annotations

import unicodedata

LINE_LENGTH = 80


def plain(text: str, limit: int = LINE_LENGTH) -> str:
    """One line of at most `limit` characters, without invisible or direction-turning ones."""
    kept = (" " if c.isspace() else c for c in text if c.isspace() or unicodedata.category(c)[0] != "C")
    line = " ".join("".join(kept).split())
    return line if len(line) <= limit else f"{line[: limit - 1].rstrip()}…"


def breakable(text: str, every: int = 24) -> str:
    """`text` in which long words, such as paths, may go on in the next line after `every` characters."""
    words = (
        "\u200b".join(word[i : i + every] for i in range(0, len(word), every)) for word in text.split(" ")
    )
    return " ".join(words)
