"""A process of its own: fills a Chroma copy and is killed in the middle of a write."""

from __future__ import annotations

import os
import signal
import sys
import threading
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[3]))

from rag.vectors.chroma import ChromaIndex
from rag.vectors.resilient import ResilientIndex
from rag.vectors.source import LibraryVectors

BEFORE = 3  # batches that are written first


def main() -> None:
    library, folder, embedder, dimensions = sys.argv[1:]
    kill_during_add()
    source = LibraryVectors(Path(library), embedder, int(dimensions))
    index = ResilientIndex(source, Path(folder), embedder, int(dimensions))
    index.wait_for_chroma(60)
    raise SystemExit("it was not killed")


def kill_during_add() -> None:
    add, left = ChromaIndex.add, [BEFORE]

    def killed(self: ChromaIndex, *arguments: Any) -> None:
        left[0] -= 1
        if left[0] < 0:
            threading.Timer(0.01, os.kill, (os.getpid(), signal.SIGKILL)).start()
        add(self, *arguments)
        if left[0] < 0:  # the write was quicker
            self._collection.upsert = lambda **_: threading.Event().wait()
            add(self, *arguments)

    ChromaIndex.add = killed  # type: ignore[method-assign]


if __name__ == "__main__":
    main()
