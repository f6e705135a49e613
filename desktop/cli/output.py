"""What commands print: one JSON document or plain text on standard output, progress on standard error."""

from __future__ import annotations

import json
import sys
import traceback
from pathlib import Path
from typing import Any

from desktop.errors import Cancelled, UsageError


def show_json(document: Any, *, one_line: bool = False) -> None:
    """Print one JSON document; `one_line` where several follow each other, one a line."""
    text = json.dumps(document, ensure_ascii=False, indent=None if one_line else 2)
    # A lone surrogate (an undecodable file name) must not end the command.
    sys.stdout.write(text.encode("utf-8", "replace").decode("utf-8") + "\n")
    sys.stdout.flush()


class Progress:
    """A line on standard error that is rewritten in place on a terminal, and quiet otherwise.

    Sentences said with `say` always stay.
    """

    def __init__(self) -> None:
        self._terminal = sys.stderr.isatty()
        self._shown = 0

    def show(self, text: str) -> None:
        if self._terminal:
            sys.stderr.write("\r" + text[:100].ljust(self._shown))
            sys.stderr.flush()
            self._shown = min(len(text), 100)

    def clear(self) -> None:
        if self._terminal and self._shown:
            sys.stderr.write("\r" + " " * self._shown + "\r")
            sys.stderr.flush()
            self._shown = 0

    def say(self, text: str) -> None:
        self.clear()
        print(text, file=sys.stderr, flush=True)


def fail(error: Exception, log: Path) -> int:
    """One clear sentence for any failure; a bug's traceback goes into `log`. Returns the exit status."""
    from desktop.explain import explain, is_expected

    if isinstance(error, Cancelled):
        print("Stopped.", file=sys.stderr)
        return 130
    if not is_expected(error):
        print(
            f"carrel: Something went wrong in Carrel ({type(error).__name__}). {_kept(error, log)}",
            file=sys.stderr,
        )
        return 1
    happened = str(error)
    stop = "" if happened.endswith((".", "!", "?", "…")) else "."
    print(f"carrel: {happened}{stop} {explain(error).advice}", file=sys.stderr)
    return 2 if isinstance(error, UsageError) else 1


def _kept(error: Exception, log: Path) -> str:
    """Write the traceback down, and say where; where that cannot be, say what is known."""
    details = "".join(traceback.format_exception(error))
    try:
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("a", encoding="utf-8", errors="replace") as file:
            file.write(details)
    except OSError:
        return " ".join(str(error).split())
    return f"The details are in {log}."
