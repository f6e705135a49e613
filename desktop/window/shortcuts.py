"""Every shortcut, in one table: what is bound and what the list shows cannot differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import QWidget


@dataclass(frozen=True, slots=True)
class Shortcut:
    """`keys` as Qt writes them: “Ctrl” is Cmd on a Mac. `words` is empty for a second way to the same."""

    action: str
    keys: str
    words: str = ""


SHORTCUTS: Sequence[Shortcut] = (
    Shortcut("new_chat", "Ctrl+N", "New chat"),
    Shortcut("search", "Ctrl+K", "Search chats"),
    Shortcut("focus_composer", "Ctrl+I", "Write a question"),
    Shortcut("stop", "Esc", "Stop the answer, or close what is on top"),
    Shortcut("regenerate", "Ctrl+R", "Answer again"),
    Shortcut("copy_last", "Ctrl+Shift+C", "Copy the last answer"),
    Shortcut("models", "Ctrl+Shift+M", "Choose the model"),
    Shortcut("next_chat", "Ctrl+Tab", "Next chat"),
    Shortcut("previous_chat", "Ctrl+Shift+Tab", "Previous chat"),
    Shortcut("place_1", "Ctrl+1", "Chat"),
    Shortcut("place_2", "Ctrl+2", "Documents"),
    Shortcut("place_3", "Ctrl+3", "Tasks"),
    Shortcut("place_4", "Ctrl+4", "Models"),
    Shortcut("save", "Ctrl+S", "Save the open recipe"),
    Shortcut("settings", "Ctrl+,", "Settings"),
    Shortcut("sidebar", "Ctrl+B", "Show or hide the sidebar"),
    Shortcut("larger", "Ctrl++", "Larger text or page"),
    Shortcut("larger", "Ctrl+="),
    Shortcut("smaller", "Ctrl+-", "Smaller text or page"),
    Shortcut("normal_size", "Ctrl+0", "Normal text or page"),
    Shortcut("find", "Ctrl+F", "Search in the open document"),
    Shortcut("next_source", "Ctrl+PgDown", "Next source"),
    Shortcut("previous_source", "Ctrl+PgUp", "Previous source"),
    Shortcut("keys", "Ctrl+/", "This list"),
)


def bind(window: QWidget, actions: Mapping[str, Callable[[], None]]) -> list[QShortcut]:
    """Bind every shortcut of the table to its action.

    Raises:
        KeyError: the table names an action that there is not.
    """
    made = []
    for shortcut in SHORTCUTS:
        bound = QShortcut(QKeySequence(shortcut.keys), window)
        bound.activated.connect(actions[shortcut.action])
        made.append(bound)
    return made


def keys_of(action: str) -> str:
    """The keys of an action as this system writes them, for hints: “Ctrl N”, on a Mac “⌘N”."""
    keys = next(each.keys for each in SHORTCUTS if each.action == action)
    return _native(keys)


def listed() -> list[tuple[str, str]]:
    """(keys as this system writes them, what they do)."""
    return [(_native(each.keys), each.words) for each in SHORTCUTS if each.words]


def _native(keys: str) -> str:
    """“Ctrl Shift C”; “Ctrl +”, where the last plus is the key itself."""
    written = QKeySequence(keys).toString(QKeySequence.SequenceFormat.NativeText)
    return written[:-1].replace("+", " ") + written[-1:]
