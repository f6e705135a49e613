"""The Documents place in the window: its page, what is read, followed, added and removed."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.documents.activity import Activity
from desktop.documents.page import DocumentsPage
from desktop.documents.watching import Watching
from desktop.lanes import Lanes
from desktop.theme.foreign import plain
from desktop.theme.theme import Theme
from desktop.window.adding import Adding
from desktop.window.ports import CarrelApplication
from desktop.window.sheet import Sheet
from desktop.window.toasts import Toast
from rag.indexing import IndexDone
from rag.values import DocumentRow


class DocumentsPlace(QObject):
    """`changed`: the library holds something else than before. `is_shown` tells whether the place is on the
    screen: on another one, what happens here is said in a word."""

    changed = Signal()
    failed = Signal(object)

    def __init__(
        self,
        app: CarrelApplication,
        theme: Theme,
        lanes: Lanes,
        sheet: Sheet,
        toast: Toast,
        window: QWidget,
        *,
        is_shown: Callable[[], bool],
    ) -> None:
        super().__init__(window)
        self._toast = toast
        self._is_shown = is_shown
        self.activity = Activity(app, lanes.indexing, window)
        self.page = DocumentsPage(theme, app, self.activity, lanes.errands)
        self.watching = Watching(app, self.activity, lanes.errands, window)
        self.adding = Adding(app, self.activity, lanes.errands, sheet, window)
        self._connect()

    def enter(self) -> None:
        self.page.show_all()
        self.page.refresh()

    def _connect(self) -> None:
        page, adding, activity = self.page, self.adding, self.activity
        page.files_asked.connect(adding.choose_files)
        page.folder_asked.connect(adding.choose_folder)
        page.samples_asked.connect(adding.add_samples)
        page.remove_asked.connect(adding.ask_to_remove)
        page.rebuild_asked.connect(adding.ask_to_rebuild)
        page.remove_document_asked.connect(adding.remove_document)
        page.watch_asked.connect(self._set_watched)
        adding.document_removed.connect(self._offer_document_back)
        adding.added.connect(self._added)
        adding.removed.connect(self.changed)
        activity.library_changed.connect(self.changed)
        activity.finished.connect(self._indexed)
        for source in (page, adding, activity, self.watching):
            source.failed.connect(self.failed)

    def _added(self) -> None:
        self.changed.emit()
        if not self._is_shown():
            self._toast.say("Added. You can go on; reading happens in the background.")

    def _set_watched(self, collection: str, watched: bool) -> None:
        self.watching.set_watched(collection, watched)
        self.changed.emit()

    def _offer_document_back(self, row: DocumentRow) -> None:
        self._toast.offer_undo(f"Removed {plain(row.name, 40)}", partial(self.adding.take_back, row))

    def _indexed(self, done: IndexDone) -> None:
        if done.failed and not self._is_shown():
            files = "1 file" if done.failed == 1 else f"{done.failed} files"
            self._toast.say(f"{files} could not be read. Documents shows why.")
