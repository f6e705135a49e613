"""The inputs of a run, out of files, folders and collections, and the text of each."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice

from desktop.errors import WorkerLost
from desktop.task_sources import Cancelled, Headers, Tables, items, look
from engine.errors import InputUnreadable
from engine.tasks.values import Gathering, Item, Part, Preview, RunSource, TaskText
from rag.errors import DocumentUnreadable, RagError
from rag.library import Library
from rag.values import Page

_PREVIEWED = 20
_BETWEEN_PAGES = "\n\n"


def never() -> bool:
    return False


class TaskInputs:
    """Usable from any thread. What it raises besides is what the library does (RagError, WorkerLost)."""

    def __init__(self, library: Library) -> None:
        self._library = library
        self._headers = Headers(library)

    def preview(self, source: RunSource, *, cancelled: Cancelled = never) -> Preview:
        """What there is: the columns and first rows of a table, or the first documents; `total` is counted.

        Raises:
            NoInputs, InputUnreadable
        """
        holds = look(self._library, self._headers, source, cancelled)
        first: list[Item] = []
        for portion in items(self._library, holds, source, cancelled):
            if not isinstance(portion, Gathering):
                first += portion
                if len(first) >= _PREVIEWED:
                    break
        total = holds.total if source.limit is None else min(holds.total, source.limit)
        sheets = holds.headers[0].sheets if isinstance(holds, Tables) else ()
        return Preview(total, holds.columns, tuple(first[:_PREVIEWED]), sheets, tuple(holds.said()))

    def input_columns(self, source: RunSource, *, cancelled: Cancelled = never) -> tuple[str, ...]:
        """The columns of the source's table; none for documents. Raises as `preview`."""
        return look(self._library, self._headers, source, cancelled).columns

    def gather(self, source: RunSource, *, cancelled: Cancelled = never) -> Iterator[Gathering | list[Item]]:
        """All inputs, in portions, with how many there are so far; ends early when cancelled.

        Raises:
            NoInputs, InputUnreadable
        """
        yield Gathering(0)
        holds = look(self._library, self._headers, source, cancelled)
        yield from items(self._library, holds, source, cancelled)

    def text(self, item: Item, columns: Mapping[str, str] | None = None) -> TaskText:
        """The text of an input; `columns` are those of the run's source. May be called by many threads.

        Of a row: its one column's text, or a line “column: text” for each that holds something. Of a
        document: its pages, as the library has them, or read anew where it does not.

        Raises:
            InputUnreadable
        """
        return self._of_document(item) if item.path else _of_row(item, columns or {})

    def texts(self, source: RunSource) -> Callable[[Item], TaskText]:
        """`text` for the inputs of one source (`engine.tasks.ports.Texts`)."""
        return lambda item: self.text(item, source.columns)

    def _of_document(self, item: Item) -> TaskText:
        try:
            content = self._library.content(item.path)
        except DocumentUnreadable as error:
            raise InputUnreadable(item.title, error.reason) from error
        except (RagError, WorkerLost) as error:
            raise InputUnreadable(item.title, str(error)) from error
        return _joined(item, content.pages, content.warnings)


def _joined(item: Item, pages: tuple[Page, ...], warnings: tuple[str, ...]) -> TaskText:
    parts, texts, start = [], [], 0
    for page in pages:
        parts.append(Part(start, start + len(page.text), page.number))
        texts.append(page.text)
        start += len(page.text) + len(_BETWEEN_PAGES)
    text = _BETWEEN_PAGES.join(texts)
    if not text.strip():
        raise InputUnreadable(item.title, "There is no text in it.")
    return TaskText(text, tuple(parts), item.title, warnings)


def _of_row(item: Item, columns: Mapping[str, str]) -> TaskText:
    names = columns or {column: column for column in item.values}
    cells = {name: item.values.get(column, "") for name, column in names.items()}
    if not any(cell.strip() for cell in cells.values()):
        raise InputUnreadable(item.title, f"There is nothing in {_named(names.values())}.")
    if len(cells) == 1:
        ((name, text),) = cells.items()
        return TaskText(text, (Part(0, len(text), column=name),), item.title)
    return _in_lines(item, {name: cell for name, cell in cells.items() if cell.strip()})


def _in_lines(item: Item, cells: Mapping[str, str]) -> TaskText:
    parts, text = [], ""
    for name, cell in cells.items():
        start = len(text) + len(name) + 2
        parts.append(Part(start, start + len(cell), column=name))
        text += f"{name}: {cell}\n"
    return TaskText(text[:-1], tuple(parts), item.title)


def _named(columns: Iterable[str]) -> str:
    """The first few columns by name, for a sentence."""
    first = list(islice(columns, 4))
    more = len(first) == 4
    return " or ".join(f"“{column}”" for column in first[:3]) + (" or the others" if more else "")
