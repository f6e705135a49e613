"""desktop/chat/textview.py: whatever stands in a text, nothing is loaded and nothing is followed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices, QImage
from PySide6.QtWidgets import QLabel, QTextBrowser
from pytestqt.qtbot import QtBot

from desktop.chat.bubble import Bubble
from desktop.chat.sources import LitText
from desktop.chat.textview import InertDocument, TextView
from desktop.chat.typeset import Typesetter
from desktop.theme.controls import ElidedLabel, label
from desktop.theme.theme import Theme

WIDE = 1733
"""Pixels of the picture that must not be loaded: a document that loaded it is at least this wide."""


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "picture.png"
    image = QImage(WIDE, 3, QImage.Format.Format_RGB32)
    image.fill(0)
    assert image.save(str(path))
    return path


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every name that a text asked to be loaded."""
    names: list[str] = []
    for kind in (InertDocument, TextView):
        original = kind.loadResource

        def record(self: Any, resource: int, name: Any, original: Any = original) -> Any:
            names.append(str(name))
            return original(self, resource, name)

        monkeypatch.setattr(kind, "loadResource", record)
    return names


def hostile(picture: Path) -> list[str]:
    address = QUrl.fromLocalFile(str(picture)).toString()
    return [
        f"![]({address})",
        f"![x]({picture})",
        f'<img src="{address}">',
        f'<img src="{picture}">',
        f"[![]({picture})](file:///etc/passwd)",
        "![](//server/share/picture.png)",
        "![](https://example.org/track.png)",
        f'<body background="{address}">words</body>',
        f'<style>@import url("{address}");</style><link rel="stylesheet" href="{address}">',
        f"<table background='{address}'><tr><td>x</td></tr></table>",
        "![](data:image/png;base64,iVBORw0KGgo=)",
        f"| a |\n|---|\n| ![]({picture}) |",
    ]


def laid_out(view: QTextBrowser) -> float:
    view.resize(400, 300)
    view.grab()
    view.document().setTextWidth(-1)
    return view.document().idealWidth()


def test_plain_qt_would_load_the_picture(qtbot: QtBot, picture: Path) -> None:
    """The canary: without the walls the same text does load, so the tests below can fail."""
    plain = QTextBrowser()
    qtbot.addWidget(plain)
    plain.setHtml(f'<img src="{picture}">')
    assert laid_out(plain) >= WIDE


@pytest.mark.parametrize("index", range(12))
def test_hostile_answer_loads_nothing(
    qtbot: QtBot, theme: Theme, picture: Path, asked: list[str], index: int
) -> None:
    text = hostile(picture)[index]
    view = TextView(theme, "Answer")
    qtbot.addWidget(view)
    setter = Typesetter(view.document(), theme)
    for end in range(1, len(text) + 1):
        setter.stream(text[:end])
    setter.set_text(text)
    laid_out(view)
    assert asked == []
    assert "<img" not in view.toHtml()


@pytest.mark.parametrize("index", range(12))
def test_hostile_question_and_passage_load_nothing(
    qtbot: QtBot, theme: Theme, picture: Path, asked: list[str], index: int
) -> None:
    text = hostile(picture)[index]
    bubble, passage = Bubble(theme, text), LitText(theme, "Passage")
    passage.show_text(text, [(0, 5)])
    for widget in (bubble, passage):
        qtbot.addWidget(widget)
        widget.resize(400, 300)
        widget.grab()
    assert asked == []
    assert passage.toPlainText().replace("\n", "") == text.replace("\n", "")


def test_even_html_that_slipped_through_would_load_nothing(
    qtbot: QtBot, theme: Theme, picture: Path, asked: list[str]
) -> None:
    """The second wall: the document itself answers every name with nothing."""
    view = TextView(theme, "Answer")
    qtbot.addWidget(view)
    view.document().setHtml(f'<img src="{picture}">')
    assert laid_out(view) < WIDE
    assert asked


@pytest.mark.qt_log_ignore("No document for")
def test_no_link_leads_out_of_the_window(qtbot: QtBot, theme: Theme, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    view = TextView(theme, "Answer")
    qtbot.addWidget(view)
    Typesetter(view.document(), theme).set_text(
        "[a](https://example.org) [b](javascript:alert(1)) [c](file:///etc/passwd) <https://example.org>"
    )
    assert set(re.findall(r'href="([^"]*)"', view.toHtml())) == {"#link0"}, "the text holds no address"
    view.setSource(QUrl("file:///etc/passwd"))
    assert "root:" not in view.toPlainText()
    assert opened == []


def test_copied_text_is_plain_and_without_marks(qtbot: QtBot, theme: Theme) -> None:
    from tests.fakes.application import answer

    view = TextView(theme, "Answer")
    qtbot.addWidget(view)
    Typesetter(view.document(), theme).set_answer(answer())
    view.selectAll()
    data = view.createMimeDataFromSelection()
    assert data.formats() == ["text/plain"]
    assert "\ufffc" not in data.text()
    assert "90 days’ written notice to the end" in data.text()


def test_labels_show_markup_as_it_is(qtbot: QtBot, picture: Path) -> None:
    for made in (label(f'<img src="{picture}">'), ElidedLabel(f'<img src="{picture}">')):
        qtbot.addWidget(made)
        assert isinstance(made, QLabel)
        assert made.sizeHint().width() < WIDE
