"""Text that is shown so that nothing in it can hide: neither from the eye nor in a pretty form. Qt-free."""

from __future__ import annotations

import unicodedata

_SHOWN = frozenset("\n\t")


def visible(text: str) -> str:
    """`text`, in which what cannot be seen, or turns the direction, is named: “⟦U+202E⟧”."""
    return "".join(character if _can_be_seen(character) else _named(character) for character in text)


def _can_be_seen(character: str) -> bool:
    if character in _SHOWN:
        return True
    category = unicodedata.category(character)
    return category[0] != "C" and category not in ("Zl", "Zp")


def _named(character: str) -> str:
    return f"⟦U+{ord(character):04X}⟧"


def exact(body: bytes) -> str:
    """The bytes of a body as text; those that are none are named (“⟦FF⟧”)."""
    text = body.decode("utf-8", "surrogateescape")
    shown = (
        f"⟦{ord(character) - 0xDC00:02X}⟧" if 0xDC80 <= ord(character) <= 0xDCFF else character
        for character in text
    )
    return visible("".join(shown))


def pretty(body: bytes) -> str:
    """A JSON body with line breaks and indents of its own, and else character for character as it is.

    Not read and written anew: that would hide a key that stands there twice, or an escape that reads as
    something else.
    """
    made: list[str] = []
    depth, in_string, escaped = 0, False, False
    for character in exact(body):
        if in_string:
            made.append(character)
            in_string = escaped or character != '"'
            escaped = character == "\\" and not escaped
        elif character in " \t\r\n":
            continue
        elif character in "}]":
            depth = max(0, depth - 1)
            made.append(f"\n{_indent(depth)}{character}")
        elif character in "{[":
            depth += 1
            made.append(f"{character}\n{_indent(depth)}")
        elif character == ",":
            made.append(f",\n{_indent(depth)}")
        elif character == ":":
            made.append(": ")
        else:
            in_string = character == '"'
            made.append(character)
    return "".join(made)


def _indent(depth: int) -> str:
    return "  " * min(depth, 40)  # a body nested deeper would be nothing but indents
