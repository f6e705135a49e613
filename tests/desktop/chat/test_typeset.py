"""desktop/chat/typeset.py: what streams in ends as what is set at once, and only its last block moves."""

from __future__ import annotations

import pytest
from pytestqt.qtbot import QtBot

from desktop.chat.textview import WAVE, TextView
from desktop.chat.typeset import Typesetter, read_mark_address
from desktop.theme.theme import Theme
from tests.desktop.preview import MARKDOWN
from tests.fakes.application import answer

TEXTS = [
    MARKDOWN,
    "one\n\ntwo\n\nthree",
    "```\ncode first\n```\n\nthen words",
    "| a | b |\n|---|---|\n| 1 | 2 |\n\n| c |\n|---|\n| 3 |\n\nend",
    "- a\n- b\n\n  more of b\n- c\n\nafter\n===\n\n> q\nlazy\n\n---\n\nlast",
    "words\n```\nunclosed code",
    "**bold\n\nnot closed",
]


@pytest.fixture
def view(qtbot: QtBot, theme: Theme) -> TextView:
    made = TextView(theme, "Answer")
    qtbot.addWidget(made)
    made.resize(600, 400)
    return made


@pytest.mark.parametrize("text", TEXTS)
@pytest.mark.parametrize("step", [1, 7])
def test_streamed_text_ends_as_the_whole_text_does(
    qtbot: QtBot, theme: Theme, view: TextView, text: str, step: int
) -> None:
    setter = Typesetter(view.document(), theme)
    for end in range(0, len(text), step):
        setter.stream(text[:end])
    setter.stream(text)
    streamed = view.toHtml(), view.document().size()
    Typesetter(view.document(), theme).set_text(text)
    assert streamed == (view.toHtml(), view.document().size())


def test_only_the_last_block_is_written_anew(theme: Theme, view: TextView) -> None:
    setter = Typesetter(view.document(), theme)
    before = "A first paragraph.\n\nA second one.\n\n"
    setter.stream(before + "A third")
    setter.stream(before + "A third one that")
    touched: list[int] = []
    view.document().contentsChange.connect(lambda position, removed, added: touched.append(position))
    setter.stream(before + "A third one that goes on")
    third = view.toPlainText().index("A third")
    assert touched
    assert min(touched) >= third - 1


def test_unfound_sentence_carries_the_wave_and_says_so(theme: Theme, view: TextView) -> None:
    Typesetter(view.document(), theme).set_answer(answer())
    waved = []
    block = view.document().begin()
    while block.isValid():
        fragments = block.begin()
        while not fragments.atEnd():
            fragment = fragments.fragment()
            if fragment.charFormat().property(WAVE):
                waved.append((fragment.text(), fragment.charFormat().toolTip()))
            fragments += 1
        block = block.next()
    assert waved == [("Brightwave usually announces changes in January.", "Not found in your documents")]


def test_wave_is_painted_in_the_colour_of_warnings(qtbot: QtBot, theme: Theme, view: TextView) -> None:
    Typesetter(view.document(), theme).set_answer(answer())
    assert len(list(view._waves())) == 1
    image = view.grab().toImage()
    wanted = theme.colour("warning")
    close = [
        (x, y)
        for x in range(image.width())
        for y in range(image.height())
        if abs(image.pixelColor(x, y).red() - wanted.red()) < 40
        and abs(image.pixelColor(x, y).green() - wanted.green()) < 40
        and abs(image.pixelColor(x, y).blue() - wanted.blue()) < 60
    ]
    assert len(close) > 20


@pytest.mark.parametrize(
    ("fragment", "read"), [("3.1", (3, 1)), ("", None), ("3", None), ("a.b", None), ("-1.2", None)]
)
def test_only_our_own_marks_are_read(fragment: str, read: tuple[int, int] | None) -> None:
    assert read_mark_address(fragment) == read
