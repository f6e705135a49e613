"""What comes out of a “structured” recipe: columns built here, or a JSON Schema from elsewhere."""

from __future__ import annotations

from PySide6.QtCore import QTimer, Signal
from PySide6.QtWidgets import QWidget

from desktop.tasks.editor.fields import FieldsPart
from desktop.theme.inputs import TextArea
from desktop.theme.layouts import boxed, column, row
from desktop.theme.segments import Segments
from desktop.theme.theme import Theme
from engine.tasks.recipe import Field

COLUMNS, SCHEMA = "Build columns", "Paste a JSON Schema"
CHECK_MS = 350
"""After so long without a key a schema is checked."""


class ShapePart(QWidget):
    """`check_asked`: a schema has been written and is to be checked."""

    changed = Signal()
    check_asked = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.columns = FieldsPart(theme)
        self._schema = TextArea(theme, "JSON Schema", '{"type": "object", …}', lines=7, most=18, code=True)
        self._which = Segments("What comes out", dict.fromkeys((COLUMNS, SCHEMA)))
        self._is_schema = False
        self._wait = QTimer(self, interval=CHECK_MS, singleShot=True)
        self._wait.timeout.connect(self.check_asked)
        self._which.chosen.connect(self._choose)
        self.columns.changed.connect(self.changed)
        self._schema.changed.connect(self._written)
        self._choose_quietly(COLUMNS)
        self.setLayout(column(boxed(row(self._which, None)), self.columns, self._schema, spacing=8))

    @property
    def is_schema(self) -> bool:
        return self._is_schema

    @property
    def schema(self) -> str:
        return self._schema.text.strip() if self.is_schema else ""

    @property
    def fields(self) -> tuple[Field, ...]:
        return () if self.is_schema else self.columns.fields

    @property
    def several_lines(self) -> bool:
        return not self.is_schema and self.columns.several_lines

    def show_shape(self, schema: str, fields: tuple[Field, ...], several_lines: bool) -> None:
        self._schema.set_text(schema)
        self._wait.stop()
        self.columns.show_fields(fields, several_lines)
        self._choose_quietly(SCHEMA if schema else COLUMNS)

    def _choose(self, which: str) -> None:
        self._choose_quietly(which)
        self.changed.emit()

    def _choose_quietly(self, which: str) -> None:
        self._is_schema = which == SCHEMA
        self._which.choose(which)
        self._schema.setVisible(self._is_schema)
        self.columns.setVisible(not self._is_schema)

    def _written(self) -> None:
        self.changed.emit()
        self._wait.start()
