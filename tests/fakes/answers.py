"""Finished answers for tests."""

from __future__ import annotations

from dataclasses import replace

from engine.values import Answer, Seconds, Sentence, Source, Tokens

ANSWER = Answer(
    text="The rent is 1,240 euros. It is due “early”.",
    abstained=False,
    grounded=True,
    sentences=(
        Sentence("The rent is 1,240 euros.", 0, 24, "found", (0,), ((4, 28),)),
        Sentence("It is due “early”.", 25, 43, "not_found"),
    ),
    sources=(
        Source(
            "Lease.pdf", "/d/Lease.pdf", 2, 10, 40, "The rent is 1,240 euros.", "Rent › Amount", 0.75, "q"
        ),
    ),
    model="tiny",
    tier="local",
    tokens=Tokens(100, 40, 12),
    seconds=Seconds(0.1, 1.5, 3.0),
)


def answer(text: str, **changes: object) -> Answer:
    return replace(ANSWER, text=text, **changes)  # type: ignore[arg-type]
