"""A card for each collection: what it is called, where it comes from, how far it is."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QProgressBar, QSizePolicy, QWidget

from desktop.documents.activity import Reading, sentence, time_left
from desktop.documents.menu import CollectionMenu
from desktop.theme.controls import ClickableCard, ElidedLabel, Icon, IconButton, Pill, Tone, button, label
from desktop.theme.layouts import column, row, wrapping
from desktop.theme.theme import Theme
from desktop.theme.tokens import Radius
from desktop.theme.wrapped import WrappedLabel
from rag.values import CollectionStatus

HEIGHT = 132
EDGE, INSIDE = 18, 11
"""From the card's edge to its text, and to the three dots, whose button has room around them."""


class CollectionCard(ClickableCard):
    """One collection; a press opens it. Asks for what the person presses, naming the collection."""

    opened = Signal(str)
    ask_about = Signal(str)
    problems_asked = Signal(str)
    look_asked = Signal(str)
    rebuild_asked = Signal(str)
    stop_asked = Signal()
    resume_asked = Signal()
    remove_asked = Signal(str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.name = ""
        self._busy = False
        self._has_folder = False
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.pressed.connect(lambda: self.opened.emit(self.name))
        self.setMinimumHeight(HEIGHT)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._build()

    def show_status(self, status: CollectionStatus, reading: Reading | None) -> None:
        """Bring the card up to date; `reading` is given while files of this collection are read."""
        self.name = status.name
        self._busy, self._has_folder = reading is not None, bool(status.folders)
        self.setAccessibleName(f"Collection {status.name}")
        self._name.set_whole(status.name)
        self._pill.show_state(*pill_state(status, reading))
        self._folder.set_whole(sentence(reading) if reading and reading.name else _where(status))
        self._bar.setRange(0, max(1, status.documents))
        self._bar.setValue(status.documents - status.waiting if status.documents else 0)
        self._numbers.set_whole(numbers(status, reading))
        self._ask.setVisible(bool(status.ready) and not self._busy and not status.failed)
        self._problems.setVisible(bool(status.failed) and not self._busy)
        self._stop.setVisible(self._busy)
        self._resume.setVisible(bool(status.waiting) and not self._busy)

    # Parts

    def _build(self) -> None:
        theme = self._theme
        self._name = ElidedLabel(size="reading", weight="semibold")
        self._pill = Pill(theme)
        more = IconButton(theme, "ellipsis", "More for this collection", size=17)
        more.clicked.connect(self._open_menu)
        self._more = more
        self._folder = ElidedLabel(tone="muted", size="label")
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Files read")
        self._numbers = WrappedLabel(tone="muted", size="label")
        self._ask = button("Ask about it", "link")
        self._ask.clicked.connect(lambda: self.ask_about.emit(self.name))
        self._problems = button("Show problems", "link")
        self._problems.clicked.connect(lambda: self.problems_asked.emit(self.name))
        self._stop = IconButton(theme, "pause", "Pause reading", size=17)
        self._stop.clicked.connect(self.stop_asked)
        self._resume = button("Go on", "link")
        self._resume.clicked.connect(self.resume_asked)
        parts = (Icon(theme, "folder-open", "text"), self._name, self._pill, more)
        head = row(*parts, spacing=9)
        head.setStretch(1, 1)
        actions = (self._ask, self._problems, self._resume)
        foot = row(self._numbers, *actions, self._stop, spacing=12)
        below = wrapping(foot, stretch=0)
        below.setMinimumHeight(30)
        rest = column(self._folder, None, self._bar, below, spacing=6, margins=(0, 0, EDGE - INSIDE, 0))
        self.setLayout(column(head, rest, spacing=6, margins=(EDGE, 13, INSIDE, 9)))

    def _open_menu(self) -> None:
        name = self.name
        menu = CollectionMenu(self, self._theme, name, busy=self._busy, has_folder=self._has_folder)
        menu.ask.triggered.connect(lambda: self.ask_about.emit(name))
        menu.look.triggered.connect(lambda: self.look_asked.emit(name))
        menu.rebuild.triggered.connect(lambda: self.rebuild_asked.emit(name))
        menu.remove.triggered.connect(lambda: self.remove_asked.emit(name))
        menu.popup(self._more.mapToGlobal(QPoint(0, self._more.height() + 2)))


class DropCard(QFrame):
    """The dashed place that says that things may be dropped."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.setMinimumHeight(HEIGHT)
        words = label("Drop files or folders anywhere in this window", tone="muted", wrap=True)
        stay = label("They stay on this computer.", tone="faint", size="label")
        for each in (words, stay):
            each.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        icon = row(None, Icon(theme, "download", "muted", 20), None)
        self.setLayout(column(None, icon, words, stay, None, spacing=5))
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        paint_dashed(self, self._theme)


def paint_dashed(widget: QWidget, theme: Theme) -> None:
    """A dashed round outline: here things may be dropped."""
    painter = QPainter(widget)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    pen = QPen(QColor(theme.palette.focus_line), 1)
    pen.setDashPattern([4, 4])
    painter.setPen(pen)
    box = widget.rect().toRectF().adjusted(1, 1, -1, -1)
    painter.drawRoundedRect(box, Radius.CARD, Radius.CARD)


def pill_state(status: CollectionStatus, reading: Reading | None) -> tuple[str, Tone]:
    if reading is not None:
        done = status.documents - status.waiting
        return f"Reading {100 * done // max(1, status.documents)} %", ""
    if status.waiting:
        return "Paused", ""
    if status.failed:
        return (f"{status.failed} problems" if status.failed > 1 else "1 problem"), "warning"
    return ("Ready", "accent") if status.ready else ("Empty", "")


def numbers(status: CollectionStatus, reading: Reading | None) -> str:
    """“61 of 140 files    about 4 min left”, “214 files    18,402 passages”."""
    if status.waiting:
        done = status.documents - status.waiting
        left = time_left(reading.seconds_left) if reading else ""
        return _spaced(f"{done:,} of {count(status.documents, 'file')}", left)
    return _spaced(count(status.documents, "file"), count(status.passages, "passage"))


def count(number: int, noun: str) -> str:
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _spaced(*parts: str) -> str:
    return "\u2003".join(part for part in parts if part)


def _where(status: CollectionStatus) -> str:
    folders = folders_of(status)
    return f"{folders} · follows changes" if status.watched else folders


def folders_of(status: CollectionStatus) -> str:
    """“Documents › Legal › Contracts”."""
    if not status.folders:
        return "Single files"
    if len(status.folders) > 1:
        return f"{len(status.folders)} folders"
    return breadcrumb(Path(status.folders[0]))


def breadcrumb(folder: Path) -> str:
    """“Documents › Legal › Contracts”: the last three names of a path."""
    names = [part for part in folder.parts if part != folder.anchor]
    return " › ".join(names[-3:]) or str(folder)
