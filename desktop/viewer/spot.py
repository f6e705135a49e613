"""A place in a document that is to be looked at."""

from __future__ import annotations

from dataclasses import dataclass

from desktop.chat.quotes import Range, on_page
from engine.values import Source
from rag.values import Page


@dataclass(frozen=True, slots=True)
class Spot:
    """A source and what of it to light; `sentence` is the answer's that rests on it, where one does."""

    source: Source
    quotes: tuple[Range, ...] = ()
    sentence: str = ""

    @property
    def path(self) -> str:
        return self.source.path

    def lit_on(self, page: Page) -> list[Range]:
        """The ranges of the page's text to light; none on other pages than its own."""
        if page.number != self.source.page and self.source.page is not None:
            return []
        return [(start, end) for start, end in on_page(self.source, page, self.quotes) if start < end]


def whole(document: str, path: str) -> Spot:
    """A document from its beginning, with nothing lit."""
    return Spot(Source(document, path, None, 0, 0, "", "", 0.0))
