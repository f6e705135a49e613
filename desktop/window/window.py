"""The window: sidebar, one page at a time, status strip, and what floats over them."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QPoint, Qt, QTimer, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QKeySequence,
    QResizeEvent,
)
from PySide6.QtWidgets import QWidget

from desktop.chat import samples
from desktop.chat.conversation import Conversation
from desktop.chat.editor import local_files
from desktop.chat.page import ChatPage
from desktop.documents.activity import sentence
from desktop.documents.page import DocumentsPage
from desktop.lanes import Lanes, once
from desktop.models.desk import is_model_file
from desktop.models.page import ModelsPage
from desktop.processes.states import Lost
from desktop.settings_screen.page import SettingsPage
from desktop.tasks.page import TasksPage
from desktop.theme.controls import line
from desktop.theme.focus import circle_focus
from desktop.theme.layouts import column, row
from desktop.theme.theme import Theme
from desktop.theme.tokens import Size
from desktop.viewer.spot import Spot
from desktop.viewer.viewer import Viewer
from desktop.viewer.viewing import Viewing
from desktop.window import closing
from desktop.window.chats import ChatHistory
from desktop.window.documents import DocumentsPlace
from desktop.window.drop import DropOverlay
from desktop.window.later import LaterPage
from desktop.window.looks import Looks
from desktop.window.models import ModelsPlace
from desktop.window.outside import CLOUD, SETTINGS, Outside
from desktop.window.places import Places
from desktop.window.ports import CarrelApplication
from desktop.window.sheet import Sheet
from desktop.window.shortcuts import bind, listed
from desktop.window.sidebar import PLACES, Sidebar
from desktop.window.status import StatusStrip
from desktop.window.tasks import TasksPlace
from desktop.window.toasts import Toast
from desktop.window.usage import spent_today
from engine.chats.store import ChatRow, Scope

Page = ChatPage | DocumentsPage | TasksPage | ModelsPage | SettingsPage | LaterPage

STATUS_MS = 2_000
SMALLEST = (640, 480)


class Window(QWidget):
    """Everything on the screen. Owns the lanes; the application it is given outlives it."""

    worker_event = Signal(str, object)

    def __init__(self, app: CarrelApplication, theme: Theme) -> None:
        super().__init__()
        self._app = app
        self._theme = theme
        self._closing = False
        self._folded_by_width = False
        self.lanes = Lanes(self)
        self.chat = ChatPage(theme)
        self.conversation = Conversation(app, self.chat, self.lanes, self)
        self.settings = SettingsPage(theme, app.profile)
        make_viewer = partial(Viewer, theme, app, self.lanes)
        self.viewing = Viewing(make_viewer, self.chat.sources, self.chat.stage, self)
        self.sidebar = Sidebar(theme)
        self.status = StatusStrip(theme)
        self.toast = Toast(theme, self, self._floor)
        self.sheet = Sheet(theme, self)
        self._library = DocumentsPlace(
            app,
            theme,
            self.lanes,
            self.sheet,
            self.toast,
            self,
            is_shown=partial(self._is_shown, "documents"),
        )
        self.documents, self.activity = self._library.page, self._library.activity
        self.adding, self.watching = self._library.adding, self._library.watching
        self.history = ChatHistory(app, self.conversation, self.sidebar, self.toast, self)
        shown = partial(self._is_shown, "models")
        self.looks = Looks(app, theme, self.viewing, self)
        self._models = ModelsPlace(
            app, theme, self.lanes, self.sheet, self.toast, self, chat=self.chat, is_shown=shown
        )
        self.desk, self.models = self._models.desk, self._models.page
        self.tasks = TasksPlace(app, theme, self.lanes, self.sheet, self.toast, self)
        self.outside = Outside(
            app,
            theme,
            self.lanes,
            self.conversation,
            self.sheet,
            self.toast,
            self,
            is_shown=self._is_shown,
        )
        self.asking = self.outside.asking
        self._covers = (self.sheet, *self.asking.covers)
        self._drop = DropOverlay(theme, self)
        self._build()
        self._connect()
        self._restore()

    def begin(self) -> None:
        """After the window is on the screen: start what the first question needs, go on with what waited."""
        warm = self.lanes.warming.job(once(self._app.warm))
        warm.failed.connect(self.show_failure)
        warm.done.connect(self.activity.embed_anew)
        self.lanes.warming.start(warm)
        self.activity.resume_at_start()
        self.watching.begin()
        self.tasks.begin()
        self._poll.start()

    # Pages

    def show_place(self, key: str) -> None:
        self.viewing.close()
        if key == "documents":
            self._library.enter()
        elif key == "models":
            self._models.refresh()
        elif key == "tasks":
            self.tasks.enter(again=self.place == "tasks")
        else:
            self.outside.enter(key)
        self._places.show_place(key)
        self.sidebar.show_place(SETTINGS if key in self.outside.pages else key)  # they are parts of it
        self._refresh_status()

    @property
    def place(self) -> str:
        return self._places.place

    def _is_shown(self, key: str) -> bool:
        return self._places.is_shown(key)

    def show_failure(self, error: BaseException) -> None:
        self.sheet.show_failure(self._app.explain(error))

    # Chats

    def new_chat(self) -> None:
        self.show_place("chat")
        self.conversation.new_chat()

    def ask_about(self, collection: str) -> None:
        """A new chat that looks into one collection."""
        self.new_chat()
        self.conversation.set_scope(Scope("collection", collection))

    def _open_chat(self, chat: ChatRow) -> None:
        self.show_place("chat")
        self.conversation.open_chat(chat)

    def _opened(self, chat_id: int | None) -> None:
        self.viewing.close()
        self.sidebar.history.set_open(chat_id)
        self._app.put_setting("window.chat", chat_id)
        if chat_id is None:
            self._show_welcome()
        self.history.refresh()

    def _go_to_neighbour(self, step: int) -> None:
        self.history.go_to_neighbour(step)

    # Documents

    def _library_changed(self) -> None:
        self.documents.refresh()
        self.conversation.refresh_collections()
        self.sidebar.show_count("documents", len(self._app.collections()))
        if self.conversation.chat_id is None:
            self._show_welcome()

    def _reading_changed(self) -> None:
        self.status.show_reading(self.activity.reading)
        self.chat.welcome.show_activity(self._activity_words())

    def _show_welcome(self) -> None:
        """The page of an empty chat: the first start, or what can be asked."""
        collections = self._app.collections()
        reading = self.activity.reading
        if not collections and reading is None:
            self.chat.welcome.show_first_start()
            return
        self.chat.welcome.show_ready(samples.questions(collections))
        self.chat.welcome.show_activity(self._activity_words())

    def _activity_words(self) -> str:
        reading = self.activity.reading
        if reading is None:
            return ""
        files = f"  ·  {reading.done} of {reading.total} files" if reading.total else ""
        return sentence(reading) + files

    # Models

    def _take_files(self, files: list[Path]) -> None:
        """Dropped or pasted: model files go to Models, all others are read."""
        self.adding.add([path for path in files if not is_model_file(path)])
        models = [path for path in files if is_model_file(path)]
        if models:
            self.show_place("models")
            self.desk.add(models)

    # Tasks

    def _show_spot(self, spot: Spot | None) -> None:
        """Where the words of a cell stand, over the table; None where they are its own row's."""
        if spot is not None:
            self.viewing.show(self.tasks.page.stage, spot)

    # Status

    def _refresh_status(self) -> None:
        status = self._app.status()
        current = self._models.current()
        self.status.show_status(current.name if current else "", status)
        self.status.show_money(spent_today(self._app.cloud))
        self.settings.show_status(status)
        self.outside.refresh()

    def _worker_changed(self, worker: str, event: object) -> None:
        self._refresh_status()
        if isinstance(event, Lost):
            part = "The model" if worker == "model" else "The reader"
            self.toast.say(f"{part} stopped and is being started again. Nothing is lost.")

    # The sidebar

    def set_sidebar_shown(self, shown: bool) -> None:
        self.sidebar.setVisible(shown)
        self._sidebar_edge.setVisible(shown)
        for page in self._pages.values():
            page.set_sidebar_button(not shown)

    def _toggle_sidebar(self) -> None:
        shown = self.sidebar.isHidden()
        self._folded_by_width = False
        self.set_sidebar_shown(shown)
        self._app.put_setting("window.sidebar", shown)

    # Parts

    def _build(self) -> None:
        self.setObjectName("window")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self.setWindowTitle("Carrel")
        self.setMinimumSize(*SMALLEST)
        self.setAcceptDrops(True)
        self._pages: dict[str, Page] = {
            "chat": self.chat,
            "documents": self.documents,
            "tasks": self.tasks.page,
            "models": self.models,
            "settings": self.settings,
            **self.outside.pages,
        }
        self._places = Places(self._pages)
        main = QWidget()
        main.setLayout(column(self._places, line(), self.status, spacing=0))
        self._sidebar_edge = line(vertical=True)
        layout = row(self.sidebar, self._sidebar_edge, main, spacing=0)
        layout.setStretch(2, 1)
        self.setLayout(layout)
        self._poll = QTimer(self, interval=STATUS_MS)
        self._poll.timeout.connect(self._refresh_status)

    def _connect(self) -> None:
        self._connect_sidebar()
        self._connect_pages()
        self._connect_library()
        self.worker_event.connect(self._worker_changed, Qt.ConnectionType.QueuedConnection)
        self._app.add_listener(self._worker_noticed)
        self._shortcuts = bind(self, self._actions())
        for cover in self._covers:
            cover.covered.connect(self._covered)

    def _connect_sidebar(self) -> None:
        sidebar = self.sidebar
        sidebar.new_chat_asked.connect(self.new_chat)
        sidebar.place_chosen.connect(self.show_place)
        sidebar.fold_asked.connect(self._toggle_sidebar)
        self.history.open_asked.connect(self._open_chat)

    def _connect_pages(self) -> None:
        self.conversation.opened.connect(self._opened)
        self.viewing.failed.connect(self.show_failure)
        composer = self.chat.composer
        composer.model_chosen.connect(self._models.use)
        composer.models_asked.connect(partial(self.show_place, "models"))
        composer.files_pasted.connect(self._take_files)
        self._models.changed.connect(self._refresh_status)
        self._models.failed.connect(self.show_failure)
        self.conversation.every_document_asked.connect(self.tasks.ask_every_document)
        self.tasks.failed.connect(self.show_failure)
        self.tasks.shown_asked.connect(partial(self.show_place, "tasks"))
        self.tasks.provider_asked.connect(partial(self.show_place, CLOUD))
        self.tasks.page.source_asked.connect(self._show_spot)
        self.tasks.count_changed.connect(partial(self.sidebar.show_count, "tasks"))
        self.settings.appearance_chosen.connect(self.looks.choose_appearance)
        self.settings.scale_chosen.connect(self.looks.choose_scale)
        self.settings.keys_asked.connect(self._show_keys)
        self.status.model_asked.connect(partial(self.show_place, "models"))
        self.status.network_asked.connect(partial(self.show_place, "privacy"))
        self.status.offline_asked.connect(self.outside.go_offline)
        self.status.usage_asked.connect(partial(self.show_place, "usage"))
        self.settings.place_asked.connect(self.show_place)
        self.outside.place_asked.connect(self.show_place)
        self.outside.changed.connect(self._refresh_status)
        self.outside.failed.connect(self.show_failure)
        self.status.memory_asked.connect(partial(self.show_place, "models"))
        self.status.reading_asked.connect(partial(self.show_place, "documents"))
        for page in self._pages.values():
            page.sidebar_asked.connect(self._toggle_sidebar)

    def _connect_library(self) -> None:
        for asks in (self.chat.composer, self.chat.welcome):
            asks.files_asked.connect(self.adding.choose_files)
            asks.folder_asked.connect(self.adding.choose_folder)
        self.chat.welcome.samples_asked.connect(self.adding.add_samples)
        self.documents.ask_about.connect(self.ask_about)
        self.documents.open_asked.connect(partial(self.viewing.show_document, self.documents.stage))
        self.activity.progressed.connect(self._reading_changed)
        self._library.changed.connect(self._library_changed)
        self._library.failed.connect(self.show_failure)

    def _actions(self) -> dict[str, Callable[[], None]]:
        places = {
            f"place_{n}": partial(self.show_place, place.key) for n, place in enumerate(PLACES, start=1)
        }
        return places | {
            "new_chat": self.new_chat,
            "search": self._search,
            "focus_composer": self._write,
            "stop": self._escape,
            "regenerate": self.conversation.regenerate,
            "copy_last": self.conversation.copy_last,
            "models": self._pick_model,
            "next_chat": partial(self._go_to_neighbour, 1),
            "previous_chat": partial(self._go_to_neighbour, -1),
            "settings": partial(self.show_place, "settings"),
            "sidebar": self._toggle_sidebar,
            "larger": partial(self.looks.change_scale, 1),
            "smaller": partial(self.looks.change_scale, -1),
            "normal_size": partial(self.looks.change_scale, 0),
            "save": self._save,
            "find": self.viewing.find,
            "next_source": partial(self.viewing.step, 1),
            "previous_source": partial(self.viewing.step, -1),
            "keys": self._show_keys,
        }

    def focusNextPrevChild(self, forward: bool) -> bool:
        return circle_focus(self, forward) or super().focusNextPrevChild(forward)

    def _floor(self) -> QPoint:
        """Where a toast stands: on the composer, on the review of a run, or on the status strip."""
        foot, composer = self.tasks.page.foot, self.chat.composer
        if foot is not None:
            return foot.mapTo(self, QPoint(foot.width() // 2, 0))
        if self.place == "chat" and not self.viewing.is_open:
            return composer.mapTo(self, QPoint(composer.width() // 2, composer.SHADOW))
        return self.status.mapTo(self, QPoint(self.status.width() // 2, 0))

    def _escape(self) -> None:
        """Leave what is on top, else stop the answer."""
        if (cover := next((cover for cover in self._covers if cover.isVisible()), None)) is not None:
            cover.close_sheet()
        elif self.sidebar.search.hasFocus():
            self.sidebar.search.clear()
            self.chat.composer.focus()
        elif not self.viewing.escape() and not self._back():
            self.conversation.stop()

    def _back(self) -> bool:
        """Out of what is open within a place; whether there was anything."""
        leave = {"documents": self.documents.show_all, "tasks": self.tasks.page.escape}.get(self.place)
        return leave is not None and leave()

    def _save(self) -> None:
        if self.place == "tasks":
            self.tasks.page.save()

    def _covered(self) -> None:
        """Under a sheet only Escape works."""
        covered = any(cover.isVisible() for cover in self._covers)
        for shortcut in self._shortcuts:
            if shortcut.key() != QKeySequence("Esc"):
                shortcut.setEnabled(not covered)

    def _worker_noticed(self, worker: str, event: object) -> None:
        """Called on any thread; the signal brings it to this one."""
        self.worker_event.emit(worker, event)

    def _search(self) -> None:
        self.set_sidebar_shown(True)
        self.sidebar.focus_search()

    def _write(self) -> None:
        self.show_place("chat")
        self.chat.composer.focus()

    def _pick_model(self) -> None:
        self.show_place("chat")
        self.chat.composer.open_models()

    def _show_keys(self) -> None:
        self.sheet.show_keys(listed())

    # Remembering

    def _restore(self) -> None:
        width, height = self._app.setting("window.size", (1280, 800))
        self.resize(max(SMALLEST[0], int(width)), max(SMALLEST[1], int(height)))
        self.set_sidebar_shown(bool(self._app.setting("window.sidebar", True)))
        self._models.show_choice()
        self._library_changed()
        last = self._app.setting("window.chat", None)
        chat = next((chat for chat in self._app.chats() if chat.id == last), None)
        self.show_place("chat")
        if chat is not None:
            self.conversation.open_chat(chat)
        else:
            self.conversation.new_chat()

    def _remember(self) -> None:
        if not self.isMaximized() and not self.isFullScreen():
            self._app.put_setting("window.size", [self.width(), self.height()])

    # Events

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        narrow = event.size().width() < Size.FOLD_SIDEBAR
        if narrow and not self.sidebar.isHidden() and event.oldSize().width() >= Size.FOLD_SIDEBAR:
            self._folded_by_width = True
            self.set_sidebar_shown(False)
        elif not narrow and self._folded_by_width:
            self._folded_by_width = False
            self.set_sidebar_shown(True)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if local_files(event.mimeData().urls()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self._drop.cover()

    def dragLeaveEvent(self, event: QDragLeaveEvent) -> None:
        self._drop.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        self._drop.hide()
        files = local_files(event.mimeData().urls())
        if not (self.place == "tasks" and self.tasks.take_files(files)):
            self._take_files(files)
        event.acceptProposedAction()

    def closeEvent(self, event: QCloseEvent) -> None:
        if not self._closing and self._at_work():
            event.ignore()
            closing.ask_to_close(self.sheet, self._at_work(), self._close_now)
            return
        self._remember()
        self._poll.stop()
        self.watching.close()
        self.tasks.close()
        event.accept()

    def _at_work(self) -> str:
        """What would be broken off by closing; empty when nothing would."""
        reading = partial(closing.reading, self.activity)
        answering = partial(closing.answering, self.conversation)
        return closing.at_work((reading, answering, self.tasks.at_work, self.desk.at_work))

    def _close_now(self) -> None:
        self._closing = True
        self.close()
