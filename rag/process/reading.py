"""One file, from its path to its passages."""

from __future__ import annotations

import faulthandler
import hashlib
import os
import threading
import time
from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

from rag import formats, passages
from rag.embedders.long_texts import SPECIAL_TOKENS
from rag.errors import TOO_LONG, DocumentUnreadable, DocumentVanished
from rag.ports import Embedder
from rag.process.messages import FileRead, ReadFile, Reading
from rag.process.progress import Report, Stopped, with_progress
from rag.settings import PassageSettings, ReaderSettings, ReadLimits
from rag.values import Passage, ReadDocument

GRACE_S = 15.0  # beyond the limit, for a parser that reports its progress too seldom
EXIT_STUCK = 77
_HASH_BYTES = 1 << 20

Cancelled = Callable[[], bool]


class FileReader:
    """Answers ReadFile. One file at a time."""

    def __init__(self, settings: ReaderSettings, embedder: Callable[[], Embedder]) -> None:
        """`embedder`, which may have to load it, is called only for passages: it counts their tokens."""
        self._limits = settings.limits
        self._passages = settings.passages
        self._embedder = embedder

    def read(self, request: ReadFile, cancelled: Cancelled) -> Iterator[Reading | FileRead]:
        """Progress, then the file as read; ends early, without it, when cancelled.

        Raises:
            DocumentUnreadable: or a subclass.
            EmbedderMissing
        """
        try:
            yield from self._read(Path(request.path), request.cut, cancelled)
        except Stopped:
            return

    def _read(self, path: Path, cut: bool, cancelled: Cancelled) -> Iterator[Reading | FileRead]:
        before = _state(path)
        document = yield from _document(path, self._limits, cancelled)
        content_hash = _content_hash(path, cancelled)
        if _state(path) != before:
            raise DocumentUnreadable(str(path), "It changed while it was being read.")
        pieces: Sequence[Passage] = ()
        if cut:
            pieces = _split(document, self._embedder(), self._passages, cancelled)
        yield FileRead(
            title=document.title,
            content_hash=content_hash,
            pages=document.pages,
            passages=tuple(pieces),
            warnings=document.warnings,
        )


def _document(path: Path, limits: ReadLimits, cancelled: Cancelled) -> Generator[Reading, None, ReadDocument]:
    seconds = formats.seconds_for(path, limits)
    deadline = time.monotonic() + seconds

    with _heard_within(limits.seconds + GRACE_S) as heard:

        def work(report: Report) -> ReadDocument:
            def progress(done: int, total: int | None) -> None:
                heard()
                if time.monotonic() > deadline:
                    raise DocumentUnreadable(str(path), TOO_LONG.format(seconds))
                report(done, total)

            return formats.read(path, limits, progress)

        return (yield from with_progress(work, partial(Reading, "reading"), cancelled))


@contextmanager
def _heard_within(seconds: float) -> Iterator[Callable[[], None]]:
    """End the process when nothing is heard for so long: native code that is stuck cannot be stopped."""
    last = time.monotonic()
    done = threading.Event()

    def heard() -> None:
        nonlocal last
        last = time.monotonic()

    def listen() -> None:
        while not done.wait(max(0.0, last + seconds - time.monotonic())):
            if time.monotonic() >= last + seconds:
                end_process()
                return

    listener = threading.Thread(target=listen, name="listener", daemon=True)
    listener.start()
    try:
        yield heard
    finally:
        done.set()
        listener.join()


def end_process() -> None:
    """The app notices, takes the running file for unreadable and starts the process again."""
    faulthandler.dump_traceback(2)
    os._exit(EXIT_STUCK)


def _split(
    document: ReadDocument, embedder: Embedder, settings: PassageSettings, cancelled: Cancelled
) -> Sequence[Passage]:
    """The passages, none longer than what the embedder reads of a text."""

    def count_tokens(text: str) -> int:
        _stop_if(cancelled)  # a book takes seconds
        return embedder.count_tokens(text)

    target_tokens = min(settings.target_tokens, embedder.window_tokens - SPECIAL_TOKENS)
    fitting = replace(settings, target_tokens=target_tokens)
    return passages.split(document.pages, count_tokens, fitting, document.title)


def _stop_if(cancelled: Cancelled) -> None:
    if cancelled():
        raise Stopped


def _content_hash(path: Path, cancelled: Cancelled) -> str:
    digest = hashlib.sha256()
    with _system_errors_named(path), path.open("rb") as file:
        while chunk := file.read(_HASH_BYTES):
            _stop_if(cancelled)
            digest.update(chunk)
    return digest.hexdigest()


def _state(path: Path) -> tuple[int, int]:
    with _system_errors_named(path):
        status = path.stat()
    return status.st_size, status.st_mtime_ns


@contextmanager
def _system_errors_named(path: Path) -> Iterator[None]:
    try:
        yield
    except FileNotFoundError as error:
        raise DocumentVanished(str(path)) from error
    except OSError as error:
        reason = f"The computer could not read it: {error.strerror or error}."
        raise DocumentUnreadable(str(path), reason) from error
