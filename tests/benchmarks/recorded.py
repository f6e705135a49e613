"""A model whose replies are kept in a file, so that what is made of them can be tried again for nothing."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, astuple
from pathlib import Path
from threading import Lock
from typing import Any

from engine.ports import Model
from engine.values import (
    Confidence,
    Generated,
    GenerationEvent,
    LabelScore,
    LabelsScored,
    Message,
    Sampling,
    TextDelta,
    TokenLogprob,
)
from tests.fakes.model import never


class Recorded:
    """`Model` that asks another once for each prompt and sampling; `model` None: only what is known."""

    def __init__(self, model: Model | None, file: Path) -> None:
        self._model = model
        self._file = file
        self._lock = Lock()
        lines = file.read_text(encoding="utf-8").splitlines() if file.exists() else []
        self._known: dict[str, dict[str, Any]] = {row["key"]: row for row in map(json.loads, lines)}

    @property
    def known(self) -> int:
        """How many written replies are."""
        return sum("text" in row for row in self._known.values())

    @property
    def id(self) -> str:
        return self._model.id if self._model else "recorded"

    @property
    def weighs(self) -> bool:
        return True

    @property
    def name(self) -> str:
        return self.id

    @property
    def context_tokens(self) -> int:
        return self._model.context_tokens if self._model else 4096

    def generate(
        self,
        messages: Sequence[Message],
        sampling: Sampling,
        *,
        schema: str = "",
        cancelled: Callable[[], bool] = never,
    ) -> Iterator[GenerationEvent]:
        key = key_of(messages, sampling, schema)
        if key not in self._known:
            self.keep(key, *self._ask(messages, sampling, {"schema": schema} if schema else {}))
        row = self._known[key]
        yield TextDelta(row["text"])
        logprobs = tuple(TokenLogprob(each["text"], each["logprob"]) for each in row["done"]["logprobs"])
        done = row["done"] | {"logprobs": logprobs}
        if done["confidence"]:
            done["confidence"] = Confidence(**done["confidence"])
        yield Generated(**done)

    def score(
        self, messages: Sequence[Message], labels: Sequence[str], *, cancelled: Callable[[], bool] = never
    ) -> LabelsScored | None:
        """As `engine.tasks.ports.TaskModel`; kept in the same file."""
        key = labels_key_of(messages, labels)
        if key not in self._known:
            scored = self._asked(messages).score(messages, labels)  # type: ignore[attr-defined]
            self._put({"key": key, "scored": asdict(scored)})
        scored = self._known[key]["scored"]
        return LabelsScored(**scored | {"scores": tuple(LabelScore(**each) for each in scored["scores"])})

    def _ask(
        self, messages: Sequence[Message], sampling: Sampling, held_to: Mapping[str, str]
    ) -> tuple[str, Generated]:
        text = ""
        for event in self._asked(messages).generate(messages, sampling, **held_to):
            if isinstance(event, TextDelta):
                text += event.text
            if isinstance(event, Generated):
                return text, event
        raise AssertionError("a generation ends with Generated")

    def _asked(self, messages: Sequence[Message]) -> Model:
        if self._model is None:
            raise LookupError(f"no reply is known for {messages[-1].text[-80:]!r}")
        return self._model

    def keep(self, key: str, text: str, done: Generated) -> None:
        self._put({"key": key, "text": text, "done": asdict(done)})

    def _put(self, row: dict[str, Any]) -> None:
        self._known[row["key"]] = row
        with self._lock, self._file.open("a", encoding="utf-8") as file:
            file.write(json.dumps(row) + "\n")


def key_of(messages: Sequence[Message], sampling: Sampling, schema: str = "") -> str:
    asked = [[astuple(message) for message in messages], astuple(sampling)]
    whole = json.dumps([*asked, schema] if schema else asked)
    return hashlib.sha256(whole.encode()).hexdigest()


def labels_key_of(messages: Sequence[Message], labels: Sequence[str]) -> str:
    whole = json.dumps([[astuple(message) for message in messages], list(labels)])
    return hashlib.sha256(whole.encode()).hexdigest()
