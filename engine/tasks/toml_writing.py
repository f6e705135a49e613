"""Values as TOML that a person likes to read and change; `tomllib` gives back exactly what was written."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

LINE_CHARACTERS = 100

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")
# What three of them would end early, or the last one.
_ENDING_QUOTE = re.compile(r'"(?=""|\Z)')
_UNSEEN = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")  # stands for no character, and in no file


def line(key: str, value: Any) -> str:
    """“key = value”; a list that is long has a line for each item."""
    written = written_value(value)
    if isinstance(value, Sequence) and not isinstance(value, str) and value:
        long = len(key) + 3 + len(written) > LINE_CHARACTERS
        if long or isinstance(value[0], Mapping):
            items = "".join(f"    {written_value(item)},\n" for item in value)
            written = f"[\n{items}]"
    return f"{written_key(key)} = {written}"


def written_key(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else _one_line(key)


def written_value(value: Any) -> str:
    """The value on one line, but for texts of several lines.

    Raises:
        TypeError: TOML has nothing for it, such as None.
    """
    if isinstance(value, str):
        return _several_lines(value) if "\n" in value else _one_line(value)
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, Mapping):
        inside = ", ".join(f"{written_key(key)} = {_inline(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, Sequence):
        return f"[{', '.join(map(_inline, value))}]"
    raise TypeError(f"TOML has no {type(value).__name__}")


def _inline(value: Any) -> str:
    return _one_line(value) if isinstance(value, str) else written_value(value)


def _one_line(text: str) -> str:
    quoted = json.dumps(_LONE_SURROGATE.sub("�", text), ensure_ascii=False)
    return quoted.replace("\x7f", "\\u007F")


def _several_lines(text: str) -> str:
    text = _LONE_SURROGATE.sub("�", text).replace("\\", "\\\\")
    text = _UNSEEN.sub(_escaped, _ENDING_QUOTE.sub(r'\\"', text))
    return f'"""\n{text}"""'


def _escaped(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04X}"
