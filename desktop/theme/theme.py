"""Which appearance is on, and who hears when it changes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QObject, Qt, Signal
from PySide6.QtGui import QColor, QFont, QIcon, QPalette
from PySide6.QtWidgets import QApplication, QStyle

from desktop.theme import icons
from desktop.theme.fonts import code_font, interface_font
from desktop.theme.stylesheet import stylesheet
from desktop.theme.tokens import DARK, LIGHT, MOTION_MS, Colour, Palette, Size, Type

Appearance = Literal["system", "light", "dark"]

SMALLEST, LARGEST, STEP = 0.8, 2.0, 0.1


class Theme(QObject):
    """The appearance of the whole window, in light or dark, at the person's text size.

    Follows the system as it changes unless the person chose. `changed` comes after the style sheet is
    in place; whoever draws text documents or icons of its own draws them anew then.
    """

    changed = Signal()

    def __init__(
        self,
        application: QApplication,
        appearance: Appearance = "system",
        scale: float = 1.0,
        *,
        system_scheme: Callable[[], Qt.ColorScheme] | None = None,
    ) -> None:
        super().__init__(application)
        self._application = application
        self._appearance: Appearance = appearance
        self._scale = _within(scale)
        self._system_scheme = system_scheme or application.styleHints().colorScheme
        self._palette = self._wanted()
        application.styleHints().colorSchemeChanged.connect(self._system_changed)
        self._apply()

    @property
    def palette(self) -> Palette:
        return self._palette

    @property
    def appearance(self) -> Appearance:
        return self._appearance

    @property
    def scale(self) -> float:
        """The person's text size; 1.0 is LOOK's."""
        return self._scale

    def set_appearance(self, appearance: Appearance) -> None:
        self._appearance = appearance
        self._refresh(self._wanted(), self._scale)

    def set_scale(self, scale: float) -> None:
        self._refresh(self._palette, _within(scale))

    def colour(self, name: Colour) -> QColor:
        return QColor(getattr(self._palette, name))

    def icon(self, name: str, colour: Colour = "muted", size: int = Size.ICON, *, gap: int = 0) -> QIcon:
        palette = self._palette
        return icons.icon(name, getattr(palette, colour), size, gap=gap, disabled=palette.faint)

    def pixels(self, size: int) -> int:
        """A type size of the tokens at the person's text size."""
        return max(9, round(size * self._scale))

    def font(self, size: int = Type.INTERFACE, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
        return interface_font(self.pixels(size), weight)

    def code_font(self, size: int = Type.LABEL) -> QFont:
        return code_font(self.pixels(size))

    @property
    def motion_ms(self) -> int:
        """How long a movement takes; 0 where the system asks for none."""
        wanted = self._application.style().styleHint(QStyle.StyleHint.SH_Widget_Animation_Duration)
        return MOTION_MS if wanted > 0 else 0

    def _wanted(self) -> Palette:
        if self._appearance == "system":
            return DARK if self._system_scheme() == Qt.ColorScheme.Dark else LIGHT
        return DARK if self._appearance == "dark" else LIGHT

    def _system_changed(self) -> None:
        self._refresh(self._wanted(), self._scale)

    def _refresh(self, palette: Palette, scale: float) -> None:
        if palette == self._palette and scale == self._scale:
            return
        self._palette, self._scale = palette, scale
        self._apply()
        self.changed.emit()

    def _apply(self) -> None:
        self._application.setFont(self.font())
        self._application.setPalette(_qt_palette(self._palette))
        self._application.setStyleSheet(stylesheet(self._palette, self.pixels))


def _within(scale: float) -> float:
    return round(min(LARGEST, max(SMALLEST, scale)), 2)


def _qt_palette(palette: Palette) -> QPalette:
    """For what the style sheet does not reach: text selections, placeholders, native bits."""
    role = QPalette.ColorRole
    colours = {
        role.Window: palette.background,
        role.WindowText: palette.text,
        role.Base: palette.raised,
        role.AlternateBase: palette.panel,
        role.Text: palette.text,
        role.PlaceholderText: palette.faint,
        role.Button: palette.raised,
        role.ButtonText: palette.text,
        role.Highlight: palette.accent,
        role.HighlightedText: palette.on_accent,
        role.Link: palette.accent,
        role.LinkVisited: palette.accent,
        role.ToolTipBase: palette.raised,
        role.ToolTipText: palette.text,
        role.Mid: palette.line,
        role.Shadow: palette.line,
    }
    made = QPalette()
    for which, colour in colours.items():
        made.setColor(which, QColor(colour))
    for which in (role.WindowText, role.Text, role.ButtonText):
        made.setColor(QPalette.ColorGroup.Disabled, which, QColor(palette.faint))
    return made
