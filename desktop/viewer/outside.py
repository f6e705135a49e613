"""Shows a document in the system's own program."""

from __future__ import annotations

from pathlib import PurePath

from PySide6.QtCore import QUrl
from PySide6.QtGui import QDesktopServices

# What some system runs rather than shows: its folder is opened instead.
RUNNABLE = frozenset(
    {
        ".app", ".applescript", ".bash", ".bat", ".cmd", ".com", ".command", ".desktop", ".exe",
        ".fish", ".hta", ".jar", ".js", ".jse", ".ksh", ".lnk", ".mjs", ".msc", ".php", ".pif",
        ".pl", ".ps1", ".psm1", ".py", ".pyw", ".rb", ".reg", ".scpt", ".scr", ".sh", ".tcl",
        ".url", ".vbe", ".vbs", ".wsf", ".wsh", ".zsh",
    }
)  # fmt: skip


def open_outside(path: str) -> bool:
    """Whether the system took it. A program text is not opened, for that might run it: its folder is."""
    if PurePath(path).suffix.lower() in RUNNABLE:
        return show_in_folder(path)
    return QDesktopServices.openUrl(QUrl.fromLocalFile(path))


def show_in_folder(path: str) -> bool:
    """Open the folder that holds the file; nothing in it is opened."""
    return QDesktopServices.openUrl(QUrl.fromLocalFile(str(PurePath(path).parent)))
