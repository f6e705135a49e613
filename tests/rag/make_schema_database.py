"""Makes tests/data/schemas/library-N.db with the present schema N: run it once when a schema is released."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

from rag.boxes import Box, WordBox, pack
from rag.migrations import MIGRATIONS
from rag.process.messages import FileRead
from rag.store import Store
from rag.values import Block, FileState, Page, Passage
from tests.fakes.reader import EMBEDDER, vector

TEXTS = {
    "/home/ada/Contracts/lease.txt": (
        "Either party may terminate upon notice.",
        "The monthly rent is EUR 1,200.",
    ),
    "/home/ada/Contracts/合同.txt": ("本合同终止须提前九十天通知。",),
}


BOXES = pack([WordBox(0, 6, Box(0.1, 0.1, 0.3, 0.12))])


def main() -> None:
    path = Path(__file__).parents[1] / "data" / "schemas" / f"library-{len(MIGRATIONS)}.db"
    path.unlink(missing_ok=True)
    with closing(Store(path)) as store:
        collection = store.make_collection("Contracts", ["/home/ada/Contracts"])
        files = [
            FileState(name, 100, 1_700_000_000_000_000_000)
            for name in (*TEXTS, "/home/ada/Contracts/scan.pdf")
        ]
        store.register(collection, files)
        *readable, scan = store.waiting()
        for document in readable:
            read = _read(TEXTS[document.file.path])
            vectors = [vector(passage.text) for passage in read.passages]
            store.keep(document.id, document.file, read, vectors, EMBEDDER)
        store.set_watched("Contracts", True)
        store.note_devices(collection, {"/home/ada/Contracts": 64})
        store.remove_below([Path("/home/ada/Contracts/diary.txt")], None)
        store.fail(scan.id, "There is no text in it.")


def _read(texts: tuple[str, ...]) -> FileRead:
    pages = tuple(
        Page(number, text, (Block("paragraph", 0, len(text)),), BOXES) for number, text in enumerate(texts, 1)
    )
    passages = tuple(
        Passage(ordinal, page.number, 0, len(page.text), page.text) for ordinal, page in enumerate(pages)
    )
    return FileRead("A contract", "0" * 64, pages, passages)


if __name__ == "__main__":
    main()
