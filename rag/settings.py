"""Settings of rag: given to constructors, never read from the environment by a module itself."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from rag.ranking import Weights


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """What one file may cost the reader process.

    `parts` are the messages, attachments and members of a file that holds others, `nesting` how deep these
    may lie in one another.
    """

    file_bytes: int = 1 << 30
    text_characters: int = 50_000_000
    unpacked_bytes: int = 2 << 30
    pages: int = 20_000
    seconds: float = 300.0
    parts: int = 10_000
    nesting: int = 4
    picture_pixels: int = 100_000_000
    picture_seconds: float = 7200.0  # on top, to read text in pictures: 800 full pages on one slow thread
    picture_threads: int = 0  # 0: chosen from the processor
    table_rows: int = (
        1_048_576  # of a table whose rows are worked on one by one; a sheet of Excel has as many
    )
    table_columns: int = 2_000
    table_characters: int = 200_000_000


@dataclass(frozen=True, slots=True)
class PassageSettings:
    """Size of passages in the embedder's own tokens; small, because reading evidence is what costs time."""

    target_tokens: int = 160
    overlap_sentences: int = 1


@dataclass(frozen=True, slots=True)
class ReaderSettings:
    """What the reader process is started with.

    `scratch_path` is a folder of its own for what it takes out of archives and mails while it reads these;
    emptied at the start. None: the system's own place for temporary files.
    """

    embedder_path: Path
    library_path: Path
    vectors_path: Path
    limits: ReadLimits = ReadLimits()
    passages: PassageSettings = PassageSettings()
    use_chroma: bool = True
    former_embedders: tuple[Path, ...] = ()  # they answer until the present one has embedded everything
    threads: int = 0  # 0: chosen from the processor
    scratch_path: Path | None = None
    names_path: Path | None = None  # the weights that find persons and addresses (rag/people); None: cannot


@dataclass(frozen=True, slots=True)
class RetrievalSettings:
    """How evidence is chosen; rag/ranking.py and rag/evidence.py hold the sources of the numbers.

    `candidates`: so many each are taken from words and from meaning. On 700 questions of squad_dev recall@1
    / @5 is .884/.979 with 20, .887/.981 with 30, .889/.981 with 40 and .887/.980 with 60.
    `evidence_gap`: passages that score this much less than the best one are left out.
    `minimum_relevance`: mean of similarity and the share of the question's words found, below which
    nothing is relevant, unless one passage reaches `minimum_similarity`, or `foreign_similarity` where none
    holds a word of the question.
    """

    candidates: int = 40
    passages: int = 5
    evidence_tokens: int = 700
    weights: Weights = field(default_factory=Weights)
    minimum_similarity: float = 0.4
    foreign_similarity: float = 0.16
    evidence_gap: float = 1.5
    minimum_relevance: float = 0.35
