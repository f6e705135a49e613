"""What OpenDocument files have in common: their parts, their title, text and blocks (ODF 1.3 part 3)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rag.errors import DocumentProtected
from rag.formats.building import PageBuilder, markdown_table
from rag.formats.cleaning import collapse
from rag.formats.odf_lists import ListNumbers, Lists
from rag.formats.package import Family, Package, attribute, child, children, local_name

CONTENT = "content.xml"
TEXT = Family("an OpenDocument text", CONTENT)
SPREADSHEET = Family("an OpenDocument spreadsheet", CONTENT)
PRESENTATION = Family("an OpenDocument presentation", CONTENT)

# Comments, deleted text and tables of contents (whose headings stand in the text) are not the text itself.
_LEFT_OUT = frozenset(
    [
        *("annotation", "annotation-end", "tracked-changes", "forms", "hidden-text", "ruby-text", "script"),
        *("note", "notes", "event-listeners", "table-of-content", "illustration-index", "table-index"),
        *("alphabetical-index", "object-index", "user-index", "bibliography", "title", "desc", "number"),
    ]
)
_SPACES = frozenset(["s", "tab", "line-break", "soft-page-break"])
_MOST_REPEATED = 200  # cells of a table in a text; only spreadsheets have more


def check_not_encrypted(path: Path, package: Package) -> None:
    """Raises: DocumentProtected: the parts are encrypted, each by itself."""
    manifest = package.data("META-INF/manifest.xml")
    if manifest is not None and b"encryption-data" in manifest:
        raise DocumentProtected(str(path))


def title(package: Package) -> str | None:
    """The title in the file's properties."""
    found = next((e for e in children(package.part("meta.xml"), "meta") if local_name(e) == "title"), None)
    return found.text if found is not None else None


def body(package: Package, kind: str) -> tuple[Any, Lists]:
    """The root of what the document holds, and its lists; `kind` is "text" or "presentation".

    Raises:
        DocumentUnreadable: the part is damaged or of another kind.
    """
    root = package.part(CONTENT)
    found = child(root, "body", kind) if root is not None else None
    if found is None:
        raise package.damaged()
    return found, Lists(root, package.part("styles.xml"))


def text(element: Any) -> str:
    """The text a reader sees, on one line; notes, comments and text boxes are not part of it."""
    words: list[str] = []
    _collect(element, words)
    return collapse("".join(words))


def frame_text(frame: Any) -> str:
    """The text in a frame's boxes, on one line."""
    return " ".join(text(box) for box in frame if local_name(box) == "text-box")


def _collect(element: Any, words: list[str]) -> None:
    words.append(element.text or "")
    for inner in element:
        name = local_name(inner)
        if name in _SPACES:
            words.append(" ")
        elif name in ("p", "h"):
            words.append(" ")
            _collect(inner, words)
        elif name and name not in _LEFT_OUT and name != "text-box":
            _collect(inner, words)
        words.append(inner.tail or "")


def add_blocks(builder: PageBuilder, holder: Any, lists: Lists) -> None:
    """What stands inside, as blocks in reading order. The parser lets no more than 256 levels through."""
    for element in holder:
        name = local_name(element)
        if name == "h":
            _add_heading(builder, element, lists.heading_number(element, _level(element)))
            _add_attached(builder, element, lists)
        elif name == "p":
            builder.add("paragraph", text(element))
            _add_attached(builder, element, lists)
        elif name == "list":
            _add_list(builder, element, lists.outermost(element), 1)
        elif name == "table":
            _add_table(builder, element, lists)
        elif name == "frame":
            _add_frame(builder, element, lists)
        elif name and name not in _LEFT_OUT:  # sections, numbered paragraphs, groups of shapes
            add_blocks(builder, element, lists)


def _add_list(builder: PageBuilder, element: Any, numbers: ListNumbers, depth: int) -> None:
    """Items begin with their number or a bullet; further paragraphs of an item have none."""
    for item in element:
        inside = [e for e in item if local_name(e) not in ("number", "")]
        is_item = local_name(item) == "list-item" and bool(inside) and local_name(inside[0]) in ("p", "h")
        mark = numbers.next_number(item, depth) if is_item else ""
        for inner in inside:
            name = local_name(inner)
            if name == "list":
                _add_list(builder, inner, numbers.inner(inner), depth + 1)
                continue
            if name == "p" and text(inner):
                builder.add("list_item", f"{mark} {text(inner)}")
                mark = ""
            elif name == "h":
                _add_heading(builder, inner, mark)
                mark = ""
            _add_attached(builder, inner, numbers.lists)


def _add_heading(builder: PageBuilder, element: Any, number: str) -> None:
    words = text(element)
    builder.add("heading", f"{number} {words}" if words else "", _level(element))


def _level(element: Any) -> int:
    written = attribute(element, "outline-level")
    return min(max(int(written), 1), 6) if written.isdecimal() and len(written) < 3 else 1


def _add_table(builder: PageBuilder, table: Any, lists: Lists) -> None:
    rows = [list(_cells(row)) for row in _rows(table)]
    if len(rows) == 1 and len(rows[0]) == 1 and rows[0][0] is not None:  # a frame around text
        add_blocks(builder, rows[0][0], lists)
        return
    builder.add("table", markdown_table([[_cell_text(cell) for cell in row] for row in rows]))
    for row in rows:
        for cell in row:
            if cell is not None:
                _add_notes(builder, cell)


def _rows(table: Any) -> Iterator[Any]:
    for element in table:
        name = local_name(element)
        if name == "table-row":
            yield element
        elif name in ("table-header-rows", "table-rows", "table-row-group"):
            yield from _rows(element)


def _cells(row: Any) -> Iterator[Any]:
    """The cells of a row; None for one that is covered by a merged one."""
    for element in row:
        if local_name(element) in ("table-cell", "covered-table-cell"):
            repeated = attribute(element, "number-columns-repeated")
            times = int(repeated) if repeated.isdecimal() and len(repeated) < 4 else 1
            cell = element if local_name(element) == "table-cell" else None
            yield from [cell] * min(times, _MOST_REPEATED)


def _cell_text(cell: Any) -> str:
    return text(cell) if cell is not None else ""


def _add_frame(builder: PageBuilder, frame: Any, lists: Lists) -> None:
    for element in frame:
        name = local_name(element)
        if name == "text-box":
            add_blocks(builder, element, lists)
        elif name == "table":
            _add_table(builder, element, lists)
    described = next((e for e in frame if local_name(e) == "desc"), None)
    if described is not None and described.text:
        builder.add("paragraph", f"Picture: {collapse(described.text)}")


def _add_attached(builder: PageBuilder, paragraph: Any, lists: Lists) -> None:
    """Text boxes and notes stand right after the paragraph that holds them: read together, found together."""
    for element in paragraph.iter():
        if local_name(element) == "frame" and not _is_inside(element, paragraph):
            _add_frame(builder, element, lists)
    _add_notes(builder, paragraph)


def _is_inside(element: Any, paragraph: Any) -> bool:
    """Whether it stands in another frame or in a comment, which is dealt with by itself."""
    for parent in element.iterancestors():
        if parent is paragraph:
            return False
        if local_name(parent) in ("frame", "annotation", "note"):
            return True
    return False


def _add_notes(builder: PageBuilder, holder: Any) -> None:
    for note in holder.iter():
        if local_name(note) == "note" and not _is_inside(note, holder) and (words := _note_text(note)):
            builder.add("paragraph", f"Note: {words}")


def _note_text(note: Any) -> str:
    return " ".join(text(part) for part in note if local_name(part) == "note-body")
