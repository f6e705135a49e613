"""The small controls that every screen is made of. All text in them is plain text."""

from __future__ import annotations

from html import escape
from typing import Literal

from PySide6.QtCore import QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QGuiApplication,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPainterPath,
    QPaintEvent,
    QPen,
    QRegion,
    QResizeEvent,
)
from PySide6.QtWidgets import (
    QAbstractButton,
    QFrame,
    QLabel,
    QMenu,
    QPushButton,
    QSizePolicy,
    QTableView,
    QToolButton,
    QWidget,
)

from desktop.theme.layouts import row
from desktop.theme.theme import Theme
from desktop.theme.tokens import Colour, Radius, Size

Tone = Literal["", "muted", "faint", "accent", "warning", "danger", "cloud"]
TextType = Literal["", "small", "label", "reading", "title", "display"]
Weight = Literal["", "medium", "semibold"]
ButtonKind = Literal[
    "secondary",
    "primary",
    "cloud",
    "quiet",
    "link",
    "danger",
    "chip",
    "picker",
    "toggle",
    "suggestion",
    "place",
    "raised",
    "segment",
    "status",
    "filter",
]


def set_property(widget: QWidget, name: str, value: object) -> None:
    """Set a property that the style sheet selects by, and let the widget be styled anew."""
    if widget.property(name) == value:
        return
    widget.setProperty(name, value)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def tooltip(text: str) -> str:
    """`text` as a tooltip that shows it as it is: Qt would take `<img …>` in it for HTML, and load it."""
    return f"<p style='margin:0; white-space:pre-wrap'>{escape(text)}</p>" if text else ""


def menu_text(text: str) -> str:
    """`text` for a menu or a button, where a lone `&` would vanish and underline what follows."""
    return text.replace("&", "&&")


def label(
    text: str = "", *, tone: Tone = "", size: TextType = "", weight: Weight = "", wrap: bool = False
) -> QLabel:
    """A label that shows its text as it is, whatever stands in it."""
    made = QLabel()
    made.setTextFormat(Qt.TextFormat.PlainText)
    made.setText(text)
    made.setWordWrap(wrap)
    for name, value in (("tone", tone), ("type", size), ("weight", weight)):
        if value:
            made.setProperty(name, value)
    return made


class ElidedLabel(QLabel):
    """One line that ends in “…” where it does not fit; the whole text is its tooltip then."""

    def __init__(
        self,
        text: str = "",
        *,
        tone: Tone = "",
        size: TextType = "",
        weight: Weight = "",
        middle: bool = False,
    ) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._mode = Qt.TextElideMode.ElideMiddle if middle else Qt.TextElideMode.ElideRight
        self._whole = ""
        # Absolute: an Arabic name begins where the others of its list do, not at the far end of its room.
        sides = Qt.AlignmentFlag
        self.setAlignment(sides.AlignLeft | sides.AlignAbsolute | sides.AlignVCenter)
        self.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Fixed)
        for name, value in (("tone", tone), ("type", size), ("weight", weight)):
            if value:
                self.setProperty(name, value)
        self.set_whole(text)

    @property
    def whole(self) -> str:
        return self._whole

    def set_whole(self, text: str) -> None:
        self._whole = " ".join(text.splitlines())
        self.setAccessibleName(self._whole)
        self.updateGeometry()
        self._elide()

    def sizeHint(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._whole) + 2, metrics.height() + 2)

    def minimumSizeHint(self) -> QSize:
        return QSize(min(48, self.sizeHint().width()), self.sizeHint().height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._elide()

    def _elide(self) -> None:
        shown = self.fontMetrics().elidedText(self._whole, self._mode, max(0, self.width()))
        if shown != self.text():
            self.setText(shown)
        self.setToolTip(tooltip(self._whole) if shown != self._whole else "")


def button(text: str, kind: ButtonKind = "secondary", *, name: str = "") -> QPushButton:
    """A push button; `name` is what a screen reader says where the text alone does not tell."""
    made = QPushButton(menu_text(text))
    made.setProperty("kind", kind)
    made.setAccessibleName(name or text)
    # Focus follows the keyboard only: a ring after every click would shout.
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus)
    made.setCursor(Qt.CursorShape.PointingHandCursor)
    return made


class ThemedButton(QPushButton):
    """A push button with an icon that changes colour with the theme, the button's state and its tone."""

    def __init__(
        self,
        theme: Theme,
        icon: str,
        text: str,
        kind: ButtonKind = "secondary",
        *,
        colour: Colour = "muted",
        size: int = Size.ICON,
    ) -> None:
        super().__init__(menu_text(text))
        self._theme, self._icon, self._colour, self._size = theme, icon, colour, size
        self.setProperty("kind", kind)
        self.setAccessibleName(text)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        # Qt leaves 4 pixels between icon and text, and no style sheet changes that.
        self._gap = 6 if size >= Size.ICON else 3
        self.setIconSize(QSize(size + self._gap, size))
        self._draw()
        theme.changed.connect(self._draw)
        self.toggled.connect(self._draw)

    def set_text(self, text: str) -> None:
        self.setText(menu_text(text))
        self.setAccessibleName(text)

    def set_icon(self, icon: str, colour: Colour | None = None) -> None:
        self._icon, self._colour = icon, colour or self._colour
        self._draw()

    def _draw(self) -> None:
        colour: Colour = "text" if self.isCheckable() and self.isChecked() else self._colour
        self.setIcon(self._theme.icon(self._icon, colour, self._size, gap=self._gap))


class IconButton(QToolButton):
    """A button that is only an icon; `name` is its tooltip and what a screen reader says."""

    def __init__(
        self,
        theme: Theme,
        icon: str,
        name: str,
        *,
        colour: Colour = "muted",
        size: int = Size.ICON,
        keys: str = "",
    ) -> None:
        super().__init__()
        self._theme, self._icon, self._colour, self._size = theme, icon, colour, size
        self._keys = keys
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setIconSize(QSize(size, size))
        self.set_icon(icon, name)
        theme.changed.connect(self._draw)

    def set_icon(self, icon: str, name: str, colour: Colour | None = None) -> None:
        self._icon, self._colour = icon, colour or self._colour
        self.setAccessibleName(name)
        self.setToolTip(tooltip(f"{name}  {self._keys}".strip()))
        self._draw()

    def _draw(self) -> None:
        self.setIcon(self._theme.icon(self._icon, self._colour, self._size))


class Icon(QLabel):
    """An icon beside a text, in the text's colour. Says nothing to a screen reader: the text does."""

    def __init__(self, theme: Theme, icon: str, colour: Colour = "muted", size: int = Size.ICON) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self._theme, self._icon, self._colour, self._size = theme, icon, colour, size
        self.setFixedSize(size, size)
        self._draw()
        theme.changed.connect(self._draw)

    def set_icon(self, icon: str, colour: Colour) -> None:
        self._icon, self._colour = icon, colour
        self._draw()

    def _draw(self) -> None:
        drawn = self._theme.icon(self._icon, self._colour, self._size)
        self.setPixmap(drawn.pixmap(QSize(self._size, self._size), self.devicePixelRatioF()))


class Pill(QFrame):
    """A state in a word, with an icon where it asks for attention."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.setProperty("kind", "pill")
        self.setFixedHeight(26)
        self.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        self._icon = Icon(theme, "triangle-alert", "warning", 14)
        self._text = label(size="small", weight="medium")
        layout = row(self._icon, self._text, spacing=6, margins=(10, 0, 10, 0))
        self.setLayout(layout)
        self._icon.hide()

    @property
    def text(self) -> str:
        return self._text.text()

    def show_state(self, text: str, tone: Tone = "") -> None:
        self._text.setText(text)
        set_property(self, "tone", tone)
        set_property(self._text, "tone", tone or "muted")
        self._icon.setVisible(tone == "warning")
        self.setAccessibleName(text)


def line(*, vertical: bool = False) -> QFrame:
    """A hairline."""
    made = QFrame()
    made.setProperty("kind", "line")
    if vertical:
        made.setFixedWidth(1)
    else:
        made.setFixedHeight(1)
    return made


def name_corner(table: QTableView) -> None:
    """Say what Qt's button above the row numbers does, even where no row numbers are shown."""
    corner = table.findChild(QAbstractButton)
    if corner is not None:
        corner.setAccessibleName("Select all rows")


def card(kind: str = "card") -> QFrame:
    made = QFrame()
    made.setProperty("kind", kind)
    return made


class Surface(QWidget):
    """A plain widget that paints the background its `kind` has in the style sheet."""

    def __init__(self, kind: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setProperty("kind", kind)
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground, True)
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)


class ClickableCard(QFrame):
    """A card that is pressed as a whole, by mouse or keyboard."""

    pressed = Signal()

    def __init__(self, kind: str = "card") -> None:
        super().__init__()
        self.setProperty("kind", kind)
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        super().mouseReleaseEvent(event)
        if event.button() == Qt.MouseButton.LeftButton:
            self.pressed.emit()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Space):
            self.pressed.emit()
            return
        super().keyPressEvent(event)


class FloatingCard(QWidget):
    """A raised card with LOOK's one soft shadow, painted (an effect would redraw all inside at each key).

    What stands in it is laid out inside `SHADOW` pixels of margin on every side.
    """

    SHADOW = 14

    def __init__(self, theme: Theme, radius: int = Radius.COMPOSER, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme, self._radius = theme, radius
        self._focused = False
        theme.changed.connect(self.update)

    def set_focused(self, focused: bool) -> None:
        self._focused = focused
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        palette = self._theme.palette
        inner = QRectF(self.rect()).adjusted(self.SHADOW, self.SHADOW, -self.SHADOW, -self.SHADOW)
        self._paint_shadow(painter, inner)
        painter.setPen(QPen(QColor(palette.focus_line if self._focused else palette.line), 1))
        painter.setBrush(QColor(palette.raised))
        painter.drawRoundedRect(inner.adjusted(0.5, 0.5, -0.5, -0.5), self._radius, self._radius)

    def _paint_shadow(self, painter: QPainter, inner: QRectF) -> None:
        painter.setPen(Qt.PenStyle.NoPen)
        colour = QColor(0, 0, 0)
        colour.setAlphaF(self._theme.palette.shadow_alpha / 4)
        painter.setBrush(colour)
        for spread in range(self.SHADOW - 4, 0, -1):
            grown = inner.adjusted(-spread, -spread + 4, spread, spread + 4)
            painter.drawRoundedRect(grown, self._radius + spread, self._radius + spread)


class Mark(QWidget):
    """Carrel's mark: a desk seen from above, open towards the reader."""

    def __init__(self, theme: Theme, size: int = 22) -> None:
        super().__init__()
        self._theme = theme
        self.setFixedSize(size, size)
        theme.changed.connect(self.update)

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self)
        paint_mark(painter, QRectF(self.rect()), self._theme.palette.accent, self._theme.palette.on_accent)


def paint_mark(painter: QPainter, box: QRectF, ground: str, drawing: str) -> None:
    """Paint the mark into a square box."""
    unit = box.width() / 22
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(ground))
    painter.drawRoundedRect(box, 6 * unit, 6 * unit)
    pen = QPen(QColor(drawing), 1.9 * unit)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    painter.setPen(pen)
    left, right = box.left() + 6.5 * unit, box.left() + 15.5 * unit
    top, bottom = box.top() + 5.5 * unit, box.top() + 16 * unit
    painter.drawPolyline(
        [
            QRectF(x, y, 0, 0).topLeft()
            for x, y in ((left, top), (left, bottom), (right, bottom), (right, top))
        ]
    )


class Menu(QMenu):
    """A menu with round corners: the window behind it is clear, so that the style sheet's corners show."""

    def __init__(self, parent: QWidget, name: str) -> None:
        super().__init__(parent)
        self.setAccessibleName(name)
        self.setWindowFlags(
            self.windowFlags() | Qt.WindowType.FramelessWindowHint | Qt.WindowType.NoDropShadowWindowHint
        )
        self.setAttribute(Qt.WidgetAttribute.WA_TranslucentBackground)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if QGuiApplication.platformName() == "xcb":
            # WORKAROUND: without a compositing manager X11 shows what is clear as black corners.
            path = QPainterPath()
            path.addRoundedRect(QRectF(self.rect()), Radius.CONTROL, Radius.CONTROL)
            self.setMask(QRegion(path.toFillPolygon().toPolygon()))
