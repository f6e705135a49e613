"""How what is written should be."""

from __future__ import annotations

from dataclasses import replace

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.theme.controls import label
from desktop.theme.inputs import Picker, show_text, text_line
from desktop.theme.layouts import boxed, column, row
from desktop.theme.scaled import keep_width
from desktop.theme.segments import Segments
from desktop.theme.switch import Switch
from desktop.theme.theme import Theme
from engine.tasks.recipe import Kind, Style

LENGTHS = (30, 80, 150, 300)
FORMS = {"Sentences": "sentences", "Bullet points": "bullets", "A headline": "headline"}


class StylePart(QWidget):
    """Of a kind that only answers in a language, nothing but the language is asked."""

    changed = Signal()

    def __init__(self, theme: Theme, kind: Kind) -> None:
        super().__init__()
        self._style = Style()
        self._length = Picker(theme, "Length")
        self._form = Segments("Form", FORMS)
        self._language = text_line("Language", "that of the text", small=True)
        self._across = Switch(theme, "Also one about all of them together")
        self._length.chosen.connect(self.changed)
        self._form.chosen.connect(self._choose_form)
        self._language.textChanged.connect(self.changed)
        self._across.toggled.connect(self.changed)
        length, form = _line(theme, "Length", self._length), _line(theme, "Form", self._form)
        length.setVisible(kind != "faq")
        form.setVisible(kind == "summarise")
        self._across.setVisible(kind == "summarise")
        parts = (length, form, _line(theme, "Language", self._language), self._across)
        self.setLayout(column(*parts, spacing=8))

    @property
    def style_wanted(self) -> Style:
        return replace(
            self._style,
            length_words=int(self._length.value or 80),
            language=self._language.text().strip(),
            across=self._across.isChecked(),
        )

    def show_style(self, style: Style) -> None:
        self._style = style
        lengths = sorted({*LENGTHS, style.length_words})
        self._length.set_choices([(str(each), f"about {each} words") for each in lengths])
        self._length.choose(str(style.length_words))
        self._length.set_text(f"about {style.length_words} words")
        self._form.choose(next(words for words, form in FORMS.items() if form == style.form))
        show_text(self._language, style.language)
        self._across.setChecked(style.across)

    def _choose_form(self, words: str) -> None:
        self._style = replace(self._style, form=FORMS[words])  # type: ignore[arg-type]
        self.changed.emit()


def _line(theme: Theme, name: str, control: QWidget) -> QWidget:
    named = label(name, tone="muted", size="label")
    keep_width(theme, named, 76)
    return boxed(row(named, control, None, spacing=8))
