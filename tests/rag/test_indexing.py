from __future__ import annotations

import os
import shutil
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

import pytest

from rag.errors import (
    DocumentProtected,
    DocumentUnreadable,
    EmbedderMissing,
    LibraryFull,
    VectorIndexBroken,
)
from rag.indexing import (
    AWAY,
    LOST_IN_A_ROW,
    NOT_THERE,
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
from rag.process.messages import EmbedPassages, ReadFile, Sync
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
    reader.held.add("nda.txt")
    for event in library.index([folder], "Contracts", cancelled=lambda: bool(_names(seen, FileDone))):
        seen.append(event)
    assert seen[-1] == IndexDone(ready=1, failed=0, unchanged=0, stopped=True)
    assert library.status()[0].waiting == 2
    reader.held.clear()
    reader.requests.clear()
    assert _last(library.resume()) == IndexDone(ready=2, failed=0, unchanged=0)
    assert reader.read_paths() == ["nda.txt", "recipe.txt"]


def test_cancelling_in_the_middle_of_a_file_keeps_nothing_of_it(
    library: Library, folder: Path, reader: FakeReader
) -> None:
    seen: list[IndexEvent] = []
    reader.held.add("lease.txt")
    for event in library.index([folder], "Contracts", cancelled=lambda: bool(_names(seen, FileStarted))):
        seen.append(event)
    assert seen[-1] == IndexDone(ready=0, failed=0, unchanged=0, stopped=True)
    (status,) = library.status()
    assert (status.waiting, status.passages) == (3, 0)


def test_reader_that_dies_while_it_is_cancelled_blames_no_file(
    library: Library, folder: Path, reader: FakeReader
) -> None:
    reader.crashes.add("lease.txt")
    reader.held.add("lease.txt")
    seen: list[IndexEvent] = []
    for event in library.index([folder], "Contracts", cancelled=lambda: bool(_names(seen, FileStarted))):
        seen.append(event)
    last = _last(seen)
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


def test_renamed_file_keeps_its_passages_without_being_read_again(
    library: Library, folder: Path, reader: FakeReader
) -> None:
    list(library.index([folder], "Contracts"))
    (before,) = [row for row in library.documents() if row.name == "nda.txt"]
    reader.requests.clear()
    (folder / "signed").mkdir()
    (folder / "nda.txt").rename(folder / "signed" / "secrecy.txt")
    assert _last(library.index([folder], "Contracts")) == IndexDone(ready=0, failed=0, unchanged=3)
    assert reader.read_paths() == []
    (after,) = [row for row in library.documents() if row.name == "secrecy.txt"]
    assert (after.id, after.passages) == (before.id, before.passages)
    assert len(library.documents()) == 3
    (found,) = [item for item in library.search("confidential")[0] if item.words]
    assert found.passage.path == str(folder / "signed" / "secrecy.txt")
    assert [item.passage.document for item in library.search("secrecy")[0] if item.words] == ["secrecy.txt"]


def test_file_renamed_to_another_kind_is_read_again(
    library: Library, folder: Path, reader: FakeReader
) -> None:
    list(library.index([folder], "Contracts"))
    reader.requests.clear()
    (folder / "nda.txt").rename(folder / "nda.md")
    assert _last(library.index([folder], "Contracts")) == IndexDone(ready=1, failed=0, unchanged=2, removed=1)
    assert reader.read_paths() == ["nda.md"]


def test_file_moved_over_another_is_read_as_its_new_content(library: Library, folder: Path) -> None:
    list(library.index([folder], "Contracts"))
    (folder / "nda.txt").replace(folder / "recipe.txt")
    list(library.index([folder], "Contracts"))
    assert [row.name for row in library.documents()] == ["lease.txt", "recipe.txt"]
    assert _texts(library, "apples") == []
    assert len(_texts(library, "confidential")) == 1


def test_identical_files_are_read_and_embedded_once_also_across_collections(
    library: Library, folder: Path, tmp_path: Path, reader: FakeReader
) -> None:
    shutil.copy(folder / "lease.txt", folder / "lease again.txt")
    other = tmp_path / "Archive"
    shutil.copytree(folder, other)
    assert _last(library.index([folder], "Contracts")).ready == 4
    assert _last(library.index([other], "Archive")).ready == 4
    assert sorted(reader.read_paths()) == ["lease again.txt", "nda.txt", "recipe.txt"]
    embedded = [len(item.passages) for item in reader.requests if isinstance(item, EmbedPassages)]
    assert sum(embedded) == 6
    contents = {
        row.path: [
            (page.text, page.blocks)
            for number in range(1, row.pages + 1)
            if (page := library.page(row.path, number))
        ]
        for row in library.documents()
    }
    for name in ("lease.txt", "nda.txt", "recipe.txt"):
        assert contents[str(folder / name)] == contents[str(other / name)] != []
    found = [item for item in library.search("monthly rent", k=20)[0] if "EUR 1,200" in item.passage.text]
    assert len(found) == 4
    assert len({round(item.similarity, 6) for item in found}) == 1


def test_copies_outlive_the_document_they_were_copied_from(
    library: Library, folder: Path, tmp_path: Path
) -> None:
    shutil.copy(folder / "nda.txt", tmp_path / "copy.txt")
    list(library.index([folder], "Contracts"))
    list(library.index([tmp_path / "copy.txt"], "Others"))
    library.remove(collection="Contracts")
    assert len(_texts(library, "confidential")) == 1


def test_empty_place_where_a_drive_was_forgets_nothing_and_says_so(
    library: Library, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(library.index([folder], "Contracts"))
    folder.rename(tmp_path / "unplugged")
    folder.mkdir()
    monkeypatch.setattr("rag.files.device_of", lambda _folder: -1)  # the disk below the mounted one
    events = list(library.refresh("Contracts"))
    assert [event.reason for event in events if isinstance(event, FileFailed)] == [NOT_THERE]
    assert library.status()[0].ready == 3
    folder.rmdir()
    (tmp_path / "unplugged").rename(folder)
    assert _last(library.refresh("Contracts")) == IndexDone(ready=0, failed=0, unchanged=3)


def test_folder_that_was_emptied_forgets_what_it_held(library: Library, folder: Path) -> None:
    list(library.index([folder], "Contracts"))
    for path in folder.iterdir():
        path.unlink()
    assert _last(library.refresh("Contracts")).removed == 3


def test_subfolder_that_may_not_be_entered_any_more_forgets_nothing(
    library: Library, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / "closed").mkdir()
    (folder / "nda.txt").rename(folder / "closed" / "nda.txt")
    list(library.index([folder], "Contracts"))
    real_scandir, real_lstat = os.scandir, os.lstat

    def refuse(path: str | Path) -> None:  # root may open everything, so the refusal is played
        if "closed" in str(path):
            raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("rag.scan.os.scandir", lambda path: refuse(path) or real_scandir(path))
    monkeypatch.setattr("rag.files.os.lstat", lambda path: refuse(path) or real_lstat(path))
    assert _last(library.refresh("Contracts")).removed == 0
    assert library.status()[0].ready == 3


def test_refresh_tells_and_reads_only_what_changed(
    library: Library, folder: Path, reader: FakeReader
) -> None:
    (folder / "empty.txt").write_text(" ")
    list(library.index([folder], "Contracts"))
    reader.requests.clear()
    (folder / "recipe.txt").write_text("Roast the pumpkin.")
    (folder / "new.txt").write_text("Something new.")
    (folder / "lease.txt").unlink()
    events = list(library.refresh("Contracts"))
    assert events[0] == FilesFound(2)
    assert sorted(_names(events, FileDone)) == ["new.txt", "recipe.txt"]
    assert events[-1] == IndexDone(ready=2, failed=0, unchanged=1, removed=1)
    assert sorted(reader.read_paths()) == ["new.txt", "recipe.txt"]


def test_refresh_tries_a_failed_file_again_when_it_changed(
    library: Library, folder: Path, reader: FakeReader
) -> None:
    (folder / "empty.txt").write_text(" ")
    list(library.index([folder], "Contracts"))
    reader.requests.clear()
    list(library.refresh("Contracts"))
    assert reader.requests == []
    (folder / "empty.txt").write_text("Not empty any more.")
    assert _last(library.refresh("Contracts")).ready == 1


def test_refresh_follows_single_files_too(library: Library, folder: Path) -> None:
    list(library.index([folder / "nda.txt", folder / "recipe.txt"], "Documents"))
    (folder / "nda.txt").unlink()
    (folder / "recipe.txt").write_text("Roast the pumpkin.")
    assert _last(library.refresh("Documents")) == IndexDone(ready=1, failed=0, unchanged=0, removed=1)
    assert [row.name for row in library.documents()] == ["recipe.txt"]


def test_removed_file_stays_out_until_it_is_named(library: Library, folder: Path) -> None:
    list(library.index([folder], "Contracts"))
    assert library.remove(paths=[folder / "nda.txt"]) == 1
    assert _last(library.refresh("Contracts")) == IndexDone(ready=0, failed=0, unchanged=2)
    assert len(library.documents()) == 2
    assert _last(library.index([folder / "nda.txt"], "Contracts")).ready == 1
    assert _last(library.refresh("Contracts")) == IndexDone(ready=0, failed=0, unchanged=3)


def test_removed_folder_is_no_longer_looked_at(library: Library, folder: Path) -> None:
    list(library.index([folder], "Contracts"))
    assert library.remove(paths=[folder]) == 3
    assert _last(library.refresh("Contracts")) == IndexDone(ready=0, failed=0, unchanged=0)
    assert library.status()[0].folders == ()


def test_rebuilding_reads_every_file_anew_while_the_old_passages_answer(
    library: Library, folder: Path, reader: FakeReader
) -> None:
    shutil.copy(folder / "nda.txt", folder / "same.txt")
    list(library.index([folder], "Contracts"))
    list(library.index([folder], "Other"))
    reader.requests.clear()
    events = library.rebuild_collection("Contracts")
    for event in events:
        if isinstance(event, FileStarted):
            assert len(_texts(library, "apples")) == 2
            break
    events.close()  # type: ignore[attr-defined]
    assert library.status()[0].waiting > 0
    assert _last(library.resume("Contracts")).failed == 0
    read = [Path(item.path).name for item in reader.requests if isinstance(item, ReadFile)]
    assert {"lease.txt", "nda.txt", "recipe.txt"} <= set(read)
    assert {status.name: (status.ready, status.passages) for status in library.status()} == {
        "Contracts": (4, 7),
        "Other": (4, 7),
    }


def test_reader_lost_while_a_file_is_read_and_another_embedded_blames_only_the_one(
    library: Library, folder: Path, reader: FakeReader
) -> None:
    reader.dies_once_embedding = True
    reader.crashes.add("nda.txt")
    events = list(library.index([folder], "Contracts"))
    assert _names(events, FileFailed) == ["nda.txt"]
    assert sorted(_names(events, FileDone)) == ["lease.txt", "recipe.txt"]


def test_passages_that_take_the_reader_down_fail_their_file_alone(
    library: Library, folder: Path, reader: FakeReader
) -> None:
    reader.crashes_embedding.add("Confidential")
    events = list(library.index([folder], "Contracts"))
    assert [event.reason for event in events if isinstance(event, FileFailed)] == [READER_LOST]
    assert _names(events, FileFailed) == ["nda.txt"]
    assert library.status()[0].ready == 2


def test_changed_embedder_embeds_what_is_stored_without_reading_a_file(
    library: Library, folder: Path, reader: FakeReader
) -> None:
    list(library.index([folder], "Contracts"))
    assert not library.is_to_be_embedded()
    shutil.rmtree(folder)
    reader.requests.clear()
    reader.embedder = "another"
    assert library.is_to_be_embedded()
    events = list(library.embed_anew())
    assert events[-1] == IndexDone(ready=0, failed=0, unchanged=3)
    assert {event.what for event in events if isinstance(event, FileProgress)} == {"embedding"}
    assert reader.read_paths() == []
    assert library._store.embedders() == {"another": 6}
    assert any(isinstance(item, Sync) for item in reader.requests), "the reader is told to look"
    assert not library.is_to_be_embedded()


def test_embedding_anew_that_was_stopped_goes_on_and_the_old_vectors_stay_until_the_end(
    library: Library, folder: Path, reader: FakeReader
) -> None:
    list(library.index([folder], "Contracts"))
    reader.embedder = "another"
    seen: list[IndexEvent] = []
    for event in library.embed_anew(cancelled=lambda: bool(_names(seen, FileDone))):
        seen.append(event)
    assert seen[-1] == IndexDone(ready=0, failed=0, unchanged=1, stopped=True)
    assert library._store.embedders() == {"bag-of-words": 6, "another": 4}
    reader.requests.clear()
    assert _last(library.embed_anew()).unchanged == 2
    assert sum(len(item.passages) for item in reader.requests if isinstance(item, EmbedPassages)) == 2
    assert library._store.embedders() == {"another": 6}


def test_old_vectors_left_by_a_kill_at_the_very_end_are_dropped(
    library: Library, folder: Path, reader: FakeReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    list(library.index([folder], "Contracts"))
    reader.embedder = "another"
    with monkeypatch.context() as patch:
        patch.setattr(library._store, "drop_vectors", lambda _embedders: None)
        list(library.embed_anew())
    assert library.is_to_be_embedded()
    list(library.embed_anew())
    assert library._store.embedders() == {"another": 6}


def test_drive_unplugged_in_the_middle_of_a_rebuild_loses_nothing(
    library: Library, folder: Path, tmp_path: Path, reader: FakeReader
) -> None:
    list(library.index([folder], "Contracts"))
    reader.errors["lease.txt"] = DocumentUnreadable(str(folder / "lease.txt"), "Input/output error.")
    events = library.rebuild_collection("Contracts")
    next(events)  # the files are listed; then the drive goes
    folder.rename(tmp_path / "unplugged")
    rest = list(events)
    assert {event.reason for event in rest if isinstance(event, FileFailed)} == {AWAY}
    (status,) = library.status()
    assert (status.failed, status.waiting, status.passages) == (0, 3, 6)
    assert len(_texts(library, "apples")) == 1
    reader.errors.clear()
    (tmp_path / "unplugged").rename(folder)
    assert _last(library.resume()) == IndexDone(ready=3, failed=0, unchanged=0)


def test_stopping_while_moved_files_are_compared_forgets_nothing(library: Library, folder: Path) -> None:
    list(library.index([folder], "Contracts"))
    (before,) = [row for row in library.documents() if row.name == "nda.txt"]
    (folder / "nda.txt").rename(folder / "secrecy.txt")
    stop = iter([False, False])  # while scanning and after it; then while the file is hashed
    last = _last(library.index([folder], "Contracts", cancelled=lambda: next(stop, True)))
    assert last == IndexDone(ready=0, failed=0, unchanged=0, stopped=True)
    assert len(_texts(library, "confidential")) == 1
    assert _last(library.index([folder], "Contracts")).unchanged == 3
    assert before.id in {row.id for row in library.documents()}
