"""The whole rate of indexing, from files to a library that answers, against one plain call to embed.

    python -m tests.benchmarks.indexing FOLDER [--rounds 1]

Indexes FOLDER in a reader process as the application does (models loaded, Chroma on), then gives the same
passages, with the text that is embedded for each, to one `SentenceTransformer.encode`. Both take all cores.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

from desktop.compose import reader_description
from desktop.errors import WorkerLost
from desktop.places import Profile, weights
from desktop.processes.supervisor import Supervisor
from rag.events import FileFailed, IndexDone, JobProgress
from rag.library import Library
from rag.passages import embedding_text
from rag.settings import RetrievalSettings
from rag.store import Store

PLAIN = """
import json, sys, time
from sentence_transformers import SentenceTransformer
texts = json.load(open(sys.argv[2]))
model = SentenceTransformer(sys.argv[1], device="cpu")
model.encode(texts[:8])
began = time.perf_counter()
model.encode(texts)
print(time.perf_counter() - began)
"""


def index(folder: Path, home: Path) -> tuple[float, float]:
    """Seconds until everything is in the library, and how far off the first estimate of them was."""
    profile = Profile(home)
    profile.logs.mkdir(parents=True, exist_ok=True)
    reader = Supervisor(reader_description(profile), log_path=profile.logs / "reader.log")
    library = Library(profile.library, reader, RetrievalSettings(), lost=(WorkerLost,))
    estimates = []
    try:
        library.warm()
        began = time.perf_counter()
        for event in library.index([folder], "Benchmark"):
            passed = time.perf_counter() - began
            match event:
                case JobProgress(seconds_left=left) if left is not None:
                    estimates.append(passed + left)
                case FileFailed(path=path, reason=reason):
                    print(f"{path}: {reason}", file=sys.stderr)
                case IndexDone():
                    print(event)
        return passed, estimates[len(estimates) // 4] if estimates else 0.0
    finally:
        reader.stop()
        library.close()


def texts(library: Path) -> list[str]:
    with closing(Store(library)) as store:
        return [
            embedding_text(titled.title, titled.passage)
            for row in store.documents()
            for titled in store.titled(row.id).values()
        ]


def plain(given: list[str], home: Path) -> float:
    path = home / "texts.json"
    path.write_text(json.dumps(given), "utf-8")
    command = [sys.executable, "-c", PLAIN, str(weights() / "all-minilm-l6-v2"), str(path)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return float(done.stdout.split()[-1])


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rounds", type=int, default=1)
    arguments = parser.parse_args()
    for _ in range(arguments.rounds):
        with tempfile.TemporaryDirectory() as home:
            seconds, estimate = index(arguments.folder, Path(home))
            given = texts(Profile(Path(home)).library)
            alone = plain(given, Path(home))
        print(
            f"{len(given)} passages: indexed in {seconds:.1f} s ({len(given) / seconds:.1f} a second; "
            f"estimated {estimate:.0f} s on the way), embedded plainly in {alone:.1f} s "
            f"({len(given) / alone:.1f} a second): {alone / seconds:.2f} times as fast"
        )


if __name__ == "__main__":
    main()
