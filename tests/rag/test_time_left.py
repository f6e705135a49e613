from __future__ import annotations

from collections.abc import Mapping

import pytest

from rag.events import JobProgress
from rag.time_left import TimeLeft
from rag.values import FileState


def file(path: str, size_bytes: int) -> FileState:
    return FileState(path, size_bytes, 0)


def after(
    seconds: float, read: FileState, passages: int, waiting: FileState, before: Mapping[str, float] = {}
) -> JobProgress:
    """The progress of a job of two files when the first has been read and embedded."""
    now = 0.0
    left = TimeLeft([read, waiting], before, clock=lambda: now)
    left.read(read, passages)
    left.embedded(passages)
    now = seconds
    progress = left.due()
    assert progress is not None
    return progress


def test_time_left_is_reckoned_from_passages_embedded_and_bytes_to_come() -> None:
    progress = after(10, file("/a.txt", 600), 30, file("/b.txt", 1200), {"txt": 30 / 600})
    assert progress == JobProgress(done_bytes=600, total_bytes=1800, passages=30, seconds_left=20.0)


def test_nothing_is_told_before_there_is_a_rate() -> None:
    few, soon = after(10, file("/a.txt", 600), 3, file("/b", 9)), after(3, file("/a", 600), 30, file("/b", 9))
    assert few.seconds_left is None and soon.seconds_left is None


@pytest.mark.parametrize(
    ("name", "passages"), [("c.pdf", 1500), ("c.jpg", 240), ("c.docx", 6000), ("c", 10_000)]
)
def test_kind_not_read_yet_gives_what_it_usually_does(name: str, passages: int) -> None:
    progress = after(10, file("/a.csv", 60_000), 100, file(f"/{name}", 6_000_000))
    assert progress.seconds_left == pytest.approx(passages / 10)


def test_kind_read_before_this_job_gives_what_it_did_then() -> None:
    progress = after(10, file("/a.csv", 60_000), 100, file("/c.pdf", 6_000_000), {"pdf": 1 / 60_000})
    assert progress.seconds_left == pytest.approx(10)


def test_one_dense_file_does_not_speak_for_all_of_its_kind() -> None:
    progress = after(50, file("/book.docx", 500_000), 2500, file("/letter.docx", 1_300_000))
    assert progress.seconds_left == pytest.approx(61, abs=1)  # by the book alone 130


def test_much_that_was_read_counts_for_more_than_what_is_usual() -> None:
    progress = after(500, file("/all.csv", 50_000_000), 250_000, file("/last.csv", 3_000_000))
    assert progress.seconds_left == pytest.approx(30, rel=0.03)
