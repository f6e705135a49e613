from __future__ import annotations

import os
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from rag.errors import DocumentProtected, EmbedderMissing, LibraryFull, VectorIndexBroken
from rag.indexing import (
    LOST_IN_A_ROW,
    READER_LOST,
    FileDone,
    FileFailed,
    FileProgress,
    FilesFound,
    FileStarted,
    IndexDone,
    IndexEvent,
)
from rag.library import Library
from rag.process.messages import Sync
from rag.settings import RetrievalSettings
from tests.fakes.reader import FakeReader, ReaderLostError


def _names(events: Iterable[IndexEvent], kind: type) -> list[str]:
    return [Path(event.path).name for event in events if isinstance(event, kind)]


def _last(events: Iterable[IndexEvent]) -> IndexDone:
    *_, last = events
    assert isinstance(last, IndexDone)
    return last


def _texts(library: Library, query: str) -> list[str]:
    return [item.passage.text for item in library.search(query)[0] if item.words]


def _touch(path: Path) -> None:
    status = path.stat()
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns + 1_000_000_000))


def test_folder_is_indexed_with_progress_in_named_units(library: Library, folder: Path) -> None:
    events = list(library.index([folder], "Contracts"))
    lease = str(folder / "lease.txt")
    assert events[:3] == [
        FilesFound(3),
        FileStarted(lease, "lease.txt", 0, 3),
        FileProgress(lease, "reading", 2, 2),
    ]
    assert FileDone(lease, 4, unchanged=False, done=1, total=3) in events
    assert events[-1] == IndexDone(ready=3, failed=0, unchanged=0)
    (status,) = library.status()
    assert (status.ready, status.waiting, status.passages, status.folders) == (3, 0, 6, (str(folder),))


def test_unchanged_files_are_not_read_again(library: Library, folder: Path, reader: FakeReader) -> None:
    list(library.index([folder], "Contracts"))
    reader.requests.clear()
    events = list(library.index([folder], "Contracts"))
    assert reader.requests == []
    assert events[-1] == IndexDone(ready=0, failed=0, unchanged=3)
    assert [event.passages for event in events if isinstance(event, FileDone)] == [4, 1, 1]


def test_touched_file_with_the_same_content_is_not_read_again(
    library: Library, folder: Path, reader: FakeReader
) -> None:
    list(library.index([folder], "Contracts"))
    reader.requests.clear()
    _touch(folder / "nda.txt")
    assert _last(library.index([folder], "Contracts")) == IndexDone(ready=0, failed=0, unchanged=3)
    assert reader.read_paths() == []
    list(library.index([folder], "Contracts"))
    assert _last(library.index([folder], "Contracts")).unchanged == 3


def test_changed_file_replaces_its_passages(library: Library, folder: Path, reader: FakeReader) -> None:
    list(library.index([folder], "Contracts"))
    (folder / "recipe.txt").write_text("Roast the pumpkin.")
    assert _last(library.index([folder], "Contracts")) == IndexDone(ready=1, failed=0, unchanged=2)
    assert _texts(library, "apples") == []
    assert _texts(library, "pumpkin") == ["Roast the pumpkin."]


def test_changed_file_of_the_same_size_is_noticed(library: Library, folder: Path) -> None:
    list(library.index([folder], "Contracts"))
    path = folder / "recipe.txt"
    path.write_text(path.read_text().replace("apples", "quince"))
    _touch(path)
    assert _last(library.index([folder], "Contracts")).ready == 1
    assert len(_texts(library, "quince")) == 1


def test_deleted_file_is_forgotten_when_its_folder_is_added_again(library: Library, folder: Path) -> None:
    list(library.index([folder], "Contracts"))
    (folder / "nda.txt").unlink()
    assert _last(library.index([folder], "Contracts")) == IndexDone(ready=0, failed=0, unchanged=2, removed=1)
    assert _texts(library, "confidential") == []


def test_folder_that_is_gone_as_a_whole_forgets_nothing(
    library: Library, folder: Path, tmp_path: Path
) -> None:
    list(library.index([folder], "Contracts"))
    folder.rename(tmp_path / "unplugged")
    events = list(library.index([folder], "Contracts"))
    assert _names(events, FileFailed) == ["Contracts"]
    (status,) = library.status()
    assert status.ready == 3


def test_one_bad_file_is_a_result_beside_the_good_ones(
    library: Library, folder: Path, reader: FakeReader
) -> None:
    reader.errors["nda.txt"] = DocumentProtected(str(folder / "nda.txt"))
    (folder / "empty.txt").write_text("  ")
    events = list(library.index([folder], "Contracts"))
    assert {event.reason for event in events if isinstance(event, FileFailed)} == {
        "It is protected by a password.",
        "There is no text in it.",
    }
    assert events[-1] == IndexDone(ready=2, failed=2, unchanged=0)
    (status,) = library.status()
    assert [Path(problem.path).name for problem in status.problems] == ["empty.txt", "nda.txt"]


def test_file_that_takes_the_reader_down_fails_and_the_job_goes_on(
    library: Library, folder: Path, reader: FakeReader
) -> None:
    reader.crashes.add("lease.txt")
    events = list(library.index([folder], "Contracts"))
    assert [event.reason for event in events if isinstance(event, FileFailed)] == [READER_LOST]
    assert _names(events, FileDone) == ["nda.txt", "recipe.txt"]


def test_reader_that_never_comes_up_ends_the_job_and_blames_few_files(
    library: Library, tmp_path: Path, reader: FakeReader
) -> None:
    many = tmp_path / "many"
    many.mkdir()
    for number in range(10):
        (many / f"{number}.txt").write_text("text")
    reader.away = True
    with pytest.raises(ReaderLostError):
        list(library.index([many], "Many"))
    (status,) = library.status()
    assert (status.failed, status.waiting) == (LOST_IN_A_ROW - 1, 10 - LOST_IN_A_ROW + 1)
    reader.away = False
    assert _last(library.resume()).ready == status.waiting


def test_missing_embedder_ends_the_job_and_everything_waits(
    library: Library, folder: Path, reader: FakeReader
) -> None:
    reader.errors["lease.txt"] = EmbedderMissing("weights")
    with pytest.raises(EmbedderMissing):
        list(library.index([folder], "Contracts"))
    assert library.status()[0].waiting == 3


def test_failed_file_is_tried_again_when_asked_or_added_again(
    library: Library, folder: Path, reader: FakeReader
) -> None:
    reader.crashes.add("lease.txt")
    list(library.index([folder], "Contracts"))
    assert _last(library.retry([folder / "lease.txt", folder / "nda.txt"])).failed == 1
    reader.crashes.clear()
    assert _last(library.retry([folder])) == IndexDone(ready=1, failed=0, unchanged=0)
    assert library.status()[0].ready == 3


def test_unsupported_file_that_was_named_is_listed_as_a_problem_but_a_typing_error_is_not(
    library: Library, tmp_path: Path
) -> None:
    (tmp_path / "tool.exe").write_text("MZ")
    events = list(library.index([tmp_path / "tool.exe", tmp_path / "typo.txt"], "Documents"))
    assert _names(events, FileFailed) == ["tool.exe", "typo.txt"]
    assert [row.name for row in library.documents("Documents")] == ["tool.exe"]


def test_cancelling_between_files_leaves_the_rest_waiting_for_resume(
    library: Library, folder: Path, reader: FakeReader
) -> None:
    seen: list[IndexEvent] = []
    for event in library.index([folder], "Contracts", cancelled=lambda: bool(_names(seen, FileDone))):
        seen.append(event)
    assert seen[-1] == IndexDone(ready=1, failed=0, unchanged=0, stopped=True)
    assert library.status()[0].waiting == 2
    reader.requests.clear()
    assert _last(library.resume()) == IndexDone(ready=2, failed=0, unchanged=0)
    assert reader.read_paths() == ["nda.txt", "recipe.txt"]


def test_cancelling_in_the_middle_of_a_file_keeps_nothing_of_it(library: Library, folder: Path) -> None:
    seen: list[IndexEvent] = []
    for event in library.index([folder], "Contracts", cancelled=lambda: bool(_names(seen, FileProgress))):
        seen.append(event)
    assert seen[-1] == IndexDone(ready=0, failed=0, unchanged=0, stopped=True)
    (status,) = library.status()
    assert (status.waiting, status.passages) == (3, 0)


def test_reader_that_dies_while_it_is_cancelled_blames_no_file(
    library: Library, folder: Path, reader: FakeReader
) -> None:
    reader.crashes.add("lease.txt")
    stop = iter([False, False])  # while scanning, and before the file; from then on it is cancelled
    last = _last(library.index([folder], "Contracts", cancelled=lambda: next(stop, True)))
    assert last.failed == 0
    assert library.status()[0].waiting == 3


def test_closed_job_can_be_resumed(library: Library, folder: Path) -> None:
    with closing(library.index([folder], "Contracts")) as events:  # type: ignore[type-var]
        for event in events:
            if isinstance(event, FileProgress):
                break
    assert library.status()[0].waiting == 3
    assert _last(library.resume("Contracts")).ready == 3


def test_full_disk_ends_the_job_with_nothing_half_written(library: Library, folder: Path) -> None:
    (folder / "long.txt").write_text("\n\n".join(f"Paragraph {n} of many words." for n in range(3000)))
    writer = library._store._database._writer
    events = library.index([folder], "Contracts")
    with pytest.raises(LibraryFull):
        for event in events:
            if isinstance(event, FileDone):
                used = writer.execute("PRAGMA page_count").fetchone()[0]
                writer.execute(f"PRAGMA max_page_count = {used + 5}")
    (status,) = library.status()
    assert (status.ready, status.waiting, status.passages) == (1, 3, 4)
    assert _texts(library, "paragraph") == []
    writer.execute("PRAGMA max_page_count = 1073741823")
    assert _last(library.resume()).ready == 3


def test_reader_is_told_what_changed(library: Library, folder: Path, reader: FakeReader) -> None:
    list(library.index([folder], "Contracts"))
    ids = {row.name: row.id for row in library.documents()}
    assert [item for item in reader.requests if isinstance(item, Sync)] == [Sync(tuple(sorted(ids.values())))]
    reader.requests.clear()
    (folder / "nda.txt").unlink()
    (folder / "recipe.txt").write_text("Roast the pumpkin.")
    list(library.index([folder], "Contracts"))
    (sync,) = [item for item in reader.requests if isinstance(item, Sync)]
    assert sync.added == (ids["recipe.txt"],)
    assert sync.removed == tuple(sorted((ids["nda.txt"], ids["recipe.txt"])))


def test_reader_that_cannot_follow_fails_no_file_and_hears_it_again_later(
    library: Library, folder: Path, reader: FakeReader, caplog: pytest.LogCaptureFixture
) -> None:
    reader.sync_error = VectorIndexBroken("too short")
    assert _last(library.index([folder / "nda.txt"], "Contracts")).ready == 1
    assert "the vector index will follow later" in caplog.text
    reader.sync_error = None
    list(library.index([folder / "lease.txt"], "Contracts"))
    (_, sync) = [item for item in reader.requests if isinstance(item, Sync)]
    assert sync.added == tuple(row.id for row in sorted(library.documents(), key=lambda row: row.id))


def test_library_that_was_closed_in_the_middle_resumes_in_the_next_run(
    tmp_path: Path, folder: Path, reader: FakeReader
) -> None:
    first = Library(tmp_path / "library.db", reader, RetrievalSettings(), lost=(ReaderLostError,))
    events = first.index([folder], "Contracts")
    while not isinstance(next(events), FileDone):
        pass
    events.close()  # type: ignore[attr-defined]
    first.close()
    second = Library(tmp_path / "library.db", reader, RetrievalSettings(), lost=(ReaderLostError,))
    assert second.status()[0].waiting == 2
    assert _last(second.resume()).ready == 2
    second.close()
