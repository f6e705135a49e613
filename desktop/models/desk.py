"""What the person does with models: each wish is asked about where that is due, then worked off in the
background, and goes on while another place is on the screen."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QFileDialog, QWidget

from desktop.lanes import Lanes, once
from desktop.models import sheets, words
from desktop.models.downloads import Downloads
from desktop.models.imports import Imports
from desktop.models.quickenings import Quickenings
from desktop.window.ports import CarrelApplication
from desktop.window.sheet import Sheet
from desktop.window.toasts import Toast
from engine.errors import ModelError
from engine.models.gguf import GgufHeader
from engine.models.installed import InstalledModel
from engine.models.values import Offer, Quickened

MODEL_FILES = "Model files (*.gguf)"
ENDING = ".gguf"


def is_model_file(path: Path) -> bool:
    return path.suffix.casefold() == ENDING


class ModelDesk(QObject):
    """`changed`: what is here, or can be had, must be asked for anew. `use_asked` names a model to switch
    to; `failed` brings an error to be shown.

    `is_shown` tells whether the Models place is on the screen: over another one nothing pops up unasked.
    """

    changed = Signal()
    use_asked = Signal(str)
    failed = Signal(object)

    def __init__(
        self,
        app: CarrelApplication,
        lanes: Lanes,
        sheet: Sheet,
        toast: Toast,
        window: QWidget,
        *,
        is_shown: Callable[[], bool],
    ) -> None:
        super().__init__(window)
        self._app = app
        self._errands = lanes.errands
        self._sheet = sheet
        self._toast = toast
        self._window = window
        self._is_shown = is_shown
        self.downloads = Downloads(app, lanes.downloads, lanes.errands, app.explain, self)
        self.imports = Imports(app, lanes.models, self)
        self.quickenings = Quickenings(app, lanes.models, self)
        for source in (self.downloads, self.imports, self.quickenings):
            source.failed.connect(self.failed)
        self.downloads.settled.connect(self.changed)
        for brings in (self.downloads, self.imports):
            brings.added.connect(self._added)
        self.quickenings.compared.connect(self._compared)

    def at_work(self) -> str:
        """What closing now would break off; empty when nothing."""
        if self.downloads.any:
            return "A model is still being downloaded. What has come is kept; Resume goes on from there."
        if self.imports.running:
            return "A model file is still being added. Its original stays as it is; add it again later."
        if self.quickenings.any:
            return "A model is still being made faster. It stays as it was; you can start that again later."
        return ""

    # Getting one

    def download(self, model_id: str) -> None:
        """Ask first while offline, and only where it fits on the disk."""
        offer = self._offer(model_id)
        free = self._app.free_space_bytes()
        if offer.model.size_bytes - offer.partial_bytes > free:
            sheets.say_no_room(self._sheet, offer, free_bytes=free)
        elif self._app.status().offline:
            start = partial(self.downloads.start, model_id)
            sheets.ask_to_download(self._sheet, offer, free_bytes=free, download=start)
        else:
            self.downloads.start(model_id)

    def discard(self, model_id: str) -> None:
        """Cancel; where something has come already, only after a question."""
        offer = self._offer(model_id)
        running = self.downloads.of(model_id)
        progress = running.progress if running else None
        kept = max(offer.partial_bytes, progress.done_bytes if progress else 0)
        if kept:
            discard = partial(self.downloads.discard, model_id)
            sheets.ask_to_discard(self._sheet, offer, kept, discard)
        else:
            self.downloads.discard(model_id)

    def _offer(self, model_id: str) -> Offer:
        return next(offer for offer in self._app.catalogue() if offer.model.id == model_id)

    # Bringing one

    def choose_file(self) -> None:
        names, _ = QFileDialog.getOpenFileNames(self._window, "Add a model file", "", MODEL_FILES)
        self.add([Path(name) for name in names])

    def add(self, files: Sequence[Path]) -> None:
        if files:
            copy, refer = (partial(self._import, files, copy=copied) for copied in (True, False))
            free = self._app.free_space_bytes()
            sheets.ask_to_import(self._sheet, files, free_bytes=free, copy=copy, refer=refer)

    def _import(self, files: Sequence[Path], *, copy: bool) -> None:
        for path in files:
            self.imports.start(path, copy=copy)

    def _added(self, model_id: str) -> None:
        self.changed.emit()
        model = self._model(model_id)
        if model is not None:
            said = f"{words.model_name(model, sheets.SHORT)} is on this computer now."
            self._toast.offer(said, "Use it", partial(self.use_asked.emit, model_id))

    # What is here

    def show_details(self, model_id: str) -> None:
        job = self._errands.job(once(partial(self._app.model_header, model_id)))
        job.happened.connect(partial(self._details, model_id))
        job.failed.connect(self.failed)
        self._errands.start(job)

    def _details(self, model_id: str, header: GgufHeader) -> None:
        model = self._model(model_id)
        if model is not None:
            sheets.show_details(self._sheet, model, header)

    def remove(self, model_id: str) -> None:
        model = self._model(model_id)
        if model is not None:
            sheets.ask_to_remove(
                self._sheet,
                model,
                in_use=model_id == self._current_id(),
                remove=partial(self._remove, model),
            )

    def _remove(self, model: InstalledModel) -> None:
        back = model.path if model.referenced else None
        job = self._errands.job(once(partial(self._app.remove_model, model.id)))
        job.happened.connect(partial(self._removed, model, back))
        job.failed.connect(self.failed)
        self._errands.start(job)

    def _removed(self, model: InstalledModel, back: Path | None, gained_bytes: int) -> None:
        self.changed.emit()
        name = words.model_name(model, sheets.SHORT)
        if back is not None:
            self._toast.offer_undo(f"{name} removed", partial(self.imports.start, back, copy=False))
        else:
            self._toast.say(f"{name} removed. {words.size(gained_bytes)} more are free.")

    # Making one faster

    def quicken(self, model_id: str) -> None:
        model = self._model(model_id)
        if model is not None:
            start = partial(self.quickenings.start, model_id)
            sheets.ask_to_quicken(self._sheet, model, start)

    def show_result(self, model_id: str) -> None:
        model, shown = self._model(model_id), self.quickenings.of(model_id)
        if model is not None and shown is not None and shown.result is not None:
            use = partial(self._use_faster, model_id, shown.result)
            keep = partial(self._keep_old, model_id, shown.result.id)
            sheets.show_quickened(self._sheet, model, shown.result, use=use, keep=keep)

    def _compared(self, model_id: str) -> None:
        self.changed.emit()
        if self._is_shown() and not self._sheet.isVisible():
            self.show_result(model_id)
            return
        model = self._model(model_id)
        if model is not None:
            said = f"{words.model_name(model, sheets.SHORT)} has been measured both ways."
            self._toast.offer(said, "Show both", partial(self.show_result, model_id))

    def _use_faster(self, model_id: str, found: Quickened) -> None:
        self.quickenings.settle(model_id)
        job = self._errands.job(once(partial(self._app.use_quickened, model_id, found)))
        job.done.connect(self.changed)
        job.failed.connect(self.failed)
        self._errands.start(job)

    def use_as_before(self, model_id: str) -> None:
        """Back from the faster way of loading."""
        job = self._errands.job(once(partial(self._app.use_model_as_before, model_id)))
        job.done.connect(partial(self._is_as_before, model_id))
        job.failed.connect(self.failed)
        self._errands.start(job)

    def _is_as_before(self, model_id: str) -> None:
        self.changed.emit()
        model = self._model(model_id)
        if model is not None:
            self._toast.say(f"{words.model_name(model, sheets.SHORT)} is as it was before.")

    def _keep_old(self, model_id: str, faster_id: str) -> None:
        """The old one stays, so the new file goes; where nothing was gained it is gone already."""
        self.quickenings.settle(model_id)
        if not faster_id:
            return
        job = self._errands.job(once(partial(self._app.remove_model, faster_id)))
        job.done.connect(self.changed)
        job.failed.connect(self.failed)
        self._errands.start(job)

    # Looking

    def _model(self, model_id: str) -> InstalledModel | None:
        return next((model for model in self._app.models() if model.id == model_id), None)

    def _current_id(self) -> str:
        try:
            return self._app.current_model().id
        except ModelError:  # none answers
            return ""
