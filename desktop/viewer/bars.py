"""The two bars over a document: what it is and where one is in it, zoom and search."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QIntValidator, QKeyEvent
from PySide6.QtWidgets import QLineEdit, QWidget

from desktop.theme.controls import ElidedLabel, Icon, IconButton, label
from desktop.theme.layouts import boxed, column, row
from desktop.theme.scaled import keep_width
from desktop.theme.theme import Theme
from desktop.theme.tokens import Size, Space, Type
from desktop.window.shortcuts import keys_of

TYPED_MS = 200
"""A search begins when no key has been pressed for so long."""


class TitleBar(QWidget):
    """Back, the document's name and place, from source to source, as text, in the system's program."""

    closed = Signal()
    step_asked = Signal(int)
    text_asked = Signal(bool)
    outside_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        back = IconButton(theme, "arrow-left", "Back", keys="Esc")
        back.clicked.connect(self.closed)
        self._name = ElidedLabel(size="reading", weight="semibold", middle=True)
        self._place = ElidedLabel(tone="muted", size="small")
        self._steps = self._step_buttons(theme)
        self.as_text = IconButton(theme, "text-align-start", "Show as text")
        self.as_text.setCheckable(True)
        self.as_text.clicked.connect(self.text_asked)
        self.outside = IconButton(theme, "external-link", "Open in its own program")
        self.outside.clicked.connect(self.outside_asked)
        names = boxed(column(self._name, self._place, spacing=0))
        parts = (back, names, self._steps, self.as_text, self.outside)
        layout = row(*parts, spacing=6, margins=(Space.M, 0, Space.M, 0))
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self._theme = theme
        theme.changed.connect(self._restyle)
        self._restyle()

    def _restyle(self) -> None:
        """Two lines of names stand in it, whatever the text size."""
        lines = self._theme.pixels(Type.READING) + self._theme.pixels(Type.SMALL)
        self.setFixedHeight(max(Size.HEADER - 1, round(1.4 * lines)))

    def show_names(self, document: str, place: str) -> None:
        self._name.set_whole(document)
        self._place.set_whole(place)
        self._place.setVisible(bool(place))

    def show_steps(self, position: int, count: int) -> None:
        """Source number `position` (from 1) of `count`; nothing where there is but one."""
        self._steps.setVisible(count > 1)
        self._count.setText(f"Source {position} of {count}")
        self._previous.setEnabled(position > 1)
        self._next.setEnabled(position < count)

    def _step_buttons(self, theme: Theme) -> QWidget:
        self._previous = IconButton(
            theme, "chevron-left", "Previous source", size=17, keys=keys_of("previous_source")
        )
        self._previous.clicked.connect(lambda: self.step_asked.emit(-1))
        self._next = IconButton(theme, "chevron-right", "Next source", size=17, keys=keys_of("next_source"))
        self._next.clicked.connect(lambda: self.step_asked.emit(1))
        self._count = label(tone="muted", size="label")
        return boxed(row(self._previous, self._count, self._next, spacing=2))


class ToolBar(QWidget):
    """Page, zoom, search. Says what the person wants; shows what is."""

    page_asked = Signal(int)
    turn_asked = Signal(int)
    zoom_asked = Signal(int)
    fit_asked = Signal()
    search_changed = Signal(str)
    hit_asked = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._pages = self._page_controls()
        self._zoom = self._zoom_controls()
        parts = (self._pages, self._zoom, None, *self._search_controls())
        self.setLayout(row(*parts, spacing=Space.M, margins=(Space.M, 0, Space.M + 2, 0)))
        self.setFixedHeight(44)

    # Showing

    def show_page(self, number: int, count: int, noun: str = "Page") -> None:
        """Where one is, “Page 7 of 14”; nothing where there is but one."""
        self._pages.setVisible(count > 1)
        self._number.setAccessibleName(f"{noun} to go to")
        self._validator.setTop(max(1, count))
        if not self._number.hasFocus() or not self._number.isModified():
            self._number.setText(str(number))
        self._of.setText(f"of {count:,}")
        self._back.setEnabled(number > 1)
        self._on.setEnabled(number < count)

    def show_zoom(self, zoom: float) -> None:
        self._percent.setText(f"{round(zoom * 100)} %")

    def show_hits(self, current: int, count: int, *, searching: bool) -> None:
        """Hit number `current` (from 1) of `count`."""
        words = ""
        if self.words:
            words = f"{current} of {count:,}" if count else "Searching…" if searching else "Not found"
        self._hits.setText(words)
        self._hits.setVisible(bool(words))
        for step in (self._up, self._down):
            step.setVisible(bool(count))

    @property
    def words(self) -> str:
        """What is searched for; one letter alone is not."""
        words = self.search.text().strip()
        return words if len(words) > 1 else ""

    def clear_search(self) -> None:
        self.search.clear()
        self._typed.stop()
        self.show_hits(0, 0, searching=False)
        self.search_changed.emit("")

    # Parts

    def _page_controls(self) -> QWidget:
        self._back = IconButton(self._theme, "chevron-up", "Previous page", size=17)
        self._back.clicked.connect(lambda: self.turn_asked.emit(-1))
        self._on = IconButton(self._theme, "chevron-down", "Next page", size=17)
        self._on.clicked.connect(lambda: self.turn_asked.emit(1))
        self._number = QLineEdit("1")
        self._number.setProperty("kind", "small")
        keep_width(self._theme, self._number, 46)
        self._number.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._validator = QIntValidator(1, 1, self)
        self._number.setValidator(self._validator)
        self._number.returnPressed.connect(self._go)
        self._of = label(tone="muted", size="label")
        return boxed(row(self._back, self._on, self._number, self._of, spacing=4))

    def _zoom_controls(self) -> QWidget:
        smaller = IconButton(self._theme, "minus", "Smaller", size=17, keys=keys_of("smaller"))
        smaller.clicked.connect(lambda: self.zoom_asked.emit(-1))
        larger = IconButton(self._theme, "plus", "Larger", size=17, keys=keys_of("larger"))
        larger.clicked.connect(lambda: self.zoom_asked.emit(1))
        fit = IconButton(
            self._theme, "move-horizontal", "Fit the width", size=17, keys=keys_of("normal_size")
        )
        fit.clicked.connect(self.fit_asked)
        self._percent = label("100 %", tone="muted", size="label")
        keep_width(self._theme, self._percent, 46)
        self._percent.setAlignment(Qt.AlignmentFlag.AlignCenter)
        return boxed(row(smaller, self._percent, larger, fit, spacing=2))

    def _search_controls(self) -> tuple[QWidget, ...]:
        self.search = QLineEdit()
        self.search.setProperty("kind", "small")
        self.search.setPlaceholderText("Search")
        self.search.setAccessibleName("Search the document")
        self.search.setClearButtonEnabled(False)
        self.search.setMaximumWidth(230)
        self.search.setMinimumWidth(150)
        self.search.installEventFilter(self)
        self._typed = QTimer(self, interval=TYPED_MS, singleShot=True)
        self._typed.timeout.connect(self._begin_search)
        self.search.textEdited.connect(lambda _: self._typed.start())
        self._hits = label(tone="muted", size="label")
        self._up = IconButton(self._theme, "chevron-up", "Previous hit", size=17)
        self._up.clicked.connect(lambda: self.hit_asked.emit(-1))
        self._down = IconButton(self._theme, "chevron-down", "Next hit", size=17)
        self._down.clicked.connect(lambda: self.hit_asked.emit(1))
        for part in (self._hits, self._up, self._down):
            part.hide()
        return boxed(row(self._hits, self._up, self._down, spacing=2)), self.search

    def _go(self) -> None:
        number = int(self._number.text() or 1)
        self._number.setModified(False)
        self.page_asked.emit(number)

    def _begin_search(self) -> None:
        self.search_changed.emit(self.words)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Enter in the search goes from hit to hit, Shift+Enter back."""
        if not isinstance(event, QKeyEvent) or event.type() != QEvent.Type.KeyPress:
            return False
        if event.key() not in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            return False
        if self._typed.isActive():
            self._typed.stop()
            self._begin_search()
        else:
            back = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            self.hit_asked.emit(-1 if back else 1)
        return True


class Note(QWidget):
    """One line under the bars: the sentence that is being checked, or why only the text is shown."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "note")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self._icon = Icon(theme, "shield-check", "accent", 15)
        self._words = label(size="label", wrap=True)
        layout = row(self._icon, self._words, spacing=9, margins=(Space.L + 2, 8, Space.L + 2, 8))
        layout.setStretch(1, 1)
        self.setLayout(layout)
        self.hide()

    @property
    def words(self) -> str:
        return self._words.text() if not self.isHidden() else ""

    def show_sentence(self, sentence: str) -> None:
        self._show("shield-check", "accent", f"“{sentence}”" if sentence else "")

    def show_warning(self, words: str) -> None:
        self._show("triangle-alert", "warning", words)

    def _show(self, icon: str, tone: str, words: str) -> None:
        self._icon.set_icon(icon, "warning" if tone == "warning" else "accent")
        self._words.setText(words)
        self.setAccessibleName(words)
        self.setVisible(bool(words))
