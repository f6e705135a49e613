"""What stands behind a text that a model wrote: which sentences of the input, and whether all of it does."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from engine.language import differ
from engine.tasks.pieces import pieces
from engine.tasks.ports import Locate, Tools
from engine.tasks.quotes import quote
from engine.tasks.values import Quote, TaskText

_KINDS: tuple[Literal["number"], Literal["date"]] = ("number", "date")


@dataclass(frozen=True, slots=True)
class Support:
    """`whole`: every sentence that claims something rests on one of the quotes. `verbatim`: and there are
    such, and all of them stand there word by word, or nearly so."""

    quotes: tuple[Quote, ...]
    whole: bool
    verbatim: bool = False


def supported(
    written: str, text: TaskText, tools: Tools, *, within: tuple[int, int] | None = None
) -> Support:
    """What of `text`, or of its characters `within`, the sentences of `written` rest on.

    In another language only numbers and dates can be compared: those must stand in the text.
    """
    first, last = within or (0, len(text.text))
    looked_at = text.text[first:last]
    if differ(written, looked_at):
        return _by_figures(written, text, tools.locate)
    parts = pieces(looked_at)
    checked = tools.check(written, [part.text for part in parts])
    quotes = [
        quote(text, first + parts[source].start + start, first + parts[source].start + end)
        for sentence in checked
        for source, (start, end) in zip(sentence.sources, sentence.quotes, strict=True)
    ]
    states = {sentence.state for sentence in checked}
    return Support(tuple(dict.fromkeys(quotes)), "not_found" not in states, verbatim=states == {"found"})


def figures_missing(written: str, texts: list[str], locate: Locate) -> bool:
    """Whether a number or a date of `written` stands in none of the texts."""
    return any(
        not any(locate(reading, kind, text) for text in texts for reading in said.readings)
        for kind in _KINDS
        for said in locate.readings(written, kind)
    )


def _by_figures(written: str, text: TaskText, locate: Locate) -> Support:
    quotes = [
        quote(text, *places[0])
        for kind in _KINDS
        for said in locate.readings(written, kind)
        for reading in sorted(said.readings)
        if (places := locate(reading, kind, text.text))
    ]
    return Support(tuple(dict.fromkeys(quotes)), not figures_missing(written, [text.text], locate))
