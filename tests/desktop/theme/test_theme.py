"""desktop/theme: appearance, text size, icons."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QIcon, QPalette
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from desktop.theme.controls import IconButton, ThemedButton, tooltip
from desktop.theme.icons import icon
from desktop.theme.inputs import TextArea, text_line
from desktop.theme.theme import Appearance, Theme
from desktop.theme.tokens import DARK, LIGHT
from tests.desktop.theme.test_tokens import contrast


class System:
    """What the system asks for."""

    def __init__(self) -> None:
        self.scheme = Qt.ColorScheme.Light

    def __call__(self) -> Qt.ColorScheme:
        return self.scheme


@pytest.fixture
def system() -> System:
    return System()


@pytest.fixture
def following(qapp: QApplication, system: System) -> Iterator[Theme]:
    theme = Theme(qapp, "system", system_scheme=system)
    yield theme
    theme.deleteLater()
    qapp.setStyleSheet("")


def announce(qapp: QApplication, system: System, scheme: Qt.ColorScheme) -> None:
    system.scheme = scheme
    qapp.styleHints().colorSchemeChanged.emit(scheme)


def test_theme_follows_the_system_as_it_changes(
    qtbot: QtBot, qapp: QApplication, system: System, following: Theme
) -> None:
    assert following.palette is LIGHT
    with qtbot.waitSignal(following.changed):
        announce(qapp, system, Qt.ColorScheme.Dark)
    assert following.palette is DARK
    assert DARK.background in qapp.styleSheet()


def test_choice_of_the_person_outweighs_the_system(
    qtbot: QtBot, qapp: QApplication, system: System, following: Theme
) -> None:
    following.set_appearance("light")
    announce(qapp, system, Qt.ColorScheme.Dark)
    assert following.palette is LIGHT
    following.set_appearance("system")
    assert following.palette is DARK


def test_icons_are_drawn_anew_in_the_other_theme(qtbot: QtBot, theme: Theme) -> None:
    made = IconButton(theme, "plus", "Add")
    qtbot.addWidget(made)
    before = made.icon().pixmap(18, 18).toImage()
    theme.set_appearance("dark")
    assert made.icon().pixmap(18, 18).toImage() != before


@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_hint_in_an_empty_field_can_be_read(qtbot: QtBot, theme: Theme, appearance: Appearance) -> None:
    theme.set_appearance(appearance)
    for made in (text_line("Name", "What it is for"), TextArea(theme, "Text", "What should be done?")):
        qtbot.addWidget(made)
        made.show()
        assert made.palette().color(QPalette.ColorRole.PlaceholderText) == QColor(theme.palette.faint)


@pytest.mark.parametrize("appearance", ["light", "dark"])
def test_icon_of_a_button_that_cannot_be_pressed_is_still_seen(
    qtbot: QtBot, theme: Theme, appearance: Appearance
) -> None:
    theme.set_appearance(appearance)
    made = ThemedButton(theme, "play", "", "primary", colour="on_accent")
    qtbot.addWidget(made)
    made.setEnabled(False)
    made.show()
    image = made.icon().pixmap(18, 18, QIcon.Mode.Disabled).toImage()
    points = [(x, y) for x in range(image.width()) for y in range(image.height())]
    drawn = max((image.pixelColor(*point) for point in points), key=QColor.alpha)
    assert contrast(drawn.name(), theme.palette.line) >= 2.5


def test_every_icon_in_assets_can_be_drawn(qtbot: QtBot) -> None:
    from desktop.places import assets

    names = [path.stem for path in (assets() / "icons").glob("*.svg")]
    assert len(names) > 20
    for name in names:
        image = icon(name, "#FF0000").pixmap(18, 18).toImage()
        assert any(image.pixelColor(x, y).red() > 100 for x in range(18) for y in range(18)), name


def test_unknown_icon_is_a_bug_that_shows(qtbot: QtBot) -> None:
    with pytest.raises(FileNotFoundError):
        icon("no-such-drawing", "#000000")


def test_text_size_scales_type_and_stays_within_reason(qtbot: QtBot, theme: Theme) -> None:
    theme.set_scale(1.3)
    assert theme.pixels(15) == 20
    theme.set_scale(99)
    assert theme.scale == 2.0


def test_tooltip_shows_markup_as_it_is() -> None:
    assert "<img" not in tooltip("<img src='file:///etc/passwd'>")
