"""The key of one provider: put in, tested, replaced, removed; and what came of it, in a sentence."""

from __future__ import annotations

from typing import Literal

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QWidget

from desktop.cloud_settings import words
from desktop.cloud_settings.key_field import KeyField
from desktop.keys.secret import Secret
from desktop.theme.controls import Icon, IconButton, button, label, set_property
from desktop.theme.foreign import breakable
from desktop.theme.layouts import boxed, column, row, wrapping
from desktop.theme.theme import Theme
from desktop.window.ports import ProviderRow

NO_KEYRING = (
    "This system has no keyring of its own in which a key would be safe, and Carrel writes keys into no "
    "file. You can use one for this session only: it is held in memory, and gone when Carrel closes."
)

Outcome = Literal["works", "failed", "busy"]


class KeyPart(QWidget):
    """`given` carries a Secret, and whether it is for this session only: whoever takes it wipes it."""

    given = Signal(object, bool)
    test_asked = Signal()
    remove_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self._keyring: str | None = None
        self._replacing = False
        self._row: ProviderRow | None = None
        self._where = label(tone="muted", size="label", wrap=True)
        self._hint = label(tone="faint", size="label", wrap=True)
        self.setLayout(column(self._head(), self._kept(), self._entry(), self._outcome_line(), spacing=9))
        self.field.edited.connect(self._edited)
        self.field.submitted.connect(self._submit)
        self.field.refused.connect(self._refused)
        self._edited()

    def show_row(self, row: ProviderRow, keyring: str | None) -> None:
        """`keyring`: its name; “” where there is none, None as long as that is not known."""
        self._row, self._keyring = row, keyring
        name = words.name(row)
        self.field.setAccessibleName(f"Key for {name}")
        self._where.setText(breakable(words.kept(row, keyring)))
        page = row.provider.keys_page
        goes = f"It goes to {words.host(row)} and nowhere else."
        self._hint.setText(breakable(f"You get one at {page}. {goes}" if page else goes))
        self._arrange()

    def say(self, what: Outcome, sentence: str) -> None:
        """What came of a test, or of keeping the key."""
        icons = {
            "works": ("check", "accent"),
            "failed": ("circle-alert", "danger"),
            "busy": ("clock", "muted"),
        }
        icon, tone = icons[what]
        self._icon.set_icon(icon, tone)  # type: ignore[arg-type]
        self._said.setText(breakable(sentence))
        set_property(self._said, "tone", tone)
        self._line.setVisible(bool(sentence))
        self._test.setEnabled(what != "busy")
        self._line.setAccessibleName(sentence)

    def end_replacing(self) -> None:
        self._replacing = False
        self.field.clear()
        self._arrange()

    @property
    def said(self) -> str:
        return self._said.text().replace("\u200b", "")

    def take_keyboard(self) -> None:
        """To where the person goes on: the field for a key, else the test."""
        (self._test if self._entry_part.isHidden() else self.field).setFocus()

    # Parts

    def _head(self) -> QWidget:
        return label("Key", weight="medium")

    def _kept(self) -> QWidget:
        self._test = button("Test")
        self._replace = button("Replace…", "quiet")
        self._remove = button("Remove", "quiet")
        self._test.clicked.connect(self.test_asked)
        self._replace.clicked.connect(self._begin_replacing)
        self._remove.clicked.connect(self.remove_asked)
        self._buttons = boxed(row(self._test, self._replace, self._remove, None, spacing=6))
        self._kept_part = wrapping(column(self._where, self._buttons, spacing=8))
        return self._kept_part

    def _entry(self) -> QWidget:
        self.field = KeyField()
        self.field.setPlaceholderText("Paste your key here")
        self._paste = button("Paste", name="Paste the key")
        self._paste.clicked.connect(self.field.paste)
        self._reveal = IconButton(self._theme, "eye", "Show the last four characters")
        self._reveal.setCheckable(True)
        self._reveal.toggled.connect(self._edited)
        self._ending = label(tone="muted", size="label")
        self._save = button("Keep in the keyring", "primary")
        self._save.clicked.connect(self._submit)
        self._session = button("Use for this session only", "quiet")
        self._session.clicked.connect(self._submit_for_session)
        self._cancel = button("Cancel", "quiet")
        self._cancel.clicked.connect(self.end_replacing)
        self._no_keyring = label(NO_KEYRING, tone="warning", size="label", wrap=True)
        line = row(self.field, self._reveal, self._paste, spacing=6)
        line.setStretch(0, 1)
        buttons = row(self._save, self._session, self._cancel, None, self._ending, spacing=6)
        self._entry_part = wrapping(
            column(self._no_keyring, boxed(line), self._hint, boxed(buttons), spacing=8)
        )
        return self._entry_part

    def _outcome_line(self) -> QWidget:
        self._icon = Icon(self._theme, "check", "accent", 16)
        self._said = label(size="label", wrap=True)
        self._line = wrapping(row(self._icon, self._said, spacing=8), stretch=1)
        self._line.hide()
        return self._line

    # What is shown when

    def _arrange(self) -> None:
        has_key = self._row is not None and bool(self._row.key)
        keyless = self._row is not None and not self._row.provider.needs_key
        self._where.setVisible(bool(self._where.text()))
        self._kept_part.setVisible((has_key or keyless) and not self._replacing)
        self._replace.setText("Replace…" if has_key else "Add a key…")
        self._replace.setAccessibleName(self._replace.text())
        self._remove.setVisible(has_key)
        self._entry_part.setVisible(self._replacing or not (has_key or keyless))
        self._cancel.setVisible(self._replacing)
        self._no_keyring.setVisible(self._keyring == "")
        self._save.setVisible(self._keyring != "")
        keep = f"Keep in {words.keyring_name(self._keyring)}"
        self._save.setText(keep)
        self._save.setAccessibleName(keep)
        set_property(self._session, "kind", "primary" if self._keyring == "" else "quiet")
        self._edited()

    def _begin_replacing(self) -> None:
        self._replacing = True
        self._arrange()
        self.field.setFocus()

    def _edited(self, *_: object) -> None:
        filled = len(self.field) > 0
        self._save.setEnabled(filled)
        self._session.setEnabled(filled)
        self._reveal.setEnabled(bool(self.field.ending()))
        shown = self._reveal.isChecked() and bool(self.field.ending())
        self._reveal.set_icon(
            "eye-off" if self._reveal.isChecked() else "eye",
            "Hide the last four characters" if self._reveal.isChecked() else "Show the last four characters",
        )
        self._ending.setText(f"It ends in {self.field.ending()}" if shown else "")
        if filled:
            self.say("works", "")

    # What the person does

    def _submit(self) -> None:
        self._give(session=self._keyring == "")

    def _submit_for_session(self) -> None:
        self._give(session=True)

    def _give(self, *, session: bool) -> None:
        if len(self.field):
            self._reveal.setChecked(False)
            key: Secret = self.field.take()
            self.given.emit(key, session)

    def _refused(self, why: str) -> None:
        self.say("failed", why)
