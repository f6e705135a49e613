from __future__ import annotations

import random
import signal
import subprocess
import sys
from collections import Counter
from contextlib import closing
from pathlib import Path

import pytest

from rag.database import Database
from rag.indexing import IndexDone
from rag.library import Library
from tests.benchmarks import kills
from tests.fakes.reader import FakeReader, vector

ROOT = Path(__file__).parents[2]
FILES = 25
PARAGRAPHS = 30
KILLS = 6


def test_nothing_is_lost_or_doubled_when_indexing_is_killed_again_and_again(
    tmp_path: Path, library: Library, reader: FakeReader
) -> None:
    folder = _folder(tmp_path)
    chance = random.Random(7)
    killed = sum(_index_and_kill(reader.library, folder, after=chance.randint(1, 150)) for _ in range(KILLS))
    assert killed >= KILLS // 2, "too few of the runs were killed on the way to prove anything"
    _check_whole_documents(reader.library)

    *_, resumed = library.resume()
    *_, last = library.index([folder], "Killed")
    assert isinstance(resumed, IndexDone) and resumed.failed == 0
    assert last == IndexDone(ready=0, failed=0, unchanged=FILES)
    (status,) = library.status()
    assert (status.ready, status.waiting, status.passages) == (FILES, 0, FILES * PARAGRAPHS)
    _check_whole_documents(reader.library)


def _folder(tmp_path: Path) -> Path:
    folder = tmp_path / "many"
    folder.mkdir()
    for number in range(FILES):
        paragraphs = (f"File {number} says in paragraph {n} what it says." for n in range(PARAGRAPHS))
        (folder / f"{number:02}.txt").write_text("\n\n".join(paragraphs))
    return folder


def _index_and_kill(library: Path, folder: Path, *, after: int) -> bool:
    """Run the job in a child process and kill it `after` so many events; false where it was done before."""
    command = [sys.executable, "-m", "tests.fakes.indexing_child", str(library), str(folder), str(after)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        for _ in range(after):
            if not child.stdout.readline():
                return False
        child.kill()
        child.communicate(timeout=30)
        return child.returncode != 0


def _check_whole_documents(path: Path) -> None:
    """Every ready document has all its passages once, every other one none; SQLite and FTS5 agree."""
    with closing(Database(path)) as database:
        with database.read() as connection:
            states = dict(connection.execute("SELECT id, state FROM documents").fetchall())
            rows = connection.execute(
                "SELECT document_id, text, vector FROM passages JOIN vectors ON passage_id = passages.id"
            ).fetchall()
            pages = Counter(row[0] for row in connection.execute("SELECT document_id FROM pages"))
            assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        with database.write() as connection:
            connection.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")
    held = Counter(document_id for document_id, _, _ in rows)
    assert len({text for _, text, _ in rows}) == len(rows)
    assert all(vector(text) == blob for _, text, blob in rows)
    for document_id, state in states.items():
        assert held[document_id] == (PARAGRAPHS if state == "ready" else 0)
        assert pages[document_id] == (1 if state == "ready" else 0)


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="processes are killed in another way there")
def test_killed_application_and_killed_reader_leave_what_an_undisturbed_run_does(tmp_path: Path) -> None:
    documents, library = tmp_path / "documents", tmp_path / "killed"
    documents.mkdir()
    for number, wanted in enumerate(("reader", "app")):
        chance = random.Random(number)
        kills.change(documents, chance)
        killed_now, _ = kills.kill_one(library, documents, chance, wanted, latest_s=1.0)
        assert killed_now != "none"
        assert kills.half_done(library / "library.db") == []
    killed, found = kills.in_the_end(library, documents)
    undisturbed, expected = kills.in_the_end(tmp_path / "undisturbed", documents)
    assert killed == undisturbed
    assert found == expected
