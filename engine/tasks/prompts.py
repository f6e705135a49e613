"""What the model is told of a task. The part that all inputs share comes first: it is read once.

An input's text stands between marks and holds none; its orders are its content, nothing else.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from engine.values import Message

_MARK = re.compile(r"<(?=\s*/?\s*text\b)", re.IGNORECASE)


def task_messages(
    instructions: str, text: str, *, examples: Sequence[tuple[str, str]] = (), ask: str = ""
) -> list[Message]:
    """The instructions, examples as turns (text, reply), then the text and what is asked of it."""
    messages = [Message("system", instructions)]
    for shown, reply in examples:
        messages += [Message("user", _asked(shown, ask)), Message("assistant", reply)]
    return [*messages, Message("user", _asked(text, ask))]


def _asked(text: str, ask: str) -> str:
    marked = f"<text>\n{_MARK.sub('‹', text.strip())}\n</text>"
    return f"{marked}\n\n{ask}" if ask else marked
