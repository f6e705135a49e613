"""What the model is told. The words were chosen by measuring: tests/benchmarks/answering.py.

Everything that stays the same comes first (it is read once and kept), the question last (small models
attend best to what is near the end). Passages stand between marks, apart from the question, and no passage
can hold such a mark; the control tokens of a model's template nothing of this can hold
(`engine.process.prompt_tokens`). A sentence that forbids obeying passages changed nothing in the twelve
questions with orders inside them (all were answered rightly with and without it) and cost a right
abstention, so there is none.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from engine.ports import Evidence, Tell
from engine.values import Message

NOT_FOUND = "NOT_FOUND"

FROM_DOCUMENTS = (
    "Answer the question from the passages, in one or two short sentences, in the language of the question. "
    f"If it cannot be answered from the passages, reply {NOT_FOUND}."
)
PLAIN = (
    "You are a helpful assistant on the person's own computer. "
    "Answer briefly, in the language of the question."
)


@dataclass(frozen=True, slots=True)
class Instructions:
    """What a model is told first: for a question about documents, and for one without any."""

    documents: str = FROM_DOCUMENTS
    plain: str = PLAIN


FOR_SMALL = Instructions()
# A large model need not be held to a sentence or two, and is not on the person's computer.
FOR_LARGE = Instructions(
    documents=(
        "Answer the question from the passages, in the language of the question. Say everything that answers "
        "it and nothing else, in whole sentences. "
        f"If it cannot be answered from the passages, reply {NOT_FOUND}."
    ),
    plain="You are a helpful assistant. Answer in the language of the question.",
)

# A turn that is over is told in short: reading costs more than anything else on a small computer.
EARLIER_TURNS = 2
EARLIER_ANSWER_CHARACTERS = 400

Turn = tuple[Message, Message]


def turns(history: Sequence[Message]) -> list[Turn]:
    """The complete turns of a conversation: each question with the answer that follows it."""
    return [
        (question, answer)
        for question, answer in pairwise(history)
        if question.role == "user" and answer.role == "assistant"
    ]


def as_it_stands(text: str, heading: str = "") -> str:
    """A passage as it is: the `Tell` that changes nothing."""
    return text


def document_messages(
    question: str,
    evidence: Sequence[Evidence],
    earlier: Sequence[Turn],
    tell: Tell = as_it_stands,
    instructions: Instructions = FOR_SMALL,
) -> list[Message]:
    """A question about documents, with the passages for it in the words of `tell`.

    The last turns before it are told in short.
    """
    messages = [Message("system", instructions.documents)]
    for asked, answered in earlier[-EARLIER_TURNS:]:
        messages += [asked, Message("assistant", answered.text[:EARLIER_ANSWER_CHARACTERS])]
    messages.append(Message("user", f"{_passages(evidence, tell)}\n\nQuestion: {question}"))
    return messages


def plain_messages(
    question: str, earlier: Sequence[Turn], instructions: Instructions = FOR_SMALL
) -> list[Message]:
    """A question without documents, after the whole conversation so far."""
    spoken = [message for turn in earlier for message in turn]
    return [Message("system", instructions.plain), *spoken, Message("user", question)]


# The marks between passages, and what a model may take for one.
_MARK = re.compile(r"<(?=\s*/?\s*passages?\b)", re.IGNORECASE)


def _passages(evidence: Sequence[Evidence], tell: Tell) -> str:
    return "\n\n".join(f"<passage>\n{_titled(item, tell)}\n</passage>" for item in evidence)


def _titled(item: Evidence, tell: Tell) -> str:
    title = " › ".join(" ".join(part.split()) for part in (item.document, item.heading) if part)
    return _unmarked(f"{title}\n{tell(item.text, item.heading).strip()}")


def _unmarked(text: str) -> str:
    """The text without anything that would end its passage: “</passage>” in a document is mere text."""
    return _MARK.sub("‹", text)
