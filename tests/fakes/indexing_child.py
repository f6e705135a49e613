"""Indexes a folder in a process of its own, to be killed: prints a line after each event.

python -m tests.fakes.indexing_child LIBRARY FOLDER EVENTS

After more than so many events it stands still: however fast the machine, a kill finds it on its way.
"""

from __future__ import annotations

import sys
import threading
from pathlib import Path

from rag.library import Library
from rag.settings import RetrievalSettings
from tests.fakes.reader import FakeReader, ReaderLostError


def main(library_path: Path, folder: Path, events: int) -> None:
    library = Library(library_path, FakeReader(library_path), RetrievalSettings(), lost=(ReaderLostError,))
    for number, event in enumerate(library.index([folder], "Killed"), start=1):
        sys.stdout.write(f"{type(event).__name__}\n")
        sys.stdout.flush()
        if number > events:
            threading.Event().wait()
    library.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]), int(sys.argv[3]))
