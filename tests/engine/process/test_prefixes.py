"""Which beginnings are found, shared and forgotten. The fake context counts cells for itself."""

from __future__ import annotations

import random

import pytest

from engine.process.prefixes import LEAST_SHARED, Held, Sequences, common_length
from tests.fakes.context import FakeContext


@pytest.fixture
def context() -> FakeContext:
    return FakeContext(cells=10_000, sequences=16)


@pytest.fixture
def sequences(context: FakeContext) -> Sequences:
    return Sequences(context)  # type: ignore[arg-type]


def fill(context: FakeContext, held: Held, tokens: list[int]) -> None:
    """Evaluate what `held` lacks of the tokens."""
    from engine.process.context import Item

    for at in range(len(held.tokens), len(tokens)):
        context.decode([Item(tokens[at], at, (held.id,))], lambda: False)
    held.tokens[:] = tokens


def plain_common(first: list[int], second: list[int]) -> int:
    length = 0
    while length < min(len(first), len(second)) and first[length] == second[length]:
        length += 1
    return length


def test_the_common_length_is_that_of_comparing_one_by_one() -> None:
    draw = random.Random(5)
    for _ in range(300):
        length = draw.randrange(0, 700)
        first = [draw.randrange(3) for _ in range(length)]
        second = list(first)
        if second and draw.random() < 0.8:
            second[draw.randrange(len(second))] = 9
        second = second[: draw.randrange(0, 700)]
        assert common_length(first, second) == plain_common(first, second)


def test_the_last_token_is_always_left_to_evaluate(context: FakeContext, sequences: Sequences) -> None:
    tokens = list(range(20))
    first = sequences.take(tokens, None)
    fill(context, first, tokens)
    sequences.rest(first)
    assert sequences.known(tokens, None) == 19
    assert sequences.take(tokens, None).tokens == tokens[:19]


def test_a_beginning_in_use_is_shared_and_takes_no_cells(context: FakeContext, sequences: Sequences) -> None:
    tokens = list(range(30))
    first = sequences.take(tokens, None)
    fill(context, first, tokens)
    second = sequences.take([*tokens[:25], 99, 98], None)
    assert second is not first
    assert second.tokens == tokens[:25]
    assert sequences.cells_used == context.used == 30


def test_a_few_common_tokens_are_not_worth_a_copy(context: FakeContext, sequences: Sequences) -> None:
    tokens = list(range(30))
    fill(context, sequences.take(tokens, None), tokens)
    assert sequences.take([*tokens[: LEAST_SHARED - 1], 99, 98], None).tokens == []


def test_another_adapter_shares_nothing(context: FakeContext, sequences: Sequences) -> None:
    tokens = list(range(30))
    fill(context, sequences.take(tokens, "a"), tokens)
    assert sequences.known(tokens, "b") == 0


def test_a_conversation_that_goes_on_takes_over_its_own_sequence(
    context: FakeContext, sequences: Sequences
) -> None:
    turn = list(range(30))
    first = sequences.take(turn, None, "chat")
    fill(context, first, turn)
    sequences.rest(first)
    second = sequences.take([*turn[:20], 99, 98], None, "chat")
    assert second is first
    assert second.tokens == turn[:20]
    assert context.used == 20


def test_a_conversation_keeps_one_state(context: FakeContext, sequences: Sequences) -> None:
    for start in (0, 100, 200):
        tokens = list(range(start, start + 30))
        held = sequences.take(tokens, None, "chat")
        fill(context, held, tokens)
        sequences.rest(held)
    assert [held.tokens[0] for held in sequences.resting()] == [200]
    assert context.used == 30


def test_the_longest_unused_rests_first(context: FakeContext, sequences: Sequences) -> None:
    rested = []
    for start in (0, 100, 200):
        tokens = list(range(start, start + 20))
        held = sequences.take(tokens, None)
        fill(context, held, tokens)
        rested.append(held)
    for held in rested:
        sequences.rest(held)
    sequences.take([*range(15), 99], None)  # the first one is asked for
    assert [held.tokens[0] for held in sequences.resting()] == [100, 200, 0]


def test_a_model_that_keeps_a_state_shares_only_what_is_whole(
    context: FakeContext, sequences: Sequences
) -> None:
    context.forgets_ends = False
    tokens = list(range(30))
    held = sequences.take(tokens, None)
    fill(context, held, tokens)
    sequences.rest(held)
    assert sequences.known([*tokens[:20], 99], None) == 0
    assert sequences.known([*tokens, 99], None) == 30


def test_cells_are_counted_as_they_are_through_any_life(context: FakeContext, sequences: Sequences) -> None:
    """Random taking, evaluating, resting, shortening and dropping; the fake knows the truth."""
    draw = random.Random(11)
    running: list[Held] = []
    for _ in range(1500):
        doing = draw.choice("taaerk d".replace(" ", ""))
        if doing in "ta" and sequences.has_free:
            family = draw.randrange(3) * 1000
            length = draw.randrange(2, 60)
            tokens = [
                family + at if at < draw.randrange(1, 60) else draw.randrange(9) for at in range(length)
            ]
            held = sequences.take(tokens, None, draw.choice(["", "", "one", "two"]))
            fill(context, held, tokens)
            running.append(held)
        elif doing == "r" and running:
            sequences.rest(running.pop(draw.randrange(len(running))))
        elif doing == "k" and running:
            held = draw.choice(running)
            sequences.keep(held, draw.randrange(len(held.tokens) + 1))
        elif doing == "d":
            resting = list(sequences.resting())
            if resting:
                sequences.drop(draw.choice(resting))
        assert sequences.cells_used == context.used
        for held in running:
            assert context.held[held.id] == held.tokens
