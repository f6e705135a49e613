"""desktop/theme/tokens.py: text can be read on everything it stands on."""

from __future__ import annotations

import pytest

from desktop.theme.tokens import DARK, LIGHT, Palette


def luminance(colour: str) -> float:
    """Relative luminance. Source: WCAG 2.2, “relative luminance”."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize("ink", ["text", "muted", "faint", "accent", "warning", "danger"])
@pytest.mark.parametrize("ground", ["background", "panel", "raised"])
def test_text_reaches_aa_contrast(palette: Palette, ink: str, ground: str) -> None:
    assert contrast(getattr(palette, ink), getattr(palette, ground)) >= 4.5


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        ("on_accent", "accent"),
        ("accent", "accent_soft"),
        ("text", "accent_soft"),
        ("text", "lit"),
        ("warning", "warning_soft"),
        ("cloud", "cloud_soft"),
        ("text", "cloud_soft"),
        ("muted", "cloud_soft"),
        ("accent", "cloud_soft"),
        ("danger", "cloud_soft"),
        ("warning", "cloud_soft"),
        ("on_cloud", "cloud"),
        ("on_cloud", "cloud_hover"),
        ("text", "hover"),
    ],
)
def test_words_on_coloured_ground_reach_aa_contrast(palette: Palette, ink: str, ground: str) -> None:
    assert contrast(getattr(palette, ink), getattr(palette, ground)) >= 4.5
