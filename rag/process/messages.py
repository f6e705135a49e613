"""Requests to the reader process and its replies. Plain dataclasses; they cross the pipe as MessagePack."""

from __future__ import annotations

from dataclasses import dataclass

from rag.values import Named, Page, Passage


@dataclass(frozen=True, slots=True)
class Warm:
    """Load the embedder and open the vector index now, so that the first question need not wait."""


@dataclass(frozen=True, slots=True)
class Warmed:
    """`index` names the implementation that answers (“chroma” or “exact”), `detail` why, if not chroma."""

    embedder: str
    dimensions: int
    index: str
    vectors: int
    detail: str = ""


@dataclass(frozen=True, slots=True)
class ReadFile:
    """Read one file and cut it into passages. Replies: Reading…, then FileRead.

    With `cut` false only the text comes back (`carrel documents text`), and no embedder is needed.
    """

    path: str
    cut: bool = True


@dataclass(frozen=True, slots=True)
class Reading:
    """Progress on the running file: `what` is “reading” (units: pages) or “embedding” (units: passages)."""

    what: str
    done: int
    total: int | None


@dataclass(frozen=True, slots=True)
class FileRead:
    """A file as read, with the passages that are still to be embedded."""

    title: str
    content_hash: str
    pages: tuple[Page, ...]
    passages: tuple[Passage, ...] = ()
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ReadTable:
    """Read the rows of a table, for work on each. Replies: Reading…, TableHeader, TableRows…, TableEnd.

    `sheet` is one of a workbook; “”: the first that holds something.
    """

    path: str
    sheet: str = ""


@dataclass(frozen=True, slots=True)
class TableHeader:
    """The names of a table's columns, each once; `rows` is how many there are.

    `sheets` are those of a workbook that a person sees, `sheet` is the one that is read. `notes` are
    sentences about what stands in the file and is no row.
    """

    columns: tuple[str, ...]
    rows: int
    sheets: tuple[str, ...] = ()
    sheet: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TableRows:
    """Rows in order, each with a cell for every column; the first has this number, counted from 1."""

    first_number: int
    rows: tuple[tuple[str, ...], ...]


@dataclass(frozen=True, slots=True)
class TableEnd:
    """That were all."""

    rows: int


@dataclass(frozen=True, slots=True)
class TitledPassage:
    """A passage with its document's title, which is embedded with it."""

    title: str
    passage: Passage


@dataclass(frozen=True, slots=True)
class EmbedPassages:
    """Embed passages, of one document or several. Replies: Reading (“embedding”)…, then PassagesEmbedded."""

    passages: tuple[TitledPassage, ...]


@dataclass(frozen=True, slots=True)
class PassagesEmbedded:
    """A vector for each passage, in order (little-endian float32, unit length); `embedder` made them."""

    vectors: tuple[bytes, ...]
    embedder: str


@dataclass(frozen=True, slots=True)
class DrawPage:
    """Draw a page of a file as a picture of `width_px`. Reply: PageDrawn.

    For formats whose pages look like something (PDF, pictures); others are DocumentUnreadable.
    """

    path: str
    page: int
    width_px: int


@dataclass(frozen=True, slots=True)
class PageDrawn:
    """The picture, `width_px` × `height_px`; `pages` is how many the file has.

    `pixels` are rows of four bytes a pixel: blue, green, red, unused (Qt's Format_RGB32 where little-endian).
    """

    pixels: bytes
    width_px: int
    height_px: int
    pages: int


@dataclass(frozen=True, slots=True)
class SearchVectors:
    """The `k` nearest passages to a text, from `documents` only where given. Reply: VectorsFound."""

    text: str
    k: int
    documents: tuple[int, ...] | None = None


@dataclass(frozen=True, slots=True)
class VectorsFound:
    """Passage ids and their cosines, best first.

    `vector` is the text's own vector (little-endian float32, unit length) and `embedder` its identity:
    with them the app gives passages that only the words found their exact similarity too.
    """

    ids: tuple[int, ...]
    similarities: tuple[float, ...]
    index: str
    vector: bytes = b""
    embedder: str = ""


@dataclass(frozen=True, slots=True)
class RankTexts:
    """The `k` of some texts that mean about the same as each of `texts`. Replies: Reading…, TextsRanked.

    Those texts go by their `key`, and are sent as `among` only when the reader does not know that (any
    more): they may be thousands, and the same for each row of a table. `centred`: what they all have in
    common is taken off every vector first. `kinds` belongs to `among`: what each of them is an example of;
    such a list is always compared by what sets the kinds apart.
    """

    texts: tuple[str, ...]
    k: int
    key: str
    among: tuple[str, ...] | None = None
    centred: bool = False
    kinds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class TextsRanked:
    """For each text (index into `among`, cosine) of the nearest, best first; None for an unknown key."""

    ranked: tuple[tuple[tuple[int, float], ...], ...] | None
    embedder: str = ""


@dataclass(frozen=True, slots=True)
class FindPeople:
    """Find persons and postal addresses. Replies: Reading (“names”; units: characters)…, PeopleFound."""

    texts: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PeopleFound:
    """For each text what was found, in order, not overlapping."""

    found: tuple[tuple[Named, ...], ...]


@dataclass(frozen=True, slots=True)
class Sync:
    """library.db has new truth: take over the passages of `added` documents, drop those of `removed`.

    The reader process reads the vectors from library.db itself (read-only). Reply: Synced.
    """

    added: tuple[int, ...] = ()
    removed: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Synced:
    vectors: int


@dataclass(frozen=True, slots=True)
class Rebuild:
    """Throw the vector index away and build it anew from library.db. Reply: Synced."""


REQUESTS = (
    Warm, ReadFile, ReadTable, EmbedPassages, DrawPage, SearchVectors, RankTexts, FindPeople, Sync, Rebuild,
)  # fmt: skip
REPLIES = (
    Warmed,
    Reading,
    FileRead,
    TableHeader,
    TableRows,
    TableEnd,
    PassagesEmbedded,
    PageDrawn,
    VectorsFound,
    TextsRanked,
    PeopleFound,
    Synced,
)
