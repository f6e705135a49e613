"""A row for each run: what it works on, how far it is, what is to be looked at."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt, Signal
from PySide6.QtWidgets import QProgressBar, QSizePolicy

from desktop.tasks import words
from desktop.tasks.running import Underway
from desktop.theme.controls import (
    ClickableCard,
    ElidedLabel,
    Icon,
    IconButton,
    Menu,
    Pill,
    ThemedButton,
    button,
)
from desktop.theme.foreign import plain
from desktop.theme.layouts import boxed, column, row
from desktop.theme.theme import Theme
from desktop.theme.wrapped import WrappedLabel
from engine.tasks.values import RunRow


class RunLine(ClickableCard):
    """One run; a press opens it. `paused` carries the key of what is under way, all else the run."""

    opened = Signal(int)
    resumed = Signal(int)
    paused = Signal(int)
    delete_asked = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__("row")
        self._theme = theme
        self._run: RunRow | None = None
        self._underway: Underway | None = None
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self._build()
        self.pressed.connect(self._open)

    def show_run(self, run: RunRow, underway: Underway | None, now: float) -> None:
        self._run = run
        named = plain(run.recipe_name, words.NAME)
        self._say(named, plain(run.title, words.NAME), words.kind_icon(run.kind))
        self._show_state(underway, words.run_state(run, underway, now))
        counts = underway.counts if underway and underway.counts else run.counts
        review = words.review_words(counts.review)
        self._review.show_state(review, "warning")
        self._review.setVisible(bool(review))
        self._bar.setRange(0, max(1, counts.total))
        self._bar.setValue(counts.done + counts.failed)
        self._bar.setVisible(underway is not None)
        self._resume.setVisible(underway is None and run.state != "done")
        self._more.show()

    def show_beginning(self, underway: Underway) -> None:
        """One whose inputs are not stored yet: there is nothing to open."""
        self._run = None
        self._say(plain(underway.name, words.NAME), words.source_words(underway.source), "table")
        self._show_state(underway, words.underway_words(underway, ""))
        self._bar.setRange(0, underway.to_gather or 1)
        self._bar.setValue(underway.gathered if underway.to_gather else 0)
        self._bar.show()
        for hidden in (self._review, self._resume, self._more):
            hidden.hide()

    def _say(self, name: str, title: str, icon: str) -> None:
        self.setAccessibleName(f"Run {name}, {title}")
        self._name.set_whole(name)
        self._title.set_whole(title)
        self._icon.set_icon(icon, "text")
        self._more.set_icon("ellipsis", f"More for {name}, {title}")
        self._resume.setAccessibleName(f"Resume {name}, {title}")
        self._pause.set_icon("pause", f"Pause {name}, {title}")

    def _show_state(self, underway: Underway | None, said: str) -> None:
        self._underway = underway
        self._state.set_whole(said)
        self._pause.setVisible(underway is not None)
        self._pause.setEnabled(underway is not None and not underway.stopping)

    # Parts

    def _build(self) -> None:
        theme = self._theme
        self._icon = Icon(theme, "table", "text")
        self._name = ElidedLabel(weight="medium")
        self._title = ElidedLabel(tone="faint", size="label", middle=True)
        self._state = WrappedLabel(tone="muted", size="label")
        self._review = Pill(theme)
        self._pause = IconButton(theme, "pause", "Pause", size=17)
        self._pause.clicked.connect(self._ask_to_pause)
        self._resume = button("Resume", "link")
        self._resume.clicked.connect(self._ask_to_resume)
        self._more = IconButton(theme, "ellipsis", "More", size=17)
        self._more.clicked.connect(lambda: self.menu().popup(self._below_more()))
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Inputs done")
        head = boxed(row(self._name, self._title, None, spacing=10))
        text = column(head, self._state, spacing=3)
        actions = (self._review, self._resume, self._pause, self._more)
        body = row(self._icon, text, *actions, spacing=12)
        body.setStretch(1, 1)
        self.setLayout(column(body, self._bar, spacing=9, margins=(16, 11, 12, 11)))
        self.setMinimumHeight(64)

    def menu(self) -> Menu:
        menu = Menu(self, self.accessibleName())
        menu.aboutToHide.connect(menu.deleteLater)
        menu.addAction(self._theme.icon("table"), "Open", self._open)
        menu.addSeparator()
        run = self._run
        menu.addAction(self._theme.icon("trash-2", "danger"), "Delete", lambda: self.delete_asked.emit(run))
        return menu

    def _below_more(self) -> QPoint:
        return self._more.mapToGlobal(QPoint(0, self._more.height() + 2))

    def _open(self) -> None:
        if self._run is not None:
            self.opened.emit(self._run.id)

    def _ask_to_resume(self) -> None:
        if self._run is not None:
            self.resumed.emit(self._run.id)

    def _ask_to_pause(self) -> None:
        if self._underway is not None:
            self.paused.emit(self._underway.key)


class MoreButton(ThemedButton):
    """“Show all 23 runs”."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme, "chevron-down", "Show all runs", "quiet", size=16)

    def show_count(self, count: int) -> None:
        self.set_text(f"Show all {count:,} runs")
