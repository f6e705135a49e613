"""How documents come into Carrel and leave it: chosen, dropped, the samples; removed after a question."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.chat import samples
from desktop.documents.activity import Activity
from desktop.lanes import Lane, once
from desktop.window.ports import Documents
from desktop.window.sheet import Action, Sheet
from rag.values import DocumentRow


class Adding(QObject):
    """`added` comes when reading has been asked for, `removed` when a collection or a document is gone.

    `document_removed` carries the row of the one that is gone.
    """

    added = Signal()
    removed = Signal()
    document_removed = Signal(object)
    failed = Signal(object)

    def __init__(
        self, documents: Documents, activity: Activity, lane: Lane, sheet: Sheet, window: QWidget
    ) -> None:
        super().__init__(window)
        self._documents = documents
        self._activity = activity
        self._lane = lane
        self._sheet = sheet
        self._window = window

    def add(self, paths: Sequence[Path]) -> None:
        """Read files and folders in the background."""
        if paths:
            self._activity.add(list(paths))
            self.added.emit()

    def add_samples(self) -> None:
        self._activity.add(samples.files(), samples.COLLECTION)
        self.added.emit()

    def choose_files(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self._window, "Add files")
        self.add([Path(name) for name in names])

    def choose_folder(self) -> None:
        name = QFileDialog.getExistingDirectory(self._window, "Add a folder")
        self.add([Path(name)] if name else [])

    def ask_to_remove(self, name: str) -> None:
        words = (
            f"Carrel forgets what it read in “{name}”. The files themselves stay where they are; "
            "adding them again takes as long as the first time."
        )
        keep: Action = ("Keep it", "primary", None)
        remove: Action = ("Remove", "danger", partial(self.remove, name))
        self._sheet.ask("Remove this collection?", words, [keep, remove])

    def ask_to_rebuild(self, name: str) -> None:
        words = (
            f"Carrel reads every file of “{name}” again, which takes as long as the first time. "
            "Until a file has been read, what was read of it before goes on answering."
        )
        keep: Action = ("Leave it as it is", "primary", None)
        rebuild: Action = ("Read everything anew", "secondary", partial(self._activity.rebuild, name))
        self._sheet.ask("Read everything anew?", words, [keep, rebuild])

    def remove_document(self, row: DocumentRow) -> None:
        """At once; it can be read again."""
        job = self._lane.job(once(partial(self._documents.remove_documents, [Path(row.path)])))
        job.done.connect(self.removed)
        job.done.connect(partial(self.document_removed.emit, row))
        job.failed.connect(self.failed)
        self._lane.start(job)

    def take_back(self, row: DocumentRow) -> None:
        """Read a document again that was removed."""
        self._activity.add([Path(row.path)], row.collection)

    def remove(self, name: str) -> None:
        job = self._lane.job(once(partial(self._documents.remove_collection, name)))
        job.done.connect(self.removed)
        job.failed.connect(self.failed)
        self._lane.start(job)
