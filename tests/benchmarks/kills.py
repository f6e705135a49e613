"""Kills an indexing run again and again, and compares what is there in the end with an undisturbed run.

    python -m tests.benchmarks.kills FOLDER [--kills 200] [--seed 7] [--minutes 8]

FOLDER is made, and holds documents, library and the count: called again with the same FOLDER it goes on.
Before each run some files are changed, added, renamed, copied and deleted. The application's process or
its reader is killed (SIGKILL) at a random moment; now and then one of Chroma's files is damaged besides.
Prints what was seen; status 1 where anything differs, 2 where more kills are to come. The embedder counts
words, so that vectors can be compared byte by byte.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from desktop.errors import WorkerLost
from desktop.processes.service import ServiceDescription
from desktop.processes.states import Running
from desktop.processes.supervisor import Supervisor
from rag.database import Database
from rag.errors import RagError
from rag.library import Library
from rag.process import messages
from rag.process.service import ReaderService
from rag.settings import ReaderSettings, RetrievalSettings
from tests.fakes.embedder import FakeEmbedder

ROOT = Path(__file__).parents[2]
FILES, CHANGED_EACH_TIME = 80, 25
LATEST_S = 2.5  # a run is killed so many seconds after it began, at most
BROKEN = 0.1  # so often a file of Chroma's is damaged besides
ALL = 100_000  # every passage is a candidate: a cut among equal ones would go by their ids
LINGERS_S = 0.5  # after the last file, for what Chroma still writes
WORDS = """
    lease tenant landlord rent notice deposit garden roof winter meter heating water invoice price delivery
    order engine pump valve filter warranty leave holiday salary training meeting minutes budget project
    review contract party term clause annex signature claim damage insurance policy premium
""".split()  # noqa: SIM905 (a list of them would be a page long)
QUERIES = [f"{WORDS[number]} {WORDS[-number - 1]} {WORDS[number * 2 % len(WORDS)]}" for number in range(20)]


class SlowEmbedder(FakeEmbedder):
    """Takes as long as a small model does, so that kills find it at work."""

    def __init__(self) -> None:
        super().__init__(window_tokens=200)

    def embed(self, texts: Any) -> Any:
        time.sleep(0.03)
        return super().embed(texts)


def build(settings: ReaderSettings) -> ReaderService:
    """The reader process."""
    return ReaderService(settings, SlowEmbedder)


@contextmanager
def opened(folder: Path, *, use_chroma: bool = True) -> Iterator[tuple[Library, Supervisor]]:
    """The library in `folder`, with a reader process of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "library.db"
    description = ServiceDescription(
        name="reader",
        factory="tests.benchmarks.kills:build",
        settings=ReaderSettings(Path("none"), path, folder / "vectors", use_chroma=use_chroma),
        requests=messages.REQUESTS,
        replies=messages.REPLIES,
        errors=RagError,
    )
    reader = Supervisor(description, folder / "reader.log")
    library = Library(path, reader, RetrievalSettings(candidates=ALL), lost=(WorkerLost,))
    try:
        yield library, reader
    finally:
        reader.stop(grace_s=5.0)
        library.close()


# The process that is killed


def index(folder: Path, documents: Path) -> None:
    """One run of the application: goes on where the last one was, then looks at the folder."""

    def say(_name: str = "", event: object = None) -> None:
        if isinstance(event, Running):
            print(f"reader {event.pid}", flush=True)

    with opened(folder) as (library, reader):
        reader.add_listener(lambda event: say(event=event))
        print("begun", flush=True)
        for _ in library.resume():
            pass
        for _ in library.index([documents], "Killed"):
            pass
        print("indexed", flush=True)
        time.sleep(LINGERS_S)


# The one that kills


class Run:
    """One run in a process of its own, and what it said."""

    def __init__(self, folder: Path, documents: Path) -> None:
        command = [sys.executable, "-m", "tests.benchmarks.kills", str(folder), "--index", str(documents)]
        self.process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
        self.reader_pid = 0
        self.indexed = False
        self.begun = threading.Event()
        self._listener = threading.Thread(target=self._listen)
        self._listener.start()

    def _listen(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            if line.startswith("reader "):
                self.reader_pid = int(line.split()[1])
            self.indexed = self.indexed or line == "indexed\n"
            self.begun.set()
        self.begun.set()

    def end(self) -> int:
        """Wait for its end; its status."""
        status = self.process.wait(120)
        self._listener.join()
        assert self.process.stdout is not None
        self.process.stdout.close()
        return status


def kill_one(
    folder: Path, documents: Path, chance: random.Random, target: str, latest_s: float = LATEST_S
) -> tuple[str, bool]:
    """Run and kill: which process was killed (none where it was over before), and whether all was indexed."""
    run = Run(folder, documents)
    run.begun.wait(60)
    time.sleep(chance.uniform(0, latest_s))
    if run.process.poll() is not None:
        target = "none"
    elif target == "reader" and run.reader_pid:
        try:
            os.kill(run.reader_pid, signal.SIGKILL)
        except ProcessLookupError:
            target = "none"
    else:
        target = "app"
        run.process.kill()
    status = run.end()
    if target != "app" and status != 0:
        raise RuntimeError(f"a run whose {target} was killed ended with {status}")
    return target, run.indexed


def change(documents: Path, chance: random.Random) -> None:
    """Change, add, rename, copy and delete some files."""
    for _ in range(CHANGED_EACH_TIME):
        paths = sorted(documents.rglob("*.md"))
        action = chance.choice(("change", "change", "change", "add", "rename", "copy", "delete"))
        new = documents / chance.choice(("", "sub", "sub/deep")) / f"{chance.randrange(10**9)}.md"
        new.parent.mkdir(parents=True, exist_ok=True)
        if action == "add" or len(paths) < FILES:
            new.write_text(_text(chance), "utf-8")
        elif action == "change":
            chance.choice(paths).write_text(_text(chance), "utf-8")
        elif action == "rename":
            chance.choice(paths).rename(new)
        elif action == "copy" and len(paths) < FILES * 1.2:
            shutil.copy(chance.choice(paths), new)
        else:
            chance.choice(paths).unlink()


def break_chroma(vectors: Path, chance: random.Random) -> bool:
    """Cut off one of Chroma's files, as a kill or a full disk might; false where there is none yet."""
    files = sorted(path for path in vectors.rglob("*") if path.is_file() and path.stat().st_size)
    if not files:
        return False
    path = chance.choice(files)
    os.truncate(path, chance.randrange(path.stat().st_size))
    return True


def _text(chance: random.Random) -> str:
    def sentence() -> str:
        return " ".join(chance.choices(WORDS, k=12)).capitalize() + f" {chance.randrange(10**6)}."

    paragraphs = (" ".join(sentence() for _ in range(6)) for _ in range(chance.randint(2, 14)))
    return f"# {chance.choice(WORDS)} {chance.randrange(1000)}\n\n" + "\n\n".join(paragraphs) + "\n"


# What is there


def content(path: Path) -> dict[str, Any]:
    """All that a library holds, by path: states, pages, passages, vectors; without ids."""
    with closing(Database(path)) as database, database.read() as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        documents = connection.execute(
            "SELECT id, path, state, title, content_hash FROM documents"
        ).fetchall()
        return {
            row[1]: (
                row[2:],
                connection.execute(
                    "SELECT ordinal, number, text, blocks, boxes FROM pages WHERE document_id = ? "
                    "ORDER BY ordinal",
                    (row[0],),
                ).fetchall(),
                connection.execute(
                    "SELECT ordinal, page, start, end, text, heading, title, bigrams, identity, vector "
                    "FROM passages LEFT JOIN vectors ON passage_id = passages.id "
                    "LEFT JOIN embedders ON embedders.id = embedder_id WHERE document_id = ? "
                    "ORDER BY ordinal",
                    (row[0],),
                ).fetchall(),
            )
            for row in documents
        }


def half_done(path: Path) -> list[str]:
    """Documents that hold a part of what they should, or hold it twice. Checks FTS5 against the passages."""
    with closing(Database(path)) as database, database.write() as connection:
        connection.execute("INSERT INTO words (words, rank) VALUES ('integrity-check', 1)")
        rows = connection.execute(
            """
            SELECT path FROM documents WHERE
                passages != (SELECT count(*) FROM passages WHERE document_id = documents.id) OR
                pages != (SELECT count(*) FROM pages WHERE document_id = documents.id) OR
                passages != (SELECT count(*) FROM vectors JOIN passages ON passages.id = passage_id
                    WHERE document_id = documents.id)
            """
        )
        return [row[0] for row in rows]


def answers(library: Library) -> list[Counter[tuple[str, float]]]:
    """The results of the searches: texts and scores; equal ones may come from any of several copies."""
    return [
        Counter((item.passage.text, round(item.score, 5)) for item in library.search(query, k=10)[0])
        for query in QUERIES
    ]


def in_the_end(folder: Path, documents: Path) -> tuple[dict[str, Any], list[Any]]:
    """Finish the work; what is there then, and what searches find, every vector compared."""
    with opened(folder, use_chroma=False) as (library, _):
        for _ in library.resume():
            pass
        for _ in library.index([documents], "Killed"):
            pass
        found = answers(library)
    return content(folder / "library.db"), found


def chroma(folder: Path) -> str:
    """Whether Chroma answers after all that, and how often it finds what is nearest."""
    with opened(folder) as (library, reader):
        until = time.monotonic() + 60
        while (warmed := library.warm()).index != "chroma" and time.monotonic() < until:
            time.sleep(0.5)
        by_chroma = [_nearest(reader, query, None) for query in QUERIES]
        everything = tuple(sorted(library.document_ids()))
        exact = [_nearest(reader, query, everything) for query in QUERIES]
    right = sum(one[1] == other[1] for one, other in zip(by_chroma, exact, strict=True))
    return f"{warmed.index} answers {warmed.detail}, {right} of {len(QUERIES)} nearest as by comparing all"


def _nearest(reader: Supervisor, query: str, documents: tuple[int, ...] | None) -> tuple[str, float]:
    *_, found = reader.call(messages.SearchVectors(query, 1, documents))
    return found.index, round(found.similarities[0], 5)


def main() -> int:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--index", type=Path)
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--minutes", type=float, default=60.0)
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    if arguments.index:
        index(folder, arguments.index)
        return 0
    documents, library = folder / "documents", folder / "killed"
    documents.mkdir(parents=True, exist_ok=True)
    counts = Counter(_read_counts(folder))
    until = time.monotonic() + arguments.minutes * 60
    while counts["app"] + counts["reader"] < arguments.kills:
        if time.monotonic() > until:
            print(f"so far: {dict(counts)}")
            return 2
        chance = random.Random(f"{arguments.seed} {counts['runs']}")
        change(documents, chance)
        target, indexed = kill_one(library, documents, chance, chance.choice(("app", "app", "reader")))
        counts += Counter({"runs": 1, target: 1, "indexed before": indexed})
        if chance.random() < BROKEN:
            counts["Chroma broken"] += break_chroma(library / "vectors", chance)
        if wrong := half_done(library / "library.db"):
            print(f"after {dict(counts)}, half done: {wrong}")
            return 1
        (folder / "counts.json").write_text(json.dumps(counts), "utf-8")
    return compare(folder, documents, counts)


def compare(folder: Path, documents: Path, counts: Counter[str]) -> int:
    after = chroma(folder / "killed")
    killed, found = in_the_end(folder / "killed", documents)
    shutil.rmtree(folder / "undisturbed", ignore_errors=True)
    undisturbed, expected = in_the_end(folder / "undisturbed", documents)
    differing = [
        path for path in killed.keys() | undisturbed.keys() if killed.get(path) != undisturbed.get(path)
    ]
    passages = sum(len(item[2]) for item in killed.values())
    wrong = sum(one != other for one, other in zip(found, expected, strict=True))
    print(
        f"{dict(counts)}: {len(killed)} documents, {passages} passages, {len(differing)} documents differ, "
        f"{wrong} of {len(found)} searches differ; {after}"
    )
    for path in differing[:5]:
        print(path, killed.get(path, [("absent",)])[0], undisturbed.get(path, [("absent",)])[0])
    return 1 if differing or wrong else 0


def _read_counts(folder: Path) -> dict[str, int]:
    try:
        counts: dict[str, int] = json.loads((folder / "counts.json").read_text("utf-8"))
    except FileNotFoundError:
        return {}
    return counts


if __name__ == "__main__":
    sys.exit(main())
