"""Every colour, space, radius and type size of the window. Widgets take them from here, nowhere else."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Palette:
    """The colours of one appearance, as `#RRGGBB`.

    `text`, `muted` and `faint` reach 4.5 : 1 on `background`, `panel` and `raised`; a test holds it.
    """

    dark: bool
    background: str
    panel: str
    raised: str
    hover: str
    line: str
    text: str
    muted: str
    faint: str
    accent: str
    accent_hover: str
    on_accent: str
    accent_soft: str
    accent_ring: str
    lit: str
    warning: str
    warning_soft: str
    cloud: str
    cloud_soft: str
    cloud_hover: str
    on_cloud: str
    danger: str
    focus_line: str
    shadow_alpha: float


LIGHT = Palette(
    dark=False,
    background="#FAF9F6",
    panel="#F3F1EC",
    raised="#FFFFFF",
    hover="#ECE9E2",
    line="#E4E0D8",
    text="#23211D",
    muted="#6B665D",
    faint="#716C62",
    accent="#2F6B5B",
    accent_hover="#275B4D",
    on_accent="#FFFFFF",
    accent_soft="#E3EFEA",
    accent_ring="#14352C",
    lit="#FFE9A8",
    warning="#9A5B00",
    warning_soft="#FBEBD0",
    cloud="#3C5FA8",
    cloud_soft="#E6ECF8",
    cloud_hover="#335292",
    on_cloud="#FFFFFF",
    danger="#A8322A",
    focus_line="#C9C3B7",
    shadow_alpha=0.02,
)

DARK = Palette(
    dark=True,
    background="#1B1A18",
    panel="#22211E",
    raised="#2A2926",
    hover="#2E2D29",
    line="#383630",
    text="#ECE8E0",
    muted="#ABA598",
    faint="#989284",
    accent="#7CC4AE",
    accent_hover="#8FD0BC",
    on_accent="#10241E",
    accent_soft="#26403A",
    accent_ring="#DDF3EB",
    lit="#5E4E16",
    warning="#E5B567",
    warning_soft="#3D321C",
    cloud="#9DB7EE",
    cloud_soft="#27324A",
    cloud_hover="#B1C6F3",
    on_cloud="#131C2E",
    danger="#EE8F86",
    focus_line="#4E4B44",
    shadow_alpha=0.1,
)

Colour = Literal["text", "muted", "faint", "accent", "on_accent", "warning", "cloud", "danger", "line"]
"""The tokens that text and icons are drawn in."""


class Space:
    """The 4 px grid."""

    XS, S, M, L, XL, XXL = 4, 8, 12, 16, 24, 32


class Radius:
    """6 for chips and rows, 10 for buttons and inputs, 14 for cards, 16 for the composer."""

    CHIP, CONTROL, CARD, COMPOSER = 6, 10, 14, 16


class Size:
    """Widths and heights in pixels, and what the window is laid out by."""

    SIDEBAR = 256
    COLUMN = 720
    SOURCES = 336
    HEADER = 54
    STATUS = 32
    ICON = 18
    # Below these widths the sidebar folds away, and the sources float over the text.
    FOLD_SIDEBAR = 860
    FLOAT_SOURCES = 1080


class Type:
    """Font sizes in pixels at text size 100 %."""

    SMALL, LABEL, INTERFACE, READING, TITLE, DISPLAY = 12, 13, 14, 15, 17, 26
    READING_LINE = 1.6


MOTION_MS = 150
"""LOOK: 120–180 ms, ease-out; 0 when the system asks for less motion."""

TEXT_SIZES: dict[str, float] = {"Small": 0.9, "Normal": 1.0, "Large": 1.15, "Larger": 1.3}
