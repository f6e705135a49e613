"""Keeps a Chroma copy of the vectors in step, from a thread of its own."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.errors import VectorIndexBroken
from rag.ports import Vectors
from rag.values import PassageId
from rag.vectors.chroma import MARKER, PROBED, WRITE_BATCH, ChromaIndex, import_chroma, size_limit
from rag.vectors.shared import Difference, SharedIndex

# So often the copy is made anew in the life of a process; what fails more often would fail for ever.
ATTEMPTS = 3
# So often in a row Chroma may take the process down; then it is left alone for a day.
DEATHS = 3
DEATHS_COUNT_S = 24 * 3600.0
CLOSE_S = 3.0
_FOLDER = "chroma-"

log = logging.getLogger(__name__)


class ChromaCopy:
    """A Chroma index that follows a SharedIndex, and is made anew when it breaks.

    `root` is the copy's alone. A copy made anew gets a new folder in it: Chroma keeps the state of a failed
    one in the process, and Windows keeps its files open.
    """

    def __init__(self, truth: SharedIndex, root: Path, embedder: str, dimensions: int) -> None:
        """Starts the thread; it opens what the last run left and compares it with `truth`."""
        self._truth = truth
        self._root = root
        self._embedder = embedder
        self._dimensions = dimensions
        self._index: ChromaIndex | None = None
        self._held = np.empty(0, np.int64)
        self._using = threading.Lock()  # around every call into Chroma
        self._version = -1  # of the truth that the copy holds
        self._reported: VectorIndexBroken | None = None  # by another thread, not yet acted upon
        self._failure: VectorIndexBroken | None = None  # the last one, until it is mended
        self._attempts = 0
        self._number = _last_number(root)
        self._deaths = _Deaths(root / "deaths")
        self._heed_deaths()
        self._closing = False
        self._thread = threading.Thread(target=self._run, name="chroma", daemon=True)
        self._thread.start()

    @property
    def in_step(self) -> bool:
        return self._version == self._truth.version

    @property
    def detail(self) -> str:
        """Why it does not answer; empty while it does."""
        if self.in_step:
            return ""
        return str(self._failure or "") or "Chroma is being brought up to date."

    def search(self, vector: Vectors, k: int) -> list[tuple[PassageId, float]] | None:
        """As `VectorIndex.search`; None where it is behind, busy or broken. Never waits for a write."""
        if not self.in_step or not self._using.acquire(blocking=False):
            return None
        try:
            return None if self._index is None else self._index.search(vector, k)
        except VectorIndexBroken as error:
            self._report(error)
            return None
        finally:
            self._using.release()

    def start_anew(self) -> None:
        """Throw the copy away and make it again, also after it was given up."""
        self._attempts = 0
        self._deaths.set(0)
        self._report(VectorIndexBroken("it is being made anew"))

    def wait_until_settled(self, timeout_s: float) -> bool:
        """Block until the copy is in step or given up; whether it is in step."""
        self._truth.wait_until(lambda: self._given_up or not self._has_work, timeout_s)
        return self.in_step

    def close(self) -> None:
        """Stop between two writes. A call that hangs is left behind; its marker tells the next run."""
        self._closing = True
        self._truth.wake()
        if not self._using.acquire(timeout=CLOSE_S):
            log.warning("Chroma does not come back; the next start makes its copy anew")
            return
        try:
            self._close_index()
        finally:
            self._using.release()

    @property
    def _has_work(self) -> bool:
        return not self.in_step or self._reported is not None

    @property
    def _given_up(self) -> bool:
        return self._attempts >= ATTEMPTS

    def _report(self, error: VectorIndexBroken) -> None:
        """Tell the thread that the copy broke while another thread used it."""
        self._reported = error
        self._version = -1
        self._truth.wake()

    def _run(self) -> None:
        try:
            import_chroma()  # takes seconds, and the process may end meanwhile: no marker lies there yet
            while self._wait_for_work():
                self._attempt()
        except _Closing:
            pass
        except BaseException as error:  # the thread's boundary: the exact index goes on answering
            log.exception("the Chroma copy is given up")
            self._failure = VectorIndexBroken(f"{type(error).__name__}: {error}")
            self._attempts = ATTEMPTS
            self._truth.wake()

    def _wait_for_work(self) -> bool:
        self._truth.wait_until(lambda: self._closing or (self._has_work and not self._given_up))
        return not self._closing

    def _attempt(self) -> None:
        try:
            reported, self._reported = self._reported, None
            if reported is not None:
                raise reported
            self._follow()
        except VectorIndexBroken as error:
            log.warning("%s", error)
            self._failure = error
            self._discard()
            self._attempts += 1
            self._heed_deaths()
            self._truth.wake()

    def _follow(self) -> None:
        """Bring the copy to the present version.

        Raises:
            VectorIndexBroken, _Closing
        """
        opened = self._index is None
        index = self._index or self._open()
        difference = self._truth.difference(self._held)
        self._apply(index, difference)
        if opened or len(difference.missing):
            self._probe(index, difference)
        self._held, self._failure = difference.ids, None
        self._version = difference.version
        self._deaths.set(0)
        self._truth.wake()

    def _heed_deaths(self) -> None:
        """Give up where Chroma would only take the process down once more."""
        if self._deaths.count() >= DEATHS:
            self._failure = VectorIndexBroken(f"Chroma took the reader down {DEATHS} times")
            self._attempts = ATTEMPTS

    def _open(self) -> ChromaIndex:
        folder = self._root / f"{_FOLDER}{self._number}"
        limit_bytes = size_limit(self._truth.count(), self._dimensions)
        if (folder / MARKER).exists():
            self._deaths.set(self._deaths.count() + 1)
        with self._use():
            index = ChromaIndex(folder, self._embedder, self._dimensions, limit_bytes=limit_bytes)
            self._index = index
            self._held = index.ids()
        return index

    def _apply(self, index: ChromaIndex, difference: Difference) -> None:
        for ids in _parts(difference.surplus):
            with self._use():
                index.remove(ids.tolist())
        for ids in _parts(difference.missing):
            present = self._truth.take(ids)
            with self._use():
                index.add(present.ids, present.documents, present.vectors)

    def _probe(self, index: ChromaIndex, difference: Difference) -> None:
        """Raises: VectorIndexBroken: it does not hold what it was given."""
        known = self._truth.take(difference.ids[:: max(1, len(difference.ids) // PROBED)])
        with self._use():
            count = index.count()
            index.probe(known.vectors)
        # What was removed since the comparison may not have been added at all.
        if count != len(difference.ids) and difference.version == self._truth.version:
            raise VectorIndexBroken(f"it holds {count} vectors in place of {len(difference.ids)}")

    def _discard(self) -> None:
        with self._using:
            self._close_index()
            self._held = np.empty(0, np.int64)
            deaths = self._deaths.count()
            shutil.rmtree(self._root, ignore_errors=True)  # what is still open goes the next time
            self._deaths.set(deaths)
            self._number += 1

    def _close_index(self) -> None:
        index, self._index = self._index, None
        if index is not None:
            index.close()

    @contextmanager
    def _use(self) -> Iterator[None]:
        """Around calls into Chroma. Raises: _Closing: none may begin any more."""
        with self._using:
            if self._closing:
                raise _Closing
            yield


class _Closing(Exception):
    """The copy is being closed; what was begun is left to the next start."""


class _Deaths:
    """How often in a row the process ended while Chroma was at work; kept in a file, for a day."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def count(self) -> int:
        try:
            age_s = time.time() - self._path.stat().st_mtime
            return int(self._path.read_text("utf-8")) if age_s < DEATHS_COUNT_S else 0
        except (OSError, ValueError):
            return 0

    def set(self, count: int) -> None:
        try:
            if count == 0:
                self._path.unlink(missing_ok=True)
            elif count != self.count():
                self._path.parent.mkdir(parents=True, exist_ok=True)
                self._path.write_text(str(count), "utf-8")
        except OSError as error:  # a full disk: then Chroma cannot work either
            log.warning("%s cannot be written: %s", self._path, error)


def _last_number(root: Path) -> int:
    numbers = [path.name.removeprefix(_FOLDER) for path in root.glob(f"{_FOLDER}*")]
    return max((int(number) for number in numbers if number.isdigit()), default=1)


def _parts(ids: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    for start in range(0, len(ids), WRITE_BATCH):
        yield ids[start : start + WRITE_BATCH]
