"""The values that cross rag's seams: what was read, what was kept, what was found."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import PurePath
from typing import Literal

DocumentId = int
PassageId = int
CollectionId = int

BlockKind = Literal["heading", "paragraph", "list_item", "table", "code"]


@dataclass(frozen=True, slots=True)
class Block:
    """A piece of structure inside a page: characters `start:end` of the page's text.

    Blocks are in reading order and do not overlap; `level` is 1–6 for headings, else 0.
    """

    kind: BlockKind
    start: int
    end: int
    level: int = 0


@dataclass(frozen=True, slots=True)
class Page:
    """One page as read. `number` counts from 1; None where the format has no pages.

    `boxes` says where the page's words stand on its picture (`rag/boxes.py`); empty where it has none.
    """

    number: int | None
    text: str
    blocks: tuple[Block, ...] = ()
    boxes: bytes = b""


@dataclass(frozen=True, slots=True)
class ReadDocument:
    """What a reader made of one file. `warnings` are sentences for the person."""

    title: str
    pages: tuple[Page, ...]
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A cut of one page, the unit that is embedded and cited.

    `start:end` are character offsets into that page's text, so `text == page.text[start:end]`.
    `heading` is the path of headings above it ("Term and termination › Notice"), context for embedding.
    """

    ordinal: int
    page: int | None
    start: int
    end: int
    text: str
    heading: str = ""


@dataclass(frozen=True, slots=True)
class FileState:
    """What decides whether a file is new: its path (absolute), size, mtime and content hash (SHA-256 hex)."""

    path: str
    size_bytes: int
    mtime_ns: int
    content_hash: str = ""

    @property
    def kind(self) -> str:
        """The kind of file that its name says: the ending in lower case, without the dot."""
        return PurePath(self.path).suffix.lower().removeprefix(".")


@dataclass(frozen=True, slots=True)
class StoredPassage:
    """A passage as it stands in library.db, with what a citation needs."""

    id: PassageId
    document_id: DocumentId
    document: str
    path: str
    page: int | None
    start: int
    end: int
    text: str
    heading: str


@dataclass(frozen=True, slots=True)
class FoundPassage:
    """A passage found for a query; a higher `score` is better. `words` and `similarity` say why.

    `similarity` is how near its meaning is to the query's, about 0 where it is unrelated and 1 where it is
    the same (`rag.ranking.closeness`), `words` the BM25 score (≥ 0, 0 where no word matched).
    With `words_only` the vectors could not be asked: `similarity` is 0 and says nothing.
    """

    passage: StoredPassage
    score: float
    similarity: float
    words: float
    words_only: bool = False


@dataclass(frozen=True, slots=True)
class Problem:
    """A file that could not be read, and why, in a sentence for the person."""

    path: str
    reason: str


@dataclass(frozen=True, slots=True)
class CollectionStatus:
    """A collection in numbers: `ready + waiting + failed == documents`.

    `watched`: its folders are followed.
    """

    id: CollectionId
    name: str
    documents: int
    passages: int
    ready: int
    waiting: int
    failed: int
    problems: tuple[Problem, ...]
    folders: tuple[str, ...] = ()
    watched: bool = False


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document in a list. `state` is waiting, ready or failed; `reason` says why it failed.

    `warnings` are sentences about what could not be read of it.
    """

    id: DocumentId
    collection: str
    name: str
    path: str
    state: Literal["waiting", "ready", "failed"]
    reason: str
    passages: int
    pages: int
    size_bytes: int
    warnings: tuple[str, ...] = ()


SentenceState = Literal["found", "supported", "not_found"]


@dataclass(frozen=True, slots=True)
class CheckedSentence:
    """A sentence of an answer (`start:end` in its text) and the passages (by index) that it rests on.

    `quotes[i]` is the (start, end) range inside the text of passage `sources[i]` that says it.
    """

    text: str
    start: int
    end: int
    state: SentenceState
    sources: tuple[int, ...] = ()
    quotes: tuple[tuple[int, int], ...] = ()


NamedKind = Literal["PERSON", "ADDRESS"]


@dataclass(frozen=True, slots=True)
class Named:
    """Characters `start:end` of a text name a person, or are a postal address."""

    start: int
    end: int
    kind: NamedKind
