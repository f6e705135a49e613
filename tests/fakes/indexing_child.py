"""Indexes a folder in a process of its own, to be killed: prints a line after each event.

python -m tests.fakes.indexing_child LIBRARY FOLDER
"""

from __future__ import annotations

import sys
from pathlib import Path

from rag.library import Library
from rag.settings import RetrievalSettings
from tests.fakes.reader import FakeReader, ReaderLostError


def main(library_path: Path, folder: Path) -> None:
    library = Library(library_path, FakeReader(library_path), RetrievalSettings(), lost=(ReaderLostError,))
    for event in library.index([folder], "Killed"):
        sys.stdout.write(f"{type(event).__name__}\n")
        sys.stdout.flush()
    library.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
