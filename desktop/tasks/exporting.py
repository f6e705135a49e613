"""Writing a run's lines to a file: which form, where, how far it is."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import Path

from PySide6.QtCore import QPoint, QStandardPaths, Signal
from PySide6.QtWidgets import QFileDialog

from desktop.lanes import Job, Lane
from desktop.theme.controls import Menu, ThemedButton
from desktop.theme.theme import Theme
from desktop.window.ports import Tasks
from engine.tasks.values import Exporting, RunRow

FORMS = (
    ("xlsx", "Excel (XLSX)", "Excel workbook (*.xlsx)"),
    ("csv", "CSV", "Comma-separated values (*.csv)"),
    ("jsonl", "JSON, one object on each line", "JSON lines (*.jsonl)"),
)


class ExportButton(ThemedButton):
    """Asks for the form and the file. While it writes it says how far it is, and a press stops it."""

    exported = Signal(str)
    stopped = Signal()
    refused = Signal(str)
    failed = Signal(object)

    def __init__(self, theme: Theme, tasks: Tasks, lane: Lane) -> None:
        super().__init__(theme, "download", "Export")
        self._tasks = tasks
        self._lane = lane
        self._run: RunRow | None = None
        self._job: Job | None = None
        self._path = Path()
        self.clicked.connect(self._press)

    def show_run(self, run: RunRow) -> None:
        self._run = run

    @property
    def is_writing(self) -> bool:
        return self._job is not None and not self._job.is_over

    def menu_of_forms(self) -> Menu:
        menu = Menu(self, "Export")
        menu.aboutToHide.connect(menu.deleteLater)
        for ending, words, _ in FORMS:
            menu.addAction(words).setData(ending)
        menu.triggered.connect(lambda action: self.ask(action.data()))
        return menu

    def ask(self, ending: str) -> None:
        """Let the person choose the file, and write it."""
        if self._run is None:
            return
        kind = next(kind for each, _, kind in FORMS if each == ending)
        folder = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        suggested = str(Path(folder) / f"{_file_name(self._run)}.{ending}")
        chosen, _ = QFileDialog.getSaveFileName(self.window(), "Export", suggested, kind)
        if chosen:
            path = Path(chosen)
            self.write(
                path if path.suffix.lower() == f".{ending}" else path.with_name(f"{path.name}.{ending}")
            )

    def write(self, path: Path) -> None:
        if self._run is None or self.is_writing:
            return
        if any(_is_same_file(path, Path(source)) for source in self._run.source.paths):
            self.refused.emit("The rows come from that file, and it stays as it is. Choose another name.")
            return
        run_id, tasks = self._run.id, self._tasks
        self._path = path

        def work(cancelled: Callable[[], bool]) -> Iterator[Exporting]:
            steps = tasks.export_run(run_id, path)
            for step in steps:
                yield step
                if cancelled():
                    return  # what is left of the steps is closed with them, and clears up

        self._job = self._lane.job(work)
        self._job.happened.connect(self._take)
        self._job.done.connect(self._done)
        self._job.cancelled.connect(self._cancelled)
        self._job.failed.connect(self._failed)
        self._lane.start(self._job)
        self._say("Exporting…", "x")

    def _press(self) -> None:
        if self._job is not None and self.is_writing:
            self._job.cancel()
            self._say("Stopping…", "x")
            return
        menu = self.menu_of_forms()
        across = self.width() - menu.sizeHint().width()
        menu.popup(self.mapToGlobal(QPoint(across, self.height() + 2)))

    def _take(self, event: Exporting) -> None:
        if self._job is not None and not self._job.is_cancelled:
            share = 100 * event.done // event.total if event.total else 100
            self._say(f"Stop · {share} %", "x")

    def _done(self) -> None:
        self._say("Export", "download")
        self.exported.emit(str(self._path))

    def _cancelled(self) -> None:
        self._say("Export", "download")
        self.stopped.emit()

    def _failed(self, error: BaseException) -> None:
        self._say("Export", "download")
        self.failed.emit(error)

    def _say(self, words: str, icon: str) -> None:
        self.set_text(words)
        self.set_icon(icon)


def _is_same_file(one: Path, other: Path) -> bool:
    try:
        return one.samefile(other)
    except OSError:  # one of them is not there
        return False


def _file_name(run: RunRow) -> str:
    """A name that every system takes."""
    name = re.sub(r"[^\w -]+", " ", f"{run.recipe_name} {run.title.rpartition('.')[0] or run.title}")
    return " ".join(name.split())[:80] or "Export"
