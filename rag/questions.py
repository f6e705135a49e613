"""Questions of a conversation, made ready for a search that knows nothing of the conversation."""

from __future__ import annotations

from collections.abc import Sequence

from rag.words import content_words, word_set, words

# English and German words that point back at something said before.
_REFERRING = word_set(
    """
    it its itself they them their theirs this that these those he him his she her hers there one ones former
    latter same such er ihn ihm sie ihr ihre ihren es dies diese dieser dieses dessen deren dort davon dafür
    dazu daran darin damit dabei denen
    """
)
_CONTINUING = ("and", "what about", "how about", "why", "how so", "or", "but", "und", "oder", "aber", "warum")
# Longer questions name what they are about, even if they hold an “it”.
_STANDALONE_WORDS = 6
_MOST_QUESTIONS = 3


def standalone(question: str, earlier: Sequence[str]) -> str:
    """The question, after those it leans on: “What is the rent?” before “And when is it due?”.

    `earlier` are the former questions, oldest first.
    """
    parts = [question]
    for former in reversed(earlier):
        if len(parts) == _MOST_QUESTIONS or not leans_back(parts[0]):
            break
        parts.insert(0, former)
    return "\n".join(parts)


def leans_back(question: str) -> bool:
    """Whether a question cannot be understood without the one before it; a guess from its words."""
    content = content_words(question)
    if len(content) <= 1:
        return True
    if len(content) >= _STANDALONE_WORDS:
        return False
    text = " ".join(words(question))
    return text.startswith(tuple(f"{start} " for start in _CONTINUING)) or any(
        word in _REFERRING for word in words(question)
    )
