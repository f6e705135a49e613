"""The typefaces: Inter, delivered with Carrel, and the system's own fixed-width face for code."""

from __future__ import annotations

from PySide6.QtGui import QFont, QFontDatabase

from desktop import places

FAMILY = "Inter"


def load_fonts() -> None:
    """Make Inter known to Qt. Where the files are missing, Qt falls back to the system's own face."""
    for path in sorted((places.assets() / "fonts").glob("*.ttf")):
        QFontDatabase.addApplicationFont(str(path))


def interface_font(pixels: int, weight: QFont.Weight = QFont.Weight.Normal) -> QFont:
    """Inter at a size in pixels."""
    font = QFont(FAMILY)
    font.setPixelSize(pixels)
    font.setWeight(weight)
    font.setHintingPreference(QFont.HintingPreference.PreferNoHinting)
    return font


def code_font(pixels: int) -> QFont:
    font = QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont)
    font.setPixelSize(pixels)
    return font
