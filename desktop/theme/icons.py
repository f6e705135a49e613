"""Lucide's drawings in the colour of the text beside them, sharp at every scale of the screen."""

from __future__ import annotations

from functools import lru_cache

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from desktop import places
from desktop.theme.tokens import Size

STROKE = 1.75  # in the drawing's own box of 24
# Qt takes the next larger pixmap and scales it down for the fractional scales between.
SCALES = (1, 2, 3)


@lru_cache(maxsize=512)
def icon(name: str, colour: str, size: int = Size.ICON, *, gap: int = 0, disabled: str = "") -> QIcon:
    """`assets/icons/<name>.svg` in `colour` (`#RRGGBB`), with `gap` clear pixels at its right.

    In `disabled` where the button cannot be pressed: Qt would bleach what was drawn for a green ground
    until nothing of it shows on a grey one.

    Raises:
        FileNotFoundError: there is no such drawing.
    """
    drawn = QIcon()
    for scale in SCALES:
        drawn.addPixmap(pixmap(name, colour, size, scale, gap=gap))
        if disabled:
            drawn.addPixmap(pixmap(name, disabled, size, scale, gap=gap), QIcon.Mode.Disabled)
    return drawn


def pixmap(name: str, colour: str, size: int, scale: float, *, gap: int = 0) -> QPixmap:
    """The drawing at `size` logical pixels for a screen of `scale` device pixels each."""
    renderer = QSvgRenderer(QByteArray(_tinted(name, colour).encode()))
    canvas = QPixmap(round((size + gap) * scale), round(size * scale))
    canvas.fill(Qt.GlobalColor.transparent)
    painter = QPainter(canvas)
    renderer.render(painter, QRectF(0, 0, size * scale, size * scale))
    painter.end()
    canvas.setDevicePixelRatio(scale)
    return canvas


def _tinted(name: str, colour: str) -> str:
    drawing = (places.assets() / "icons" / f"{name}.svg").read_text(encoding="utf-8")
    return drawing.replace("currentColor", colour).replace('stroke-width="2"', f'stroke-width="{STROKE}"')
