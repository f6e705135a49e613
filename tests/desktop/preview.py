"""Draws the window in a given state into a picture, to be looked at.

    QT_QPA_PLATFORM=offscreen python -m tests.desktop.preview chat light 1280x800 chat.png

States: see STATES. `all FOLDER` draws every state in light and dark at both sizes.
"""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import QEventLoop, QTimer
from PySide6.QtWidgets import QApplication

from desktop.errors import WorkerLost
from desktop.theme.fonts import load_fonts
from desktop.theme.theme import Theme
from desktop.window.window import Window
from engine.answering import Searching, SourcesFound
from engine.chats.store import Scope
from engine.values import Answer, PromptProgress, Seconds, TextDelta, Tokens
from rag.indexing import FileProgress, FilesFound, FileStarted
from rag.values import DocumentRow, Page, Problem
from tests.desktop import (
    cloud_settings_states,
    cloud_states,
    every_document_states,
    model_states,
    privacy_states,
    task_states,
    usage_states,
)
from tests.fakes.application import (
    PAGE,
    QUESTION,
    TEXT,
    FakeApplication,
    abstained,
    answer,
    collection,
    sources,
)
from tests.fakes.paper import paper
from tests.fakes.scripts import Gate

DAY = 86_400.0
FILLER = (
    "This page stands before or after the one that matters. It says what such pages say: who the parties "
    "are, what they deliver to each other, and what happens when the term of the Agreement ends.\n\n"
)
TITLES = (
    ("Reply to the Brightwave complaint", 0.01),
    ("Which invoices are overdue?", 1),
    ("Summary of the audit report", 1),
    ("Ideas for the onboarding guide", 1),
    ("Holidays left over from last year", 3),
)
MARKDOWN = """Three things are due this autumn. None of them can wait.

1. **Send the notice** to Brightwave before 1 October
2. Check the *annex*, clause `12.2`
   - the price list
   - the delivery dates

| Clause | Notice | Until |
|---|---|---|
| 12.2 | 90 days | 30 June 2027 |
| 12.3 | none | cause |

```
carrel ask "What notice do we have to give?"
```

> Notices under this section must be given in writing.
"""


def with_history(app: FakeApplication) -> int:
    import time

    app.now = time.time()
    for title, days in TITLES:
        app.add_chat(title, updated=app.now - days * DAY)
    chat = app.add_chat(
        "Notice periods in supplier contracts", updated=app.now, scope=Scope("collection", "Contracts")
    )
    app.settings["window.chat"] = chat
    app.library = library()
    return chat


def library(*, problems: bool = True) -> list:  # type: ignore[type-arg]
    failed = [
        Problem("/home/ada/Exports/mail/offer-2019.pdf", "It is protected by a password."),
        Problem("/home/ada/Exports/mail/scan_0042.tif", "There is no text in it."),
        Problem("/home/ada/Exports/mail/archive.zip", "It would unpack to 41 GB. Carrel stops at 2 GB."),
    ]
    return [
        collection("Contracts", 214, passages=18402, folder="/home/ada/Documents/Legal/Contracts"),
        collection("Manuals", 61, waiting=79, passages=4120, folder="/home/ada/Downloads/Manuals"),
        collection("E-mail 2025", 5115, problems=failed, passages=22960, folder="/home/ada/Exports/mail"),
    ]


def chat(app: FakeApplication) -> None:
    opened = with_history(app)
    app.add_message(opened, "user", QUESTION)
    app.add_message(opened, "assistant", TEXT, answer=answer())


def long_chat(app: FakeApplication) -> None:
    opened = with_history(app)
    app.add_message(opened, "user", QUESTION)
    app.add_message(opened, "assistant", TEXT, answer=replace(answer(), left_out=8))


def paper_page(app: FakeApplication) -> None:
    """A document of which every page looks alike, the seventh being the source."""
    chat(app)
    source = sources()[0]
    folder = Path(tempfile.mkdtemp(prefix="carrel-preview-"))
    path = folder / source.document
    path.write_bytes(b"%PDF")
    app.rows = [DocumentRow(1, "Contracts", source.document, str(path), "ready", "", 96, 14, 4)]
    for number in range(1, 15):
        read, draw_page = paper(number, PAGE if number == source.page else FILLER * 4, pages=14)
        app.pages[str(path), number] = read
        app.drawings[str(path), number] = draw_page
    given = answer()
    found = (replace(given.sources[0], path=str(path)), *given.sources[1:])
    app.replace_answer(replace(given, sources=found))


def gone(app: FakeApplication) -> None:
    chat(app)
    source = sources()[0]
    app.rows = [DocumentRow(1, "Contracts", source.document, source.path, "ready", "", 96, 14, 4)]
    app.pages[source.path, source.page] = Page(source.page, PAGE)


def markdown(app: FakeApplication) -> None:
    opened = with_history(app)
    app.add_message(opened, "user", "What is due this autumn?\nPlease make a list.")
    app.add_message(
        opened,
        "assistant",
        MARKDOWN,
        answer=Answer(MARKDOWN, False, False, (), (), "qwen", "local", Tokens(9, 0, 90), Seconds(0, 1, 8)),
    )


def states(app: FakeApplication) -> None:
    opened = with_history(app)
    app.add_message(opened, "user", "What is the capital of France?")
    app.add_message(opened, "assistant", "", answer=None, state="interrupted")
    app.add_message(opened, "user", "And the second one?")
    app.add_message(opened, "assistant", "The second one is", state="stopped")
    app.add_message(opened, "user", "Who signs for Brightwave?")
    app.add_message(opened, "assistant", abstained().text, answer=abstained())


def waiting(app: FakeApplication) -> None:
    with_history(app)
    app.answers = [[Searching(), SourcesFound(sources()), PromptProgress(930, 1500, 0), Gate()]]


def streaming(app: FakeApplication) -> None:
    with_history(app)
    app.answers = [[Searching(), SourcesFound(sources()), TextDelta(TEXT[:190]), Gate()]]


def failing(app: FakeApplication) -> None:
    with_history(app)
    app.answers = [[Searching(), WorkerLost("model", "The model process ended while it was answering.")]]


def first(app: FakeApplication) -> None:
    pass


def ready(app: FakeApplication) -> None:
    with_history(app)
    app.settings["window.chat"] = None
    app.library.append(collection("Sample documents", 5, passages=40))


def documents(app: FakeApplication) -> None:
    with_history(app)
    app.indexings = [
        [
            FilesFound(140),
            FileStarted("/home/ada/Downloads/Manuals/Staff handbook.docx", "Staff handbook.docx", 61, 140),
            FileProgress("/home/ada/Downloads/Manuals/Staff handbook.docx", "embedding", 14, 31),
            Gate(),
        ]
    ]


def contracts(app: FakeApplication) -> None:
    """A collection with a document in every state."""
    calm(app)
    folder = "/home/ada/Documents/Legal/Contracts"
    names = ("Brightwave agreement", "Annex C prices 2026", "Nordlicht lease", "Café Ölm NDA")
    app.rows = []
    for n in range(214):
        name = f"{names[n % 4]} {n}.pdf"
        row = DocumentRow(n, "Contracts", name, f"{folder}/{name}", "ready", "", 90 + n, 14 + n % 3, 4)
        app.rows.append(row)
    note = "3 of 14 pages have no text, and none could be recognised on them."
    app.rows[1] = replace(app.rows[1], warnings=(note,))
    app.rows[2] = replace(app.rows[2], state="failed", reason="It is protected by a password.", passages=0)
    app.rows[3] = replace(app.rows[3], state="waiting", passages=0, pages=0)
    problems = [Problem(app.rows[2].path, app.rows[2].reason)]
    app.library[0] = collection(
        "Contracts", 213, passages=18402, folder=folder, watched=True, problems=problems
    )


def calm(app: FakeApplication) -> None:
    with_history(app)
    app.settings["indexing.paused"] = True


def _ask(window: Window) -> None:
    window.conversation.ask(QUESTION)


def _place(key: str) -> Callable[[Window], None]:
    return lambda window: window.show_place(key)


def _open_source(window: Window) -> None:
    window.chat.sources.open(0, 0)


def _search_source(window: Window) -> None:
    _open_source(window)
    _settle(400)
    window.viewing.viewer._tools.search.setText("term")
    window.viewing.viewer._search("term")


def _open_collection(window: Window) -> None:
    window.show_place("documents")
    window.documents.open_collection("Contracts")


def _open_problems(window: Window) -> None:
    window.show_place("documents")
    window.documents.open_collection("E-mail 2025", problems=True)


def _menu(window: Window) -> None:
    window.chat.composer.open_scopes()


def _drop(window: Window) -> None:
    window._drop.cover()


def _queue(window: Window) -> None:
    window.conversation.ask(QUESTION)
    window.chat.composer.set_text("And what does it cost?")
    window.chat.composer._submit()
    window.toast.offer_undo("Chat deleted", lambda: None)


STATES: dict[str, tuple[Callable[[FakeApplication], object], Callable[[Window], object]]] = {
    "chat": (chat, lambda window: None),
    "long": (long_chat, lambda window: None),
    "glimpse": (paper_page, lambda window: None),
    "viewer": (paper_page, _open_source),
    "viewer-search": (paper_page, _search_source),
    "viewer-text": (gone, _open_source),
    "markdown": (markdown, lambda window: None),
    "states": (states, lambda window: None),
    "waiting": (waiting, _ask),
    "streaming": (streaming, _queue),
    "failing": (failing, _ask),
    "first": (first, lambda window: None),
    "ready": (ready, lambda window: None),
    "documents": (documents, _place("documents")),
    "collection": (contracts, _open_collection),
    "problems": (calm, _open_problems),
    "empty": (first, _place("documents")),
    "models": (calm, _place("models")),
    "settings": (calm, _place("settings")),
    "keys": (calm, lambda window: window._show_keys()),
    "error": (calm, lambda window: window.show_failure(RuntimeError("boom"))),
    "drop": (calm, _drop),
    **model_states.STATES,
    **task_states.STATES,
    **every_document_states.STATES,
    **privacy_states.STATES,
    **usage_states.STATES,
    **cloud_settings_states.STATES,
    **cloud_states.STATES,
}


def draw(state: str, appearance: str, size: str, path: Path) -> None:
    qt = QApplication.instance() or QApplication(["carrel"])
    assert isinstance(qt, QApplication)
    qt.setStyle("Fusion")
    load_fonts()
    app = FakeApplication()
    prepare, then = STATES[state]
    prepare(app)
    width, height = (int(part) for part in size.split("x"))
    app.settings["window.size"] = [width, height]
    theme = Theme(qt, appearance)  # type: ignore[arg-type]
    window = Window(app, theme)
    window.show()
    window.begin()
    _settle()
    then(window)
    _settle(350)
    window.grab().save(str(path))
    window._close_now()
    window.lanes.close()
    window.deleteLater()
    _settle(10)
    theme.deleteLater()


def _settle(milliseconds: int = 120) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()


def main() -> None:
    if sys.argv[1] == "all":
        folder = Path(sys.argv[2])
        folder.mkdir(parents=True, exist_ok=True)
        only = sys.argv[3:] or list(STATES)
        for state in only:
            for appearance in ("light", "dark"):
                for size in ("1280x800", "900x600"):
                    draw(state, appearance, size, folder / f"{state}-{appearance}-{size}.png")
        return
    state, appearance, size, path = sys.argv[1:5]
    draw(state, appearance, size, Path(path))


if __name__ == "__main__":
    main()
