"""A question becomes a draft: what would be sent, byte for byte, with what is masked in it.

Everything that goes out is masked by the same masks: messages, and the schema of the reply, which may name
what is in them (a label “Marie Dupont”). The reply brings the placeholders back, also as JSON.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from engine.frontier import formats
from engine.frontier.estimating import Prices, estimate
from engine.frontier.formats import json_bytes
from engine.frontier.values import CloudQuestion, Draft
from engine.masking.values import Finding, Mask
from engine.values import Message

KEEP_PLACEHOLDERS = (
    "Some words are replaced by placeholders such as ⟨PERSON_1⟩. They stand for what was there: "
    "use them as if they were it, and write each exactly as it is."
)
_NAMED = ("properties", "$defs", "definitions", "patternProperties", "dependentRequired")
AS_JSON = "Reply with nothing but JSON that fits this JSON Schema:\n{schema}"


class Restores(Protocol):
    """Puts originals back into a text that comes in pieces, split anywhere (`engine.masking.restoring`)."""

    def push(self, text: str) -> str: ...
    def finish(self) -> str: ...


class MakesRestorer(Protocol):
    """A `Restores` for one reply; `in_json`: it is JSON, where an original's quotation marks are escaped."""

    def __call__(self, masks: Sequence[Mask], *, in_json: bool = ...) -> Restores: ...


@dataclass(frozen=True, slots=True)
class Masking:
    """What masks (`engine.masking`). `find` may take a second for a long text; the others are quick.

    find: for each text what is to be masked in it. mask: those findings as masks, all on. apply: a text with
    the placeholders of the masks that are on.
    """

    find: Callable[[Sequence[str]], Sequence[Sequence[Finding]]]
    mask: Callable[[Sequence[str], Sequence[Sequence[Finding]]], tuple[Mask, ...]]
    apply: Callable[[str, Sequence[Mask]], str]


@dataclass(frozen=True, slots=True)
class Drafts:
    """Makes drafts. Called from any thread."""

    masking: Masking
    prices: Prices

    def draft(self, question: CloudQuestion, passages: Sequence[int] = (), *, masked: bool = True) -> Draft:
        """The question as it would be sent, everything that was found masked.

        `masked` False: nothing is looked for (a server on this computer).
        """
        texts = [*(message.text for message in question.messages), *_names(question.schema)]
        masks = self.masking.mask(texts, self.masking.find(texts)) if masked else ()
        return self._made(uuid.uuid4().hex, question, masks, tuple(passages))

    def switched(self, draft: Draft, placeholder: str, on: bool) -> Draft:
        """The same with one mask on or off."""
        masks = tuple(
            replace(mask, on=on) if mask.placeholder == placeholder else mask for mask in draft.masks
        )
        return self._made(draft.id, draft.question, masks, draft.passages)

    def _made(
        self, draft_id: str, question: CloudQuestion, masks: tuple[Mask, ...], passages: tuple[int, ...]
    ) -> Draft:
        messages = [replace(each, text=self.masking.apply(each.text, masks)) for each in question.messages]
        schema = self._schema(question.schema, masks)
        told = replace(question, schema=schema)
        is_masked = any(mask.on and _stands_in(mask.placeholder, messages, schema) for mask in masks)
        sent = _instructed(messages, _instructions(told, is_masked))
        request = formats.of(question.provider.format).chat(replace(told, messages=sent))
        estimated = estimate(told, sent, self.prices)
        return Draft(draft_id, question, sent, masks, request, estimated, passages)

    def _schema(self, schema: str, masks: tuple[Mask, ...]) -> str:
        """Masked text by text, not as a whole: as JSON a name may be written in many ways (“\\u00e9”)."""
        if not schema or not any(mask.on for mask in masks):
            return schema
        masked = self._masked(json_bytes.value(schema), masks)
        return json.dumps(masked, ensure_ascii=False)

    def _masked(self, value: Any, masks: tuple[Mask, ...], *, are_names: bool = False) -> Any:
        """`are_names`: the keys are names that the schema gives, and no keywords."""
        if isinstance(value, str):
            return self.masking.apply(value, masks)
        if isinstance(value, list):
            return [self._masked(each, masks) for each in value]
        if not isinstance(value, dict):
            return value
        return {
            self.masking.apply(key, masks) if are_names else key: self._masked(
                each, masks, are_names=not are_names and key in _NAMED
            )
            for key, each in value.items()
        }


def _stands_in(placeholder: str, messages: Sequence[Message], schema: str) -> bool:
    return placeholder in schema or any(placeholder in message.text for message in messages)


def _instructions(question: CloudQuestion, is_masked: bool) -> list[str]:
    """What the provider's model is told besides: one sentence each, and only where it is needed."""
    told = [KEEP_PLACEHOLDERS] if is_masked else []
    if question.schema and not formats.holds(question):
        told.append(AS_JSON.format(schema=question.schema))
    return told


def _instructed(messages: Sequence[Message], instructions: Sequence[str]) -> tuple[Message, ...]:
    """In the first message where that is the system's, else in one of its own before all."""
    if not instructions:
        return tuple(messages)
    told = "\n\n".join(instructions)
    if messages and messages[0].role == "system":
        return (replace(messages[0], text=f"{messages[0].text}\n\n{told}"), *messages[1:])
    return (Message("system", told), *messages)


def _names(schema: str) -> list[str]:
    """The texts of a schema that may say something about somebody: its choices and its words."""
    found: list[str] = []
    if schema:
        _collect(json_bytes.value(schema), found)
    return found


def _collect(rules: Any, found: list[str]) -> None:
    if isinstance(rules, list):
        for each in rules:
            _collect(each, found)
    elif isinstance(rules, dict):
        for key, value in rules.items():
            if key in ("enum", "const", "title", "description"):
                found.extend(
                    text for text in (value if isinstance(value, list) else [value]) if isinstance(text, str)
                )
            else:
                _collect(value, found)
