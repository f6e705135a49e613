"""What closing the window would break off, and the question before it does."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from desktop.chat.conversation import Conversation
from desktop.documents.activity import Activity
from desktop.window.sheet import Action, Sheet

AtWork = Callable[[], str]
"""What would be broken off, as a sentence or two; empty when nothing would."""


def reading(activity: Activity) -> str:
    now = activity.reading
    if now is None:
        return ""
    return f"Carrel is still reading: {now.done} of {now.total} files. The rest goes on at the next start."


def answering(conversation: Conversation) -> str:
    return "An answer is still being written. What is there so far is kept." if conversation.runs.any else ""


def at_work(each: Sequence[AtWork]) -> str:
    return next((said for said in (asked() for asked in each) if said), "")


def ask_to_close(sheet: Sheet, said: str, close: Callable[[], None]) -> None:
    keep: Action = ("Keep it open", "primary", None)
    now: Action = ("Close Carrel", "secondary", close)
    sheet.ask("Close Carrel now?", said, [keep, now])
