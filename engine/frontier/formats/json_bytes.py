"""JSON as it goes over the wire and comes back."""

from __future__ import annotations

import json
from typing import Any


def body(content: dict[str, Any]) -> bytes:
    """The bytes of a request: UTF-8, in the order given, every character as itself, so that it can be read.

    The same content gives the same bytes. A lone surrogate, which UTF-8 does not have, becomes “?”.
    """
    text = json.dumps(content, ensure_ascii=False, allow_nan=False, indent=2)
    return text.encode("utf-8", "replace")


def value(text: str | bytes) -> Any:
    """What JSON from outside says.

    Raises:
        ValueError: it is none, or nested too deeply.
    """
    try:
        return json.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None


def at(found: Any, *path: str | int, otherwise: Any = None) -> Any:
    """What stands at a path of names and numbers; `otherwise` where something on the way is not there."""
    for step in path:
        if isinstance(step, int):
            if not isinstance(found, list) or step >= len(found):
                return otherwise
        elif not isinstance(found, dict) or step not in found:
            return otherwise
        found = found[step]
    return found


def text_at(found: Any, *path: str | int) -> str:
    """The text at a path; empty where there is none."""
    there = at(found, *path)
    return there if isinstance(there, str) else ""


def count_at(found: Any, *path: str | int) -> int:
    """The number at a path, as a count of tokens: whole, not negative, not absurd; else 0."""
    there = at(found, *path)
    return there if type(there) is int and 0 <= there < 1 << 40 else 0
