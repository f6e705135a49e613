"""Where words of an input's text stand: on which page, or in which column."""

from __future__ import annotations

from engine.tasks.values import Part, Quote, TaskText


def quote(text: TaskText, start: int, end: int) -> Quote:
    """The words `start:end` of an input's text, placed in the page or column that they begin in."""
    part = next((part for part in reversed(text.parts) if part.start <= start), Part(0, len(text.text)))
    end = min(end, max(part.end, start))
    return Quote(text.text[start:end], start - part.start, end - part.start, part.page, part.column)
