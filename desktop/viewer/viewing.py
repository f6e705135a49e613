"""Which page the viewer lies over, and what the keys mean meanwhile."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtWidgets import QApplication, QWidget

from desktop.chat.sources import SourcesPanel
from desktop.viewer.spot import Spot, whole
from desktop.viewer.stage import Stage
from desktop.viewer.viewer import Viewer


class Viewing(QObject):
    """Opens documents over the chat, beside its sources, or over the documents; closes them again."""

    failed = Signal(object)

    def __init__(
        self, make_viewer: Callable[[], Viewer], sources: SourcesPanel, chat: Stage, parent: QObject
    ) -> None:
        """`make_viewer` is called when a document is first opened: the start does without."""
        super().__init__(parent)
        self._make_viewer = make_viewer
        self._viewer: Viewer | None = None
        self._sources = sources
        self._chat = chat
        self._stage: Stage | None = None
        self._before: QWidget | None = None
        sources.open_asked.connect(self._show_source)
        sources.stepped.connect(self._follow_source)

    @property
    def viewer(self) -> Viewer:
        if self._viewer is None:
            self._viewer = self._make_viewer()
            self._viewer.step_asked.connect(self._sources.step)
            self._viewer.closed.connect(self.close)
            self._viewer.failed.connect(self.failed)
        return self._viewer

    @property
    def is_open(self) -> bool:
        return self._stage is not None

    def show(self, stage: Stage, spot: Spot, position: int = 1, count: int = 1) -> None:
        """Show a place in a document over a page of the window."""
        if self._stage is not None and self._stage is not stage:
            self.close()
        if self._stage is None:
            self._remember(QApplication.focusWidget())
        self._stage = stage
        self.viewer.open(spot, position, count)
        stage.cover(self.viewer)
        self.viewer.focus()

    def show_document(self, stage: Stage, name: str, path: str) -> None:
        self.show(stage, whole(name, path))

    def close(self) -> bool:
        """Back to the page; whether a document was open."""
        stage, self._stage = self._stage, None
        if stage is None:
            return False
        stage.uncover()
        self.viewer.close_document()
        before = self._before
        self._remember(None)
        if before is not None and before.isVisible():
            before.setFocus(Qt.FocusReason.OtherFocusReason)
        return True

    def escape(self) -> bool:
        """Leave what is on top: the search, then the document; whether there was anything."""
        return self.is_open and (self.viewer.leave_search() or self.close())

    def step(self, step: int) -> None:
        """To the next source, or the one before: in the document where one is open, else among the cards."""
        if self._stage in (self._chat, None):
            self._sources.step(step)

    def zoom(self, steps: int) -> bool:
        """The page larger or smaller, 0 for as wide as the view; whether a document is open."""
        if self.is_open:
            self.viewer.zoom(steps)
        return self.is_open

    def find(self) -> None:
        if self.is_open:
            self.viewer.begin_search()

    def _remember(self, widget: QWidget | None) -> None:
        """Who has the keyboard again after the document; a card may be gone by then, and is forgotten."""
        if self._before is not None:
            self._before.destroyed.disconnect(self._forget)
        self._before = widget
        if widget is not None:
            widget.destroyed.connect(self._forget)

    def _forget(self) -> None:
        self._before = None

    def _show_source(self) -> None:
        self.show(self._chat, self._sources.spot, *self._sources.position)

    def _follow_source(self) -> None:
        if self._stage is self._chat:
            self._show_source()
