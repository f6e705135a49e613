"""Names in a folder or an archive that no person put there to be read."""

from __future__ import annotations

_HIDDEN = (".", "~$")  # “~$” is the lock that Office lays beside an open document
_TEMPORARY = (".tmp", ".temp", ".part", ".partial", ".crdownload", ".download", ".swp", "~")
# Made by programs: what others wrote for a project to build on, what it was built to, what was thrown away.
# Only names that nobody gives a folder of their own; “build” and “vendor” are not among them.
_FOLDERS = frozenset(
    {
        "node_modules",
        "bower_components",
        "__pycache__",
        "site-packages",
        "dist-packages",
        "__macosx",
        "$recycle.bin",
        "system volume information",
        "lost+found",
    }
)
_GENERATED = (
    ".min.js",
    ".min.css",
    ".bundle.js",
    "package-lock.json",
    "npm-shrinkwrap.json",
    "pnpm-lock.yaml",
)

MARKS_OF_MADE_FOLDERS = frozenset({"CACHEDIR.TAG", "pyvenv.cfg"})
"""Files by which programs mark a folder as theirs to make anew. Source: bford.info/cachedir; PEP 405."""


def passed_over(name: str) -> bool:
    """Whether a file or folder of this name is left out where nobody chose it itself."""
    lower = name.lower()
    return name.startswith(_HIDDEN) or lower.endswith((*_TEMPORARY, *_GENERATED)) or lower in _FOLDERS
