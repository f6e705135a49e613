from __future__ import annotations

import hashlib
import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from rag import formats
from rag.errors import DocumentEmpty, DocumentUnreadable, DocumentVanished, EmbedderMissing
from rag.ports import Embedder
from rag.process import reading
from rag.process.messages import FileRead, ReadFile
from rag.process.reading import FileReader
from rag.process.service import ReaderService
from rag.settings import ReaderSettings, ReadLimits
from rag.values import Page, ReadDocument
from tests.fakes.embedder import FakeEmbedder

TEXT = "\n\n".join(
    f"Paragraph number {number} speaks about topic{number} and about nothing else in the world at all."
    for number in range(12)
)


def never() -> bool:
    return False


def no_embedder() -> Embedder:
    pytest.fail("the embedder was loaded")


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "lease.txt"
    path.write_text(TEXT, "utf-8")
    return path


@pytest.fixture
def reader(settings: ReaderSettings, embedder: FakeEmbedder) -> FileReader:
    return FileReader(settings, lambda: embedder)


def read(reader: FileReader, path: Path, cancelled: Callable[[], bool] = never) -> FileRead:
    last = list(reader.read(ReadFile(str(path)), cancelled))[-1]
    assert isinstance(last, FileRead)
    return last


def test_a_file_comes_back_as_pages_and_passages(reader: FileReader, document: Path) -> None:
    result = read(reader, document)
    assert result.content_hash == hashlib.sha256(document.read_bytes()).hexdigest()
    assert "topic11" in "".join(page.text for page in result.pages)
    (page,) = result.pages
    assert len(result.passages) > 1
    assert all(passage.text == page.text[passage.start : passage.end] for passage in result.passages)


def test_without_cutting_the_embedder_is_not_loaded(settings: ReaderSettings, document: Path) -> None:
    replies = list(FileReader(settings, no_embedder).read(ReadFile(str(document), cut=False), never))
    result = replies[-1]
    assert isinstance(result, FileRead)
    assert "topic3" in result.pages[0].text
    assert result.passages == ()


def test_an_unreadable_file_is_told_before_the_embedder_is_loaded(
    settings: ReaderSettings, tmp_path: Path
) -> None:
    (tmp_path / "empty.txt").touch()
    reader = FileReader(settings, no_embedder)
    with pytest.raises(DocumentEmpty):
        list(reader.read(ReadFile(str(tmp_path / "empty.txt")), never))
    with pytest.raises(DocumentVanished):
        list(reader.read(ReadFile(str(tmp_path / "absent.txt")), never))


def test_a_missing_embedder_is_no_fault_of_the_file(settings: ReaderSettings, document: Path) -> None:
    service = ReaderService(settings)
    with pytest.raises(EmbedderMissing):
        list(service.handle(ReadFile(str(document)), never))


def test_a_file_that_changes_while_it_is_read_is_refused(
    reader: FileReader, document: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = formats.read

    def slowly(path: Path, limits: ReadLimits, progress: formats.Progress) -> ReadDocument:
        result = original(path, limits, progress)
        path.write_text("something else", "utf-8")
        return result

    monkeypatch.setattr(formats, "read", slowly)
    with pytest.raises(DocumentUnreadable, match="changed while it was being read"):
        read(reader, document)


def test_a_file_that_vanishes_while_it_is_read_is_said_to_have_vanished(
    reader: FileReader, document: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    original = formats.read

    def slowly(path: Path, limits: ReadLimits, progress: formats.Progress) -> ReadDocument:
        result = original(path, limits, progress)
        path.unlink()
        return result

    monkeypatch.setattr(formats, "read", slowly)
    with pytest.raises(DocumentVanished):
        read(reader, document)


def test_cancelled_while_parsing_it_ends_without_a_result(
    reader: FileReader, document: Path, embedder: FakeEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    cancelled = threading.Event()

    def endless(path: Path, limits: ReadLimits, progress: formats.Progress) -> ReadDocument:
        cancelled.set()
        while True:
            progress(1, None)

    monkeypatch.setattr(formats, "read", endless)
    replies = list(reader.read(ReadFile(str(document)), cancelled.is_set))
    assert not any(isinstance(reply, FileRead) for reply in replies)
    assert embedder.batches == []


def test_a_parser_that_takes_too_long_is_stopped(
    settings: ReaderSettings, document: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def endless(path: Path, limits: ReadLimits, progress: formats.Progress) -> ReadDocument:
        while True:
            progress(1, None)

    monkeypatch.setattr(formats, "read", endless)
    impatient = ReaderSettings(
        settings.embedder_path, settings.library_path, settings.vectors_path, ReadLimits(seconds=0)
    )
    with pytest.raises(DocumentUnreadable, match="longer than 0 seconds"):
        read(FileReader(impatient, no_embedder), document)


def test_a_parser_that_does_not_come_back_ends_the_process(
    settings: ReaderSettings, document: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ended = threading.Event()

    def stuck(path: Path, limits: ReadLimits, progress: formats.Progress) -> ReadDocument:
        assert ended.wait(30), "nobody ended the process"
        raise DocumentUnreadable(str(path))

    monkeypatch.setattr(reading, "end_process", ended.set)
    monkeypatch.setattr(reading, "GRACE_S", 0.05)
    monkeypatch.setattr(formats, "read", stuck)
    impatient = ReaderSettings(
        settings.embedder_path, settings.library_path, settings.vectors_path, ReadLimits(seconds=0)
    )
    with pytest.raises(DocumentUnreadable):
        read(FileReader(impatient, no_embedder), document)


def test_a_parser_that_is_heard_of_may_take_its_time(
    settings: ReaderSettings, document: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The pages of a scan take longer together than one of them may alone."""
    ended = threading.Event()

    def slow(path: Path, limits: ReadLimits, progress: formats.Progress) -> ReadDocument:
        for page in range(15):
            time.sleep(0.1)
            progress(page, 15)
        raise DocumentUnreadable(str(path), "Read to its end.")

    monkeypatch.setattr(reading, "end_process", ended.set)
    monkeypatch.setattr(reading, "GRACE_S", 1.0)
    monkeypatch.setattr(formats, "read", slow)
    monkeypatch.setattr(formats, "seconds_for", lambda *_: 60.0)
    impatient = ReaderSettings(
        settings.embedder_path, settings.library_path, settings.vectors_path, ReadLimits(seconds=0)
    )
    with pytest.raises(DocumentUnreadable, match="Read to its end"):
        read(FileReader(impatient, no_embedder), document)
    assert not ended.is_set()


def test_passages_fit_an_embedder_with_a_small_window(settings: ReaderSettings, document: Path) -> None:
    small = FakeEmbedder(window_tokens=10)
    result = read(FileReader(settings, lambda: small), document)
    assert max(small.count_tokens(passage.text) for passage in result.passages) <= 8
    assert "topic11" in " ".join(passage.text for passage in result.passages)


def test_pages_keep_their_numbers(
    reader: FileReader, document: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pages = (Page(1, "The rent is due."), Page(2, "Cats purr."))
    monkeypatch.setattr(
        formats, "read", lambda *_: ReadDocument("Lease", pages, ("2 of 4 pages are empty.",))
    )
    result = read(reader, document)
    assert result.pages == pages
    assert [passage.page for passage in result.passages] == [1, 2]
    assert (result.title, result.warnings) == ("Lease", ("2 of 4 pages are empty.",))


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="the system has no named pipes")
def test_a_named_pipe_does_not_hold_it_up(reader: FileReader, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.txt")
    with pytest.raises(DocumentUnreadable):
        read(reader, tmp_path / "pipe.txt")
