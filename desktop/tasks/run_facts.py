"""How far a run is, in one line and a bar: done of total, how quick, how long yet, what it cost."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QProgressBar, QWidget

from desktop.documents.activity import time_left
from desktop.documents.rows import counted
from desktop.tasks.asking import Asked
from desktop.theme.controls import ElidedLabel, Icon, button, label
from desktop.theme.foreign import plain
from desktop.theme.layouts import boxed, column, row
from desktop.theme.theme import Theme
from desktop.theme.tokens import Space
from desktop.theme.wrapped import WrappedLabel
from engine.tasks.asks import why_asks_wait
from engine.tasks.values import RunCounts, RunRow
from engine.usage.values import Money


class RunFacts(QWidget):
    """Shows numbers; `pace` are rows a minute and the seconds left, while it is running. Offers to ask a
    provider about what is in doubt."""

    ask_asked = Signal()
    stop_asked = Signal()

    def __init__(self, theme: Theme, words: Callable[[Money], str]) -> None:
        """`words` says an amount in the person's currency."""
        super().__init__()
        self._words = words
        self._done = label(size="label", weight="semibold")
        self._total = label(tone="muted", size="label")
        self._others = ElidedLabel(tone="muted", size="label")
        self._review_sign = Icon(theme, "triangle-alert", "warning", 15)
        self._review = label(tone="warning", size="label")
        numbers = row(self._done, self._total, spacing=4)
        review = row(self._review_sign, self._review, spacing=7)
        self._ask = button("", "link", name="Ask a provider about cells in doubt")
        self._ask.clicked.connect(self.ask_asked)
        self._cloud_sign = Icon(theme, "cloud", "cloud", 15)
        self._cloud = label(tone="cloud", size="label")
        self._stop = button("Stop", "link", name="Stop asking")
        self._stop.clicked.connect(self.stop_asked)
        cloud = row(self._cloud_sign, self._cloud, self._stop, spacing=7)
        facts = row(numbers, self._others, review, cloud, self._ask, spacing=22)
        facts.setStretch(1, 1)
        self._bar = QProgressBar()
        self._bar.setTextVisible(False)
        self._bar.setAccessibleName("Inputs done")
        self._why = WrappedLabel(tone="warning", size="label")
        layout = column(boxed(facts, stretch=1), self._why, self._bar, spacing=10)
        layout.setContentsMargins(Space.XL, 15, Space.XL, 14)
        self.setLayout(layout)

    def show_asking(self, provider: str, cells: int, asked: Asked | None) -> None:
        """Whom to ask about how many cells; or how far that is, while it is under way."""
        self._ask.setText(f"Ask {plain(provider, 24)} about {counted(cells, 'cell')}…")
        self._ask.setVisible(bool(provider and cells) and asked is None)
        for part in (self._cloud_sign, self._cloud, self._stop):
            part.setVisible(asked is not None)
        if asked is not None:
            stopping = "Stopping…" if asked.stopping else f"Asking {plain(asked.provider, 24)}…"
            self._cloud.setText(f"{stopping}  {asked.done:,} of {asked.total:,}")
            self._stop.setEnabled(not asked.stopping)

    def show_run(self, run: RunRow, counts: RunCounts, pace: tuple[float, float | None] | None) -> None:
        noun = "row" if run.input_columns else "document"
        finished = counts.done + counts.failed
        done = finished == counts.total
        self._done.setText(f"{finished:,}")
        self._total.setText(f"{noun}s" if done and counts.total != 1 else
                            noun if done else f"of {counted(counts.total, noun)}")  # fmt: skip
        self._others.set_whole("     ".join(part for part in self._others_of(run, done, pace, noun) if part))
        why = why_asks_wait(run) if self._cloud.isHidden() else ""
        if run.state == "paused" and not done and run.reason:
            why = _sentence(plain(run.reason, 300).removeprefix("Paused: "))
        self._why.set_whole(why)
        self._why.setVisible(bool(why))
        self._bar.setVisible(not done)
        self._bar.setRange(0, max(1, counts.total))
        self._bar.setValue(finished)
        words = f"{counts.review:,} need review" if counts.review != 1 else "1 needs review"
        self._review.setText(words)
        for part in (self._review, self._review_sign):
            part.setVisible(bool(counts.review))

    def _others_of(
        self, run: RunRow, done: bool, pace: tuple[float, float | None] | None, noun: str
    ) -> list[str]:
        parts = _pace_words(run, done, pace, noun)
        parts.append(self._words(run.cost) if run.cost else "")
        return parts


def _pace_words(run: RunRow, done: bool, pace: tuple[float, float | None] | None, noun: str) -> list[str]:
    parts = []
    if run.state == "running" and pace is not None:
        if pace[0]:
            parts.append(f"{pace[0]:,.0f} {noun}s/min")
        parts.append(time_left(pace[1]).removeprefix("about "))
    elif run.state == "paused" and not done:
        parts.append("Paused")
    elif done and run.seconds:
        parts.append(f"done in {duration(run.seconds)}")
    return parts


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:]


def duration(seconds: float) -> str:
    """“8 s”, “12 min”, “2.5 h”."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 5400:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"
