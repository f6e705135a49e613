"""The strip at the bottom: model, connections, memory, reading, money. Each opens what it names."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QPushButton, QWidget

from desktop.documents.activity import Reading
from desktop.theme.controls import Surface, ThemedButton, button, menu_text, tooltip
from desktop.theme.layouts import row
from desktop.theme.theme import Theme
from desktop.theme.tokens import Size, Type
from desktop.window.ports import Status

ROOMY = 680
ENDS = 20 + 9 + 6 + 12 + 8
"""Pixels of the strip's margins, its dot, and what parts it from the lock."""

STATES = {
    "starting": "starting…",
    "lost": "stopped, starts again with the next question",
    "stopped": "on this computer, not loaded yet",
}


class Dot(QWidget):
    """Filled when the model is ready, hollow when it is not: the words beside it say the same."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._ready = False
        self.setFixedSize(9, 9)
        theme.changed.connect(self.update)

    def set_ready(self, ready: bool) -> None:
        self._ready = ready
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        colour = QColor(self._theme.palette.accent if self._ready else self._theme.palette.faint)
        painter.setPen(colour)
        if self._ready:
            painter.setBrush(colour)
        painter.drawEllipse(self.rect().toRectF().adjusted(1, 1, -1, -1))


class StatusStrip(Surface):
    model_asked = Signal()
    network_asked = Signal()
    offline_asked = Signal()
    memory_asked = Signal()
    reading_asked = Signal()
    usage_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__("panel")
        self._dot = Dot(theme)
        self._model = button("", "status", name="Model")
        self._model.clicked.connect(self.model_asked)
        self._lock = ThemedButton(theme, "lock", "Offline", "status", size=14)
        self._lock.clicked.connect(self.network_asked)
        self._offline = button("Go offline", "status")
        self._offline.clicked.connect(self.offline_asked)
        self._offline.hide()
        self._reading = button("", "status", name="Reading")
        self._reading.clicked.connect(self.reading_asked)
        self._reading.hide()
        self._memory = button("", "status", name="Memory")
        self._memory.clicked.connect(self.memory_asked)
        self._model_words, self._lock_words = ("", ""), ("", "", "")
        self._money = button("", "status", name="Usage")
        self._money.clicked.connect(self.usage_asked)
        self._money.hide()
        left = (self._dot, self._model, 6, self._lock, self._offline)
        parts = (*left, None, self._reading, self._memory, self._money)
        self.setLayout(row(*parts, spacing=1, margins=(20, 0, 12, 0)))
        self._theme = theme
        theme.changed.connect(self._restyle)
        self._restyle()

    def show_status(self, model_name: str, status: Status) -> None:
        self._dot.set_ready(bool(model_name) and status.model == "ready")
        where = STATES.get(status.model, "on this computer")
        self._model_words = (
            (f"{model_name} · {where}", model_name) if model_name else ("No model installed",) * 2
        )
        self._lock_words = (network(status), network(status, blocked=False), _reach(status))
        self._lock.set_icon(*(("lock", "muted") if status.offline else ("cloud", "cloud")))
        said = f"{network(status)} to other computers since the start"
        self._lock.setToolTip(tooltip(said))
        self._offline.setVisible(not status.offline)
        _say(self._memory, f"{memory(status.memory_bytes)} memory")
        self._fit()

    def show_money(self, words: str) -> None:
        """“€0.42 today”."""
        self._money.setVisible(bool(words))
        _say(self._money, words)
        self._fit()
        self._money.setToolTip(tooltip("What was asked of providers, and what it cost"))

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _restyle(self) -> None:
        """As high as its words are at the person's text size."""
        self.setFixedHeight(max(Size.STATUS, self._theme.pixels(Type.SMALL) + 14))
        self._fit()

    def _fit(self) -> None:
        """Say as much as there is room for: what was blocked goes first, then memory, then where a model is,
        at last how many connections there were.

        Memory waits besides until the reading is done. What is cut stands whole in a tooltip's or screen
        reader's words.
        """
        wanted = self.width() >= ROOMY or self._reading.isHidden()
        fuller = ((0, wanted, 0), (1, wanted, 0), (1, False, 0), (1, False, 1), (2, False, 1))
        for lock, has_memory, model in fuller:
            self._lock.setText(menu_text(self._lock_words[lock]))
            self._model.setText(menu_text(self._model_words[model]))
            if self._needed(has_memory) <= self.width():
                break
        self._memory.setVisible(has_memory)  # once: shown and hidden again it squeezes the others meanwhile
        self._lock.setAccessibleName(self._lock_words[0])
        self._model.setAccessibleName(self._model_words[0])

    def _needed(self, has_memory: bool) -> int:
        """Pixels for everything that is to be seen, with its words whole."""
        parts = (self._model, self._lock, self._offline, self._reading, self._money)
        shown = [made for made in parts if not made.isHidden()] + [self._memory] * has_memory
        return ENDS + sum(made.sizeHint().width() + 1 for made in shown)

    def show_reading(self, reading: Reading | None) -> None:
        self._reading.setVisible(reading is not None)
        if reading is not None:
            files = f"{reading.done} of {reading.total} files" if reading.total else "files"
            _say(self._reading, "Stopping…" if reading.stopping else f"Reading {files}")
        self._fit()


def _say(made: QPushButton, text: str) -> None:
    made.setText(menu_text(text))
    made.setAccessibleName(text)


def network(status: Status, *, blocked: bool = True) -> str:
    """“Offline · 0 connections”; what was blocked only where something was, and it is wanted."""
    connections = "1 connection" if status.connections == 1 else f"{status.connections:,} connections"
    held = f" · {status.blocked:,} blocked" if status.blocked and blocked else ""
    return f"{_reach(status)} · {connections}{held}"


def _reach(status: Status) -> str:
    return "Offline" if status.offline else "Online"


def memory(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB" if size_bytes >= 1e9 else f"{size_bytes / 1e6:.0f} MB"
