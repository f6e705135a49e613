"""The floating card at the bottom: what to ask, where to look, which model, send or stop."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QWidget

from desktop.chat.editor import Editor
from desktop.theme.controls import ElidedLabel, FloatingCard, Icon, IconButton, Menu, ThemedButton, menu_text
from desktop.theme.layouts import boxed, column, row
from desktop.theme.theme import Theme
from engine.chats.store import Scope
from engine.models.installed import InstalledModel
from rag.values import CollectionStatus

ALL_DOCUMENTS, NO_DOCUMENTS = "All documents", "No documents"


class Composer(FloatingCard):
    """While an answer is being given, the button stops it and Enter puts the text into a queue of one."""

    asked = Signal(str)
    begun = Signal()
    """The first character of a question has been typed."""
    stop_asked = Signal()
    files_asked = Signal()
    folder_asked = Signal()
    files_pasted = Signal(list)
    scope_chosen = Signal(object)
    model_chosen = Signal(str)
    models_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self._busy = False
        self._is_empty = True
        self._queued = ""
        self._collections: Sequence[CollectionStatus] = ()
        self._models: Sequence[InstalledModel] = ()
        self._model_id = ""
        self._scope = Scope("all")
        self._build(theme)

    # State

    @property
    def scope(self) -> Scope:
        return self._scope

    @property
    def queued(self) -> str:
        """What will be asked when the running answer is there."""
        return self._queued

    @property
    def text(self) -> str:
        return self._editor.toPlainText()

    def set_text(self, text: str) -> None:
        self._editor.set_text(text)

    def focus(self) -> None:
        self._editor.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def remember(self, questions: list[str]) -> None:
        self._editor.remember(questions)

    def set_busy(self, busy: bool) -> None:
        self._busy = busy
        self._show_send()

    def set_scope(self, scope: Scope) -> None:
        self._scope = scope
        self._scope_chip.set_text(scope_name(scope))
        self._scope_chip.set_icon("ban" if scope.kind == "none" else "folder-open")

    def set_collections(self, collections: Sequence[CollectionStatus]) -> None:
        self._collections = collections

    def set_models(self, models: Sequence[InstalledModel], current: InstalledModel | None) -> None:
        self._models = models
        self._model_id = current.id if current else ""
        self._model_chip.set_text(current.name if current else "No model")

    def take_queued(self) -> str:
        """The queued question, which leaves the queue."""
        queued = self._queued
        self._set_queued("")
        return queued

    def return_queued(self) -> None:
        """Put the queued question back to be edited: the answer before it did not end well."""
        queued = self.take_queued()
        if queued and not self.text:
            self.set_text(queued)
        elif queued:
            self._set_queued(queued)

    # Parts

    def _build(self, theme: Theme) -> None:
        self._editor = Editor(theme)
        self._editor.submitted.connect(self._submit)
        self._editor.files_pasted.connect(self.files_pasted)
        self._editor.focused.connect(self.set_focused)
        self._editor.textChanged.connect(self._changed)
        self._build_queue(theme)
        self._add = IconButton(theme, "plus", "Add documents")
        self._add.clicked.connect(self._open_add)
        self._scope_chip = ThemedButton(theme, "folder-open", ALL_DOCUMENTS, "chip", size=14)
        self._scope_chip.clicked.connect(self.open_scopes)
        self._model_chip = ThemedButton(theme, "cpu", "Model", "chip", size=14)
        self._model_chip.clicked.connect(self.open_models)
        self._send = IconButton(theme, "arrow-up", "Send", colour="on_accent", keys="Enter")
        self._send.setProperty("kind", "send")
        self._send.setFixedSize(32, 32)
        self._send.clicked.connect(self._pressed)
        controls = row(self._add, self._scope_chip, self._model_chip, None, self._send)
        edge = self.SHADOW
        margins = (edge + 14, edge + 13, edge + 12, edge + 11)
        self.setLayout(
            column(
                self._queue,
                boxed(row(self._editor, margins=(2, 0, 2, 0))),
                controls,
                spacing=8,
                margins=margins,
            )
        )
        self._show_send()

    def _build_queue(self, theme: Theme) -> None:
        self._queue_text = ElidedLabel(tone="muted", size="label")
        edit = IconButton(theme, "pencil", "Edit the waiting question", size=15)
        edit.clicked.connect(self._edit_queued)
        drop = IconButton(theme, "x", "Remove the waiting question", size=15)
        drop.clicked.connect(self.take_queued)
        icon = Icon(theme, "clock", "muted", 15)
        self._queue = boxed(row(icon, self._queue_text, edit, drop, spacing=6), stretch=1)
        self._queue.hide()

    def _changed(self) -> None:
        self._show_send()
        was_empty, self._is_empty = self._is_empty, not self.text.strip()
        if was_empty and not self._is_empty:
            self.begun.emit()

    def _show_send(self) -> None:
        writing = bool(self.text.strip())
        if self._busy and not writing:
            self._send.set_icon("stop", "Stop")
        else:
            self._send.set_icon("arrow-up", "Ask next" if self._busy else "Send")
        self._send.setEnabled(self._busy or writing)

    # What the person does

    def _pressed(self) -> None:
        if self._busy and not self.text.strip():
            self.stop_asked.emit()
        else:
            self._submit()

    def _submit(self) -> None:
        text = self.text.strip()
        if not text:
            return
        self._editor.clear()
        if self._busy:
            self._set_queued(f"{self._queued}\n{text}" if self._queued else text)
        else:
            self.asked.emit(text)

    def _edit_queued(self) -> None:
        queued = self.take_queued()
        own = self.text.strip()
        self.set_text(f"{queued}\n{own}" if own else queued)
        self.focus()

    def _set_queued(self, text: str) -> None:
        self._queued = text
        self._queue_text.set_whole(f"Next: {text}")
        self._queue.setVisible(bool(text))

    # Menus

    def open_scopes(self) -> None:
        self._open(self._scope_menu(), self._scope_chip)

    def open_models(self) -> None:
        self._open(self._model_menu(), self._model_chip)

    def _open_add(self) -> None:
        self._open(self._add_menu(), self._add)

    def _open(self, menu: Menu, anchor: QWidget) -> None:
        """Show a menu over its button, for there is no room below."""
        height = menu.sizeHint().height()
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(anchor.mapToGlobal(QPoint(0, -height - 4)))

    def _add_menu(self) -> Menu:
        menu = Menu(self, "Add documents")
        menu.addAction(self._theme.icon("file-plus"), "Add files…", self.files_asked.emit)
        menu.addAction(self._theme.icon("folder-plus"), "Add a folder…", self.folder_asked.emit)
        return menu

    def _scope_menu(self) -> Menu:
        menu = Menu(self, "Where to look")
        choices = [Scope("all")]
        choices += [Scope("collection", found.name) for found in self._collections]
        for scope in choices:
            self._add_scope(menu, scope)
        menu.addSeparator()
        self._add_scope(menu, Scope("none"))
        return menu

    def _add_scope(self, menu: Menu, scope: Scope) -> None:
        action = menu.addAction(menu_text(scope_name(scope)))
        if scope == self._scope:
            action.setIcon(self._theme.icon("check", "accent"))
        action.triggered.connect(lambda: self.scope_chosen.emit(scope))

    def _model_menu(self) -> Menu:
        menu = Menu(self, "Model")
        title = menu.addAction("On this computer")
        title.setEnabled(False)
        for model in self._models:
            action = menu.addAction(menu_text(f"{model.name}    {model.size_bytes / 1e9:.1f} GB"))
            if model.id == self._model_id:
                action.setIcon(self._theme.icon("check", "accent"))
            action.triggered.connect(lambda _=False, chosen=model.id: self.model_chosen.emit(chosen))
        menu.addSeparator()
        menu.addAction("All models…", self.models_asked.emit)
        return menu


def scope_name(scope: Scope) -> str:
    if scope.kind == "collection":
        return scope.collection
    return NO_DOCUMENTS if scope.kind == "none" else ALL_DOCUMENTS
