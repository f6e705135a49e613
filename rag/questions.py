"""Questions of a conversation, made ready for a search that knows nothing of the conversation."""

from __future__ import annotations

from collections.abc import Sequence

from rag.words import bigrams, content_words, word_set, words

# Words that point back at something said before, in English, German, French and Spanish. Not “il”, “la” or
# “es”, which point at nothing far more often.
_REFERRING = word_set(
    """
    it its itself they them their theirs this that these those he him his she her hers there one ones former
    latter same such er ihn ihm sie ihr ihre ihren dies diese dieser dieses dessen deren dort davon dafür
    dazu daran darin damit dabei denen
    celui celle ceux celles cela ça ci elle elles eux leur leurs lui
    eso esto ello ellos ellas ese esa esos esas este esta estos estas allí suyo suya su sus
    """
)
# Chinese and Japanese put no spaces between words.
_REFERRING_PARTS = (
    "那个",
    "这个",
    "它",
    "他们",
    "她们",
    "其中",
    "那里",
    "这里",
    "それ",
    "これ",
    "その",
    "あれ",
    "そこ",
)
_CONTINUING = tuple(
    f"{start} "
    for start in (
        *("and", "what about", "how about", "why", "how so", "or", "but", "und", "oder", "aber", "warum"),
        *("et", "ou", "mais", "pourquoi", "qu en est il", "y", "e", "o", "pero", "por qué", "qué hay de"),
    )
)
_CONTINUING_PARTS = ("那", "还有", "为什么", "但是", "如果", "じゃあ", "では", "なぜ", "でも", "แล้ว", "ทำไม")
# Of an unspaced script: about three words.
_FEW_CHARACTERS = 5
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
    pairs = bigrams(question).split()
    if pairs:
        return _leans_back_unspaced(question, len(pairs))
    content = content_words(question)
    if len(content) <= 1:
        return True
    if len(content) >= _STANDALONE_WORDS:
        return False
    asked = words(question)
    return f"{' '.join(asked)} ".startswith(_CONTINUING) or any(word in _REFERRING for word in asked)


def _leans_back_unspaced(question: str, pairs: int) -> bool:
    if pairs < _FEW_CHARACTERS:
        return True
    return question.strip().startswith(_CONTINUING_PARTS) or any(
        part in question for part in _REFERRING_PARTS
    )
