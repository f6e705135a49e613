"""The chat page: header, transcript or welcome, composer, and the sources beside or over them."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QStackedWidget, QWidget

from desktop.chat.composer import ALL_DOCUMENTS, Composer
from desktop.chat.sources import SourcesPanel
from desktop.chat.transcript import Transcript
from desktop.chat.welcome import Welcome
from desktop.theme.controls import ElidedLabel, IconButton, Surface, ThemedButton, line
from desktop.theme.layouts import centred, column, row
from desktop.theme.theme import Theme
from desktop.theme.tokens import Size, Space
from desktop.viewer.stage import Stage
from desktop.window.shortcuts import keys_of


class ChatPage(Surface):
    """Lays the parts out and keeps the sources where there is room; `conversation.py` brings it to life."""

    sidebar_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__("page")
        self._theme = theme
        self._sources_wanted = self._only_beside = False
        self.transcript = Transcript(theme)
        self.welcome = Welcome(theme)
        self.composer = Composer(theme)
        self.sources = SourcesPanel(theme)
        self._build()

    def show_title(self, title: str, scope: str) -> None:
        self._title.set_whole(title or "New chat")
        self._scope.setVisible(bool(title and scope))
        if scope:
            self._scope.set_text(scope)

    def show_conversation(self, shown: bool) -> None:
        """The transcript, or the welcome in its place."""
        self._stack.setCurrentWidget(self.transcript if shown else self.welcome)
        self._toggle.setVisible(shown)
        if not shown:
            self.set_sources_open(False)

    def set_sources_open(self, opened: bool, *, only_beside: bool = False) -> None:
        """Open or close the sources; `only_beside`: not where they would lie over the text."""
        self._sources_wanted, self._only_beside = opened, only_beside
        self._place_sources()

    @property
    def sources_open(self) -> bool:
        return self._sources_wanted and not (self._floats and (self._only_beside or self.stage.is_covered))

    @property
    def _floats(self) -> bool:
        """Whether the sources lie over the text, for want of room beside it."""
        return self.width() < Size.FLOAT_SOURCES - Size.SIDEBAR

    def set_sidebar_button(self, shown: bool) -> None:
        self._sidebar.setVisible(shown)

    # Parts

    def _build(self) -> None:
        self._stack = QStackedWidget()
        self._stack.addWidget(self.transcript)
        self._stack.addWidget(self.welcome)
        self.composer.setMaximumWidth(Size.COLUMN + 2 * self.composer.SHADOW)
        edge = Space.XL - self.composer.SHADOW
        dock = centred(self.composer, margins=(edge, 0, edge, Space.XS - 2))
        centre = QWidget()
        centre.setLayout(column(self._header(), line(), self._stack, dock, spacing=0))
        self.stage = Stage(centre)
        self.stage.currentChanged.connect(self._place_sources)
        self._body = QHBoxLayout(self)
        self._body.setContentsMargins(0, 0, 0, 0)
        self._body.setSpacing(0)
        self._body.addWidget(self.stage, 1)
        self._edge = line(vertical=True)
        self._body.addWidget(self._edge)
        self._body.addWidget(self.sources)
        self.sources.setFixedWidth(Size.SOURCES)
        self.sources.closed.connect(lambda: self.set_sources_open(False))
        self._place_sources()

    def _header(self) -> QWidget:
        self._sidebar = IconButton(self._theme, "panel-left", "Show the sidebar", keys=keys_of("sidebar"))
        self._sidebar.clicked.connect(self.sidebar_asked)
        self._sidebar.hide()
        self._title = ElidedLabel(size="reading", weight="semibold")
        self._scope = ThemedButton(self._theme, "folder-open", ALL_DOCUMENTS, "chip", size=14)
        self._scope.clicked.connect(self.composer.open_scopes)
        self._toggle = IconButton(self._theme, "panel-right", "Sources")
        self._toggle.setCheckable(True)
        self._toggle.clicked.connect(self._toggle_sources)
        head = QWidget()
        head.setFixedHeight(Size.HEADER - 1)
        head.setLayout(
            row(
                self._sidebar,
                self._title,
                self._scope,
                None,
                self._toggle,
                spacing=10,
                margins=(Space.XL, 0, 18, 0),
            )
        )
        return head

    def _toggle_sources(self) -> None:
        self.set_sources_open(not self.sources_open)

    def _place_sources(self, _: int = 0) -> None:
        shown, floating = self.sources_open, self._floats
        self._toggle.setChecked(shown)
        if floating and self._body.indexOf(self.sources) >= 0:
            self._body.removeWidget(self.sources)
            self.sources.setParent(self)
        elif not floating and self._body.indexOf(self.sources) < 0:
            self._body.addWidget(self.sources)
        self.sources.setVisible(shown)
        self._edge.setVisible(shown and not floating)
        if floating:
            self._float_sources()

    def _float_sources(self) -> None:
        width = min(Size.SOURCES, self.width() - 2 * Space.XXL)
        self.sources.setFixedWidth(width)
        self.sources.setGeometry(self.width() - width, 0, width, self.height())
        self.sources.raise_()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_sources()
