"""A request exactly as it goes over the wire: address, headers, and the bytes of its body."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication, QTextOption
from PySide6.QtWidgets import QPlainTextEdit, QWidget

from desktop.preview_sheet.visible import exact, pretty, visible
from desktop.theme.controls import IconButton, label
from desktop.theme.layouts import boxed, column, row
from desktop.theme.segments import Segments
from desktop.theme.theme import Theme
from desktop.theme.tokens import Space
from engine.frontier.values import WireRequest

READABLE, EXACT = "With line breaks", "Exact bytes"


class RawRequest(QWidget):
    """The form with line breaks sets white space between the parts of the body, and changes nothing else."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._request = WireRequest("POST", "")
        self._form = READABLE
        self._forms = Segments("Form", {READABLE: None, EXACT: None})
        self._forms.choose(READABLE)
        self._forms.chosen.connect(self._choose)
        self._size = label(tone="muted", size="label")
        copy = IconButton(theme, "copy", "Copy the exact body", size=17)
        copy.clicked.connect(self._copy)
        self._text = QPlainTextEdit()
        self._text.setProperty("kind", "text")
        self._text.setProperty("code", True)
        self._text.setReadOnly(True)
        self._text.setUndoRedoEnabled(False)
        self._text.setTabChangesFocus(True)
        self._text.setAcceptDrops(False)
        self._text.setAccessibleName("Raw request")
        self._text.setWordWrapMode(QTextOption.WrapMode.WrapAnywhere)
        self.setLayout(column(boxed(row(self._forms, None, self._size, copy)), self._text, spacing=Space.S))
        theme.changed.connect(self._show)

    @property
    def text(self) -> str:
        return self._text.toPlainText()

    def show_request(self, request: WireRequest) -> None:
        self._request = request
        self._size.setText(f"{len(request.body):,} bytes")
        self._show()

    def choose(self, form: str) -> None:
        self._forms.choose(form)
        self._choose(form)

    def _choose(self, form: str) -> None:
        self._form = form
        self._show()

    def _show(self) -> None:
        self._text.document().setDefaultFont(self._theme.code_font())
        body = self._request.body
        self._text.setPlainText(
            f"{head(self._request)}\n\n{(pretty if self._form == READABLE else exact)(body)}"
        )

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self._request.body.decode("utf-8", "replace"))


def head(request: WireRequest) -> str:
    """What stands before the body; the key is put in where it is sent, and is never here."""
    lines = [f"{request.method} {request.url}", *(f"{name}: {value}" for name, value in request.headers)]
    if request.key_header:
        lines.append(f"{request.key_header}: {request.key_prefix}(your key)")
    return "\n".join(visible(line) for line in lines)
