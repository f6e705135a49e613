"""A provider as a calm row; a press opens what can be set for it, below."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent
from PySide6.QtWidgets import QFrame, QSizePolicy, QWidget

from desktop.cloud_settings import words
from desktop.cloud_settings.provider_panel import ProviderPanel
from desktop.theme.controls import ElidedLabel, Icon, Pill, label, line, set_property
from desktop.theme.foreign import plain
from desktop.theme.layouts import boxed, column, row
from desktop.theme.theme import Theme
from desktop.window.ports import ProviderRow


class RowHead(QFrame):
    """`pressed` by mouse or keyboard."""

    pressed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "row")
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._name = ElidedLabel(weight="medium")
        self._host = ElidedLabel(tone="muted", size="label")
        self._used = Pill(theme)
        self._icon = Icon(theme, "minus", "muted", 15)
        self._key = label(tone="muted", size="label")
        self._chevron = Icon(theme, "chevron-down", "muted", 16)
        left = boxed(column(self._name, self._host, spacing=2))
        left.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        margins = (17, 10, 15, 10)
        body = row(left, self._used, self._icon, self._key, 4, self._chevron, spacing=8, margins=margins)
        body.setStretch(0, 1)
        self.setLayout(body)

    def show_row(self, row: ProviderRow, model: str) -> None:
        """`model`: the one that hard questions go to; “” where they do not go here."""
        state, icon, colour = words.key_state(row)
        shown = plain(model, 60)
        self._name.set_whole(words.name(row))
        self._host.set_whole(f"{words.host(row)}  ·  {shown}" if shown else words.host(row))
        self._icon.set_icon(icon, colour)
        self._key.setText(state)
        set_property(self._key, "tone", "accent" if colour == "accent" else "muted")
        self._used.setVisible(row.used)
        self._used.show_state("Hard questions" if model else "No model chosen", "" if model else "warning")
        answers = f" Hard questions go to {shown}." if row.used and shown else ""
        self.setAccessibleName(f"{words.name(row)}, {words.host(row)}. {state}.{answers}")

    def show_open(self, opened: bool) -> None:
        self._chevron.set_icon("chevron-up" if opened else "chevron-down", "muted")
        self.setAccessibleDescription("Opened" if opened else "Closed")

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton and self.rect().contains(event.position().toPoint()):
            self.pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.pressed.emit()
            return
        super().keyPressEvent(event)


class ProviderEntry(QWidget):
    """A row and its panel."""

    opened = Signal(str)

    def __init__(self, theme: Theme, provider_id: str) -> None:
        super().__init__()
        self.provider_id = provider_id
        self.head = RowHead(theme)
        self.panel = ProviderPanel(theme)
        self._line = line()
        inside = boxed(column(self.panel, margins=(18, 4, 18, 18)))
        inside.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Minimum)
        self._inside = inside
        self.setLayout(column(self._line, self.head, inside, spacing=0))
        inside.hide()
        self.head.pressed.connect(self._toggle)

    def show_row(self, row: ProviderRow, keyring: str | None, model: str, *, first: bool) -> None:
        self._line.setVisible(not first)
        self.head.show_row(row, model if row.used else "")
        self.panel.show_row(row, keyring, model if row.used else "")

    def set_open(self, opened: bool) -> None:
        self._inside.setVisible(opened)
        self.head.show_open(opened)
        if not opened:
            self.panel.key.field.clear()  # what was begun and left is not kept in memory

    @property
    def is_open(self) -> bool:
        return not self._inside.isHidden()

    def _toggle(self) -> None:
        self.opened.emit("" if self.is_open else self.provider_id)
