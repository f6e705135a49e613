"""What is shown is what is sent: random conversations with masks, over real connections, for every format."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass
from typing import Any

import pytest

from engine.frontier.calling import Called, Calls
from engine.frontier.drafts import Drafts
from engine.frontier.values import CloudQuestion, Draft, WireFormat
from engine.usage.values import Origin
from engine.values import Message, TextDelta
from tests.fakes.wire import (
    FORMATS,
    LoopbackCarrier,
    MemoryLedger,
    OnePrice,
    PlainRestorer,
    WireServer,
    masking_of,
    reply,
    says,
    split,
)

CONVERSATIONS = 200
SECRETS = [
    "Marie Dupont", "Jürgen Groß", "O'Neil \"Red\" Smith", "ana.garcía@correo.example", "+49 30 901820",
    "DE89 3704 0044 0532 0130 00", "4111 1111 1111 1111", "12 rue de l’Église\n75011 Paris", "王小明",
    "C:\\Ann",
]  # fmt: skip
WORDS = [
    "the",
    "invoice",
    "für",
    "{",
    "}",
    '"quoted"',
    "\\",
    "\n",
    "\t",
    "世界",
    "\U0001f600",
    "</passage>",
    "ok.",
]


@dataclass(frozen=True)
class Conversation:
    draft: Draft
    meant: str
    written: str


def conversation(server: WireServer, form: WireFormat, seed: int) -> Conversation:
    """A question with secrets in it, some of them let through, and a reply that speaks of them."""
    draw = random.Random(f"{form} {seed}")
    secrets = draw.sample(SECRETS, draw.randint(0, 5))
    messages = [Message("system", prose(draw, [], 4))] if draw.random() < 0.5 else []
    for turn in range(draw.randint(0, 3)):
        messages.append(Message("user" if turn % 2 == 0 else "assistant", prose(draw, secrets, 12)))
    messages.append(Message("user", prose(draw, secrets, 30)))
    question = CloudQuestion(server.provider(form), "m", tuple(messages), schema=schema(draw, secrets))
    drafts = Drafts(masking_of(*secrets), OnePrice())
    draft = drafts.draft(question)
    for mask in draft.masks:
        if draw.random() < 0.3:
            draft = drafts.switched(draft, mask.placeholder, False)
    meant, written = reply_of(draw, draft)
    return Conversation(draft, meant, written)


def prose(draw: random.Random, secrets: list[str], words: int) -> str:
    said = [
        draw.choice(secrets) if secrets and draw.random() < 0.3 else draw.choice(WORDS) for _ in range(words)
    ]
    return " ".join(said)


def schema(draw: random.Random, secrets: list[str]) -> str:
    if draw.random() < 0.6:
        return ""
    who: dict[str, Any] = {"enum": [*secrets, "nobody"]} if draw.random() < 0.5 else {"type": "string"}
    rules = {"type": "object", "properties": {"who": who}, "required": ["who"]}
    return json.dumps(rules | ({"additionalProperties": False} if draw.random() < 0.7 else {}))


def reply_of(draw: random.Random, draft: Draft) -> tuple[str, str]:
    """A reply as it is meant, and as a model writes it that keeps the placeholders."""
    parts = [draw.choice([*draft.masks, *WORDS]) for _ in range(draw.randint(1, 20))]
    said = [part if isinstance(part, str) else part.original for part in parts]
    masked = [
        part if isinstance(part, str) else part.placeholder if part.on else part.original for part in parts
    ]
    meant, written = " ".join(said), " ".join(masked)
    if not draft.question.schema:
        return meant, written
    return json.dumps({"who": meant}, ensure_ascii=False), json.dumps({"who": written}, ensure_ascii=False)


@pytest.mark.parametrize("form", FORMATS)
def test_bytes_sent_are_bytes_shown_no_secret_leaves_and_all_come_back(
    server: WireServer, form: WireFormat
) -> None:
    ledger = MemoryLedger()
    calls = Calls(LoopbackCarrier(), ledger, PlainRestorer)
    draw = random.Random(form)
    masked = 0
    for seed in range(CONVERSATIONS):
        one = conversation(server, form, seed)
        pieces = [piece.decode("utf-32") for piece in split_text(one.written, draw)]
        server.otherwise = says(split(reply(form, pieces), draw, 60))
        events = list(calls.send(one.draft, Origin("chat", seed), automatic=False))
        sent = server.captured[-1]
        assert sent.body == one.draft.request.body
        text = sent.body.decode("utf-8")
        for mask in one.draft.masks:
            if mask.on:
                masked += 1
                assert json.dumps(mask.original, ensure_ascii=False)[1:-1] not in text
                assert json.dumps(mask.original)[1:-1] not in text
        assert "".join(event.text for event in events if isinstance(event, TextDelta)) == one.meant
        last = events[-1]
        assert isinstance(last, Called) and last.text == one.meant
        receipt = ledger.settled[-1].receipt
        assert (receipt["request"], receipt["response"]) == (sent.body, one.written)
    assert len(server.captured) == CONVERSATIONS
    assert masked > CONVERSATIONS


def split_text(text: str, draw: random.Random) -> list[bytes]:
    """Pieces of a text as tokens would have it: anywhere between characters."""
    data = text.encode("utf-32-le")
    pieces, at = [], 0
    while at < len(data):
        size = 4 * draw.randint(1, 9)
        pieces.append(data[at : at + size])
        at += size
    return pieces
