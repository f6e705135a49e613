"""The Models place in the window: its page, its desk, and the choice of a model under the question."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from desktop.chat.page import ChatPage
from desktop.lanes import Lanes
from desktop.models.desk import ModelDesk
from desktop.models.page import ModelsPage
from desktop.models.words import presentable
from desktop.theme.theme import Theme
from desktop.window.ports import CarrelApplication
from desktop.window.sheet import Sheet
from desktop.window.toasts import Toast
from engine.errors import ModelError
from engine.models.installed import InstalledModel


class ModelsPlace(QObject):
    """`changed`: what is here, or which one answers, is another. `is_shown` tells whether the place is on the
    screen."""

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
        chat: ChatPage,
        is_shown: Callable[[], bool],
    ) -> None:
        super().__init__(window)
        self._app = app
        self._chat = chat
        self._is_shown = is_shown
        self.desk = ModelDesk(app, lanes, sheet, toast, window, is_shown=is_shown)
        self.page = ModelsPage(theme, app, self.desk)
        self.desk.use_asked.connect(self.use)
        self.desk.changed.connect(self._changed)
        self.desk.failed.connect(self.failed)

    def use(self, model_id: str) -> None:
        self._app.use_model(model_id)
        self._changed()

    def current(self) -> InstalledModel | None:
        try:
            return presentable(self._app.current_model(), 28)
        except ModelError:  # none is installed: the page says so
            return None

    def refresh(self) -> None:
        current = self.current()
        self.page.refresh(current.id if current else "")

    def show_choice(self) -> None:
        """The models that can be chosen under the question."""
        models = [presentable(model, 28) for model in self._app.models()]
        self._chat.composer.set_models(models, self.current())
        self._chat.transcript.set_model_names({model.id: model.name for model in models})

    def _changed(self) -> None:
        self.show_choice()
        self.changed.emit()
        if self._is_shown():
            self.refresh()
