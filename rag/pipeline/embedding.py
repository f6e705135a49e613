"""The pipeline's second thread: has passages embedded, those of small files together."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import closing
from typing import TYPE_CHECKING

from rag.errors import DocumentUnreadable
from rag.pipeline.belt import LOST_IN_A_ROW, Belt, Waiting
from rag.pipeline.outcomes import Embedded, Failed, Progress
from rag.process.messages import EmbedPassages, PassagesEmbedded, Reading, TitledPassage

if TYPE_CHECKING:  # rag.ports brings numpy, which the app process does without
    from rag.ports import Worker

# In one request: a few seconds of work, which is what a kill loses.
PASSAGES_TOGETHER = 64
EMBED_TIMEOUT_S = 600.0  # loading the embedder may come first

_Part = tuple[Waiting, int]  # a file, and how many of its next passages


def embed(
    reader: Worker,
    passages: Sequence[TitledPassage],
    cancelled: Callable[[], bool],
    progress: Callable[[int], None] = lambda _done: None,
) -> PassagesEmbedded | None:
    """The vectors of passages; None where it was cancelled. `progress` hears how many are embedded.

    Raises:
        EmbedderMissing; the host's errors for a reader that died or hung.
    """
    answer = None
    replies = reader.call(EmbedPassages(tuple(passages)), timeout_s=EMBED_TIMEOUT_S, cancelled=cancelled)
    with closing(replies):  # type: ignore[type-var]  # the worker's iterators are generators
        for reply in replies:
            match reply:
                case Reading(done=done):
                    progress(done)
                case PassagesEmbedded():
                    answer = reply
    if answer is None and not cancelled():
        raise RuntimeError("the reader ended without an answer for some passages")
    return answer


class EmbeddingThread:
    """Takes files from the belt; a file whose last passage is embedded goes out."""

    def __init__(self, belt: Belt, reader: Worker, lost: tuple[type[Exception], ...]) -> None:
        self._belt = belt
        self._reader = reader
        self._lost = lost
        self._one_file_at_a_time = False
        self._losses = 0

    def run(self) -> None:
        while parts := self._next():
            try:
                self._embed(parts)
            except self._lost as error:
                if self._belt.stop.is_set():
                    return
                self._lost_at(parts, error)
            finally:
                self._let_go()

    def _next(self) -> list[_Part]:
        """What is embedded next, as soon as there is anything; empty at the end."""
        belt = self._belt
        with belt.changed:
            belt.changed.wait_for(lambda: bool(belt.waiting) or belt.all_read or belt.stop.is_set())
            if belt.stop.is_set():
                return []
            belt.embedding = True
            parts: list[_Part] = []
            room = PASSAGES_TOGETHER
            for item in belt.waiting:
                parts.append((item, min(item.left, room)))
                room -= parts[-1][1]
                if not room or self._one_file_at_a_time:
                    break
        return parts

    def _let_go(self) -> None:
        with self._belt.changed:
            self._belt.embedding = False
            self._belt.changed.notify_all()

    def _embed(self, parts: Sequence[_Part]) -> None:
        belt = self._belt
        passages = [
            TitledPassage(item.read.title, passage)
            for item, count in parts
            for passage in item.read.passages[len(item.vectors) : len(item.vectors) + count]
        ]
        answer = None
        if passages:
            answer = embed(self._reader, passages, belt.stop.is_set, self._progress_of(parts))
            if answer is None or belt.stop.is_set():
                return
            self._losses, self._one_file_at_a_time = 0, False
            belt.answered()
        self._hand_out(parts, answer)

    def _progress_of(self, parts: Sequence[_Part]) -> Callable[[int], None]:
        """Progress in terms of the first file; passages are embedded in order of length, not of files."""
        first, count = parts[0]
        before = 0

        def progress(done: int) -> None:
            nonlocal before
            total = len(first.read.passages)
            shown = len(first.vectors) + min(done, count)
            self._belt.outcomes.put(Progress(first.document, "embedding", shown, total, done - before))
            before = done

        return progress

    def _hand_out(self, parts: Sequence[_Part], answer: PassagesEmbedded | None) -> None:
        belt = self._belt
        vectors = iter(answer.vectors if answer else ())
        embedder = answer.embedder if answer else ""
        for item, count in parts:
            item.vectors += [next(vectors) for _ in range(count)]
            if not item.left:
                with belt.changed:
                    belt.waiting.remove(item)
                belt.outcomes.put(Embedded(item.document, item.file, item.read, item.vectors, embedder))

    def _lost_at(self, parts: Sequence[_Part], error: Exception) -> None:
        """The reader died. Once the file that was being read meanwhile is out of the way, try again; then
        with one file's passages alone; then it is that file's.

        Raises:
            one of `lost` where the reader dies of every file.
        """
        belt = self._belt
        with belt.changed:
            alone = not belt.reading
            belt.changed.wait_for(lambda: not belt.reading or belt.stop.is_set())
        self._losses += 1
        if not alone and self._losses >= LOST_IN_A_ROW:
            raise error
        if alone and self._one_file_at_a_time:
            self._blame(parts[0][0], error)
        self._one_file_at_a_time = alone

    def _blame(self, item: Waiting, error: Exception) -> None:
        belt = self._belt
        try:
            belt.blame(item.document.file.path, error)
        except DocumentUnreadable as unreadable:
            with belt.changed:
                belt.waiting.remove(item)
            belt.outcomes.put(Failed(item.document, item.file, unreadable.reason))
            belt.kept(item.document.id)
