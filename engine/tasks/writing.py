"""What a model writes freely: a summary, a reply, questions with their answers."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from engine.errors import PromptTooLong
from engine.language import language_name
from engine.tasks.pieces import LEAST_CHARACTERS, Piece, over_pieces
from engine.tasks.ports import TaskModel
from engine.tasks.prompts import task_messages
from engine.values import Generated, Message, Sampling, TextDelta, Tokens

# So many tokens does a word take, in languages that are written in long words.
TOKENS_PER_WORD = 3
SPARE_TOKENS = 60
# Of a piece of a long text, where it is the whole that matters: ten pieces come to one.
NOTE_WORDS = 80
# So that notes are always shorter than what they are of.
CHARACTERS_PER_NOTE_TOKEN = 8

_WHOLE_SENTENCES = re.compile(r".*(?:[.!?。！？](?=\s|$)|\n)", re.DOTALL)


def room(words: int) -> int:
    """Tokens for a text of so many words; a small model counts them badly."""
    return words * TOKENS_PER_WORD + SPARE_TOKENS


def in_language(wanted: str, text: str) -> str:
    """“in German”, as a person asked for or as the text is: a small model writes English when not told."""
    name = wanted.strip() or language_name(text)
    return f"in {name}" if name else "in the language of the text"


@dataclass(slots=True)
class Writer:
    """Asks a model for texts, for one input. `broken_off`: one of them had become as long as it may."""

    model: TaskModel
    cancelled: Callable[[], bool]
    tokens: list[Tokens] = field(default_factory=list)
    broken_off: bool = False

    def write(self, messages: Sequence[Message], most_tokens: int, schema: str = "") -> str | None:
        """The reply, without a last sentence that was broken off; None when cancelled.

        Raises:
            PromptTooLong: the messages do not fit, or leave no room for what there is to write.
        """
        text, end = "", None
        sampling = Sampling(max_tokens=most_tokens)
        for event in self.model.generate(messages, sampling, schema=schema, cancelled=self.cancelled):
            if isinstance(event, TextDelta):
                text += event.text
            elif isinstance(event, Generated):
                end = event
        if end is None or end.reason not in ("stop", "length"):
            return None
        if end.reason == "length" and end.completion_tokens < most_tokens:
            raise PromptTooLong(end.prompt_tokens + most_tokens, self.model.context_tokens)
        self.tokens.append(Tokens(end.prompt_tokens, end.cached_tokens, end.completion_tokens))
        if end.reason == "length":
            self.broken_off = True
            text = text if schema else _ended(text)
        return text.strip()

    def fitting(
        self,
        text: str,
        instructions: str,
        language: str,
        most_characters: int,
        write: Callable[[str], str | None],
    ) -> str | None:
        """What `write` makes of the text, or of notes of it where it is longer than that, or does not fit.

        Raises:
            PromptTooLong: the instructions alone leave no room.
        """
        while True:
            short = self._shortened(text, instructions, language, most_characters)
            if short is None:
                return None
            try:
                return write(short)
            except PromptTooLong:
                if len(short) < LEAST_CHARACTERS:
                    raise
                text, most_characters = short, len(short) // 2

    def _shortened(self, text: str, instructions: str, language: str, most_characters: int) -> str | None:
        """The text where it is that short, else notes of its pieces; of those again where they are long."""
        while len(text) > most_characters:
            noted = over_pieces(
                text, lambda piece: self._note(piece, instructions, language), most_characters
            )
            if noted is None:
                return None
            text = "\n\n".join(note for _, note in noted)
        return text

    def _note(self, piece: Piece, instructions: str, language: str) -> str | None:
        if not piece.text.strip():
            return ""
        ask = (
            f"This is a part of a longer text. Note down {language}, in at most {NOTE_WORDS} words, "
            "the facts in it that matter most for the whole."
        )
        most = min(room(NOTE_WORDS), max(1, len(piece.text) // CHARACTERS_PER_NOTE_TOKEN))
        return self.write(task_messages(instructions, piece.text, ask=ask), most)


def _ended(text: str) -> str:
    """What of it is whole sentences; all of it where there is none."""
    ended = _WHOLE_SENTENCES.match(text)
    return ended[0] if ended else text
