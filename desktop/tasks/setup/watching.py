"""“Also run it on every new file that comes into this folder”: which files, and where the lines go."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QFileDialog, QSizePolicy, QWidget

from desktop.tasks import words
from desktop.tasks.exporting import FORMS
from desktop.theme.controls import ElidedLabel, button, label
from desktop.theme.foreign import breakable, plain
from desktop.theme.inputs import Picker
from desktop.theme.layouts import boxed, column, row, wrapping
from desktop.theme.scaled import keep_width
from desktop.theme.switch import GAP, TRACK, Switch
from desktop.theme.theme import Theme
from engine.tasks.values import RunSource

NEW, ALL = "new", "all"
NAMED = 120  # pixels for the words before a choice


@dataclass(frozen=True, slots=True)
class Watchable:
    """A folder, and the file that its results might be added to: beside it, and not there yet."""

    folder: Path
    suggested: Path


def watchable(source: RunSource, recipe_name: str, taken: Collection[str]) -> Watchable | None:
    """None where the source is anything but one folder. Asks the disk. `taken` are files of others."""
    folder = Path(source.paths[0]) if len(source.paths) == 1 else None
    if folder is None or not folder.is_dir():
        return None
    name = words.file_name(recipe_name)
    suggested, number = folder.parent / f"{name}.csv", 2
    while str(suggested) in taken or suggested.exists():
        suggested, number = folder.parent / f"{name} {number}.csv", number + 1
    return Watchable(folder, suggested)


class WatchChoice(QWidget):
    """Off until the person wants it; `output` is the file they want then."""

    changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.output = Path()
        self._switch = Switch(theme, "Also run it on every new file that comes into this folder")
        self._which = Picker(theme, "Run it on")
        self._file = ElidedLabel(size="label", middle=True)
        self._columns = label("Of tables, every column is read.", tone="muted", size="label", wrap=True)
        self._refusal = label(tone="warning", size="label", wrap=True)
        self._refusal.setAccessibleName("Why it cannot be added there")
        choose = button("Choose…", name="Choose the file that the results are added to")
        choose.clicked.connect(self._choose)
        choose.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
        lines = (
            _line(theme, "Run it on", self._which, None),
            _line(theme, "Add the results to", self._file, choose),
            self._columns,
            self._refusal,
        )
        self._inside = wrapping(column(*lines, spacing=8, margins=(2 + TRACK + GAP, 6, 0, 0)))
        self.setLayout(column(boxed(row(self._switch, None)), self._inside, spacing=0))
        self._switch.toggled.connect(self._toggled)
        self._which.chosen.connect(self.changed)
        self._toggled()

    @property
    def is_on(self) -> bool:
        return self._switch.isChecked()

    @property
    def existing(self) -> bool:
        """Whether the files that are there now are done, too."""
        return self._which.value == ALL

    def show_folder(self, found: Watchable, files: int | None, *, are_rows: bool) -> None:
        """Another folder, not watched until the person says so. `are_rows`: there are but tables in it."""
        both = [(ALL, "all that are there, and new ones"), (NEW, "only new ones")]
        self._which.set_choices(both[1:] if files == 0 else both)
        self._which.choose(self._which.choices[0][0])
        self._which.setEnabled(files != 0)
        self._columns.setVisible(are_rows)
        self._switch.setChecked(False)
        self.choose_output(found.suggested)

    def choose_output(self, path: Path) -> None:
        self.output = path
        self._file.set_whole(plain(str(path), 300))
        self.show_refusal("")

    def show_refusal(self, reason: str) -> None:
        self._refusal.setText(breakable(plain(reason, 300)))
        self._refusal.setVisible(bool(reason))

    def _toggled(self) -> None:
        self._inside.setVisible(self.is_on)
        self.show_refusal("")
        self.changed.emit()

    def _choose(self) -> None:
        """What is there already stays: lines are added to it."""
        kinds = {kind: ending for ending, _, kind in sorted(FORMS)}
        name, kind = QFileDialog.getSaveFileName(
            self, "Add the results to", str(self.output), ";;".join(kinds),
            options=QFileDialog.Option.DontConfirmOverwrite,
        )  # fmt: skip
        if name:
            path = Path(name)
            ending = kinds.get(kind, "csv")
            is_known = path.suffix.lower().lstrip(".") in kinds.values()
            self.choose_output(path if is_known else path.with_name(f"{path.name}.{ending}"))


def _line(theme: Theme, named: str, *parts: QWidget | None) -> QWidget:
    said = label(named, tone="muted", size="label")
    keep_width(theme, said, NAMED)
    return boxed(row(said, *parts, spacing=10))
