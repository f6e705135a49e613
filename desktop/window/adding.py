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


class Adding(QObject):
    """`added` comes when reading has been asked for, `removed` when a collection is gone."""

    added = Signal()
    removed = Signal()
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

    def remove(self, name: str) -> None:
        job = self._lane.job(once(partial(self._documents.remove_collection, name)))
        job.done.connect(self.removed)
        job.failed.connect(self.failed)
        self._lane.start(job)
