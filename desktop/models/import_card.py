"""A model file on its way into Carrel."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFrame

from desktop.models import words
from desktop.models.imports import Import
from desktop.models.strip import ProgressStrip
from desktop.theme.controls import button
from desktop.theme.foreign import plain
from desktop.theme.layouts import column


class ImportCard(QFrame):
    """One file, shown while it is looked at and copied."""

    stop_asked = Signal(object)

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._path = path
        self.setProperty("kind", "card")
        name = plain(path.name, 60)
        self.setAccessibleName(f"Adding {name}")
        self._stop = button("Stop", "link", name=f"Stop adding {name}")
        self._stop.clicked.connect(lambda: self.stop_asked.emit(self._path))
        self._strip = ProgressStrip(self._stop)
        self.setLayout(column(self._strip, margins=(18, 11, 14, 14)))

    @property
    def words(self) -> str:
        return self._strip.words

    def show_import(self, shown: Import) -> None:
        progress = shown.progress
        said = words.copy_progress(plain(shown.path.name, 60), progress, copy=shown.copy)
        done, total = (progress.done_bytes, progress.total_bytes) if progress else (0, 0)
        text = "Stopping…" if shown.stopping else said
        self._strip.show_progress(text, done, total, name=self.accessibleName())
        self._stop.setEnabled(not shown.stopping)
