from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import pytest

from engine.tasks.choices.similar import CANDIDATES, Similar, similar
from engine.tasks.recipe import Choice, Example, Label, Recipe, TaskSettings
from tests.fakes.tasks import nearest

QUEUE = Choice("queue", (Label("network"), Label("billing"), Label("other")))
MANY = Choice("intent", tuple(Label(f"topic_{number}") for number in range(40)))
EXAMPLES = (
    Example("the line is dead", {"queue": "network"}),
    Example("the invoice is wrong", {"queue": "billing"}),
    Example("no line since monday", {"queue": "network"}),
    Example("good morning", {}),
)


def recipe(choice: Choice, *examples: Example, shown: int = 6) -> Recipe:
    settings = TaskSettings(examples_shown=shown)
    return Recipe("Tickets", "classify", choices=(choice,), examples=examples, settings=settings)


def found(choice: Choice, text: str, *examples: Example, shown: int = 6) -> Similar:
    return similar(choice, recipe(choice, *examples, shown=shown), text, nearest)


def shares(votes: Mapping[str, float] | None) -> dict[str, float]:
    assert votes is not None
    return {name: math.exp(vote) for name, vote in votes.items()}


def test_near_examples_vote_for_their_labels() -> None:
    votes = shares(found(QUEUE, "my line is dead", *EXAMPLES).votes)
    assert sum(votes.values()) == pytest.approx(1)
    assert max(votes, key=votes.__getitem__) == "network"


def test_without_examples_nobody_votes_and_nothing_is_compared() -> None:
    def fail(
        texts: Sequence[str],
        among: Sequence[str],
        k: int,
        *,
        centred: bool = False,
        kinds: Sequence[str] = (),
    ) -> Sequence[Sequence[tuple[int, float]]]:
        pytest.fail("something was compared")

    alone = similar(QUEUE, recipe(QUEUE), "my line is dead", fail)
    assert alone == Similar(QUEUE.labels, (), None, ())
    assert alone.votes_for("network", "yes", "no") is None


def test_a_label_without_examples_can_still_come_first() -> None:
    votes = shares(found(QUEUE, "please bring me a pizza", *EXAMPLES).votes)
    assert votes["other"] == pytest.approx(max(votes.values()), rel=0.5)


def test_with_few_labels_the_same_examples_are_shown_for_every_text() -> None:
    one, other = (found(QUEUE, text, *EXAMPLES, shown=2) for text in ("line dead", "invoice"))
    assert one.shown == other.shown == (EXAMPLES[2], EXAMPLES[1])
    assert found(QUEUE, "line", *EXAMPLES, shown=0).shown == ()


def test_many_labels_are_narrowed_to_those_that_come_near() -> None:
    examples = [Example(f"word{n} and word{n}", {"intent": f"topic_{n}"}) for n in range(40)]
    near = found(MANY, "word7 or word9", *examples, shown=2)
    assert len(near.candidates) == CANDIDATES
    assert {"topic_7", "topic_9"} <= {label.name for label in near.candidates}
    assert [label for label in MANY.labels if label in near.candidates] == list(near.candidates)
    assert {example.output["intent"] for example in near.shown} == {"topic_7", "topic_9"}


def test_of_many_labels_the_names_are_examples_too() -> None:
    asked: list[tuple[list[str], list[str]]] = []

    def remembering(
        texts: Sequence[str],
        among: Sequence[str],
        k: int,
        *,
        centred: bool = False,
        kinds: Sequence[str] = (),
    ) -> Sequence[Sequence[tuple[int, float]]]:
        asked.append((list(among), list(kinds)))
        return nearest(texts, among, k)

    examples = (Example("my card is gone", {"intent": "topic_3"}), Example("unlabelled", {}))
    near = similar(MANY, recipe(MANY, *examples), "where is my card", remembering)
    ((among, kinds),) = asked
    assert among == ["my card is gone", *(f"topic {number}" for number in range(40))]
    assert kinds == ["topic_3", *(label.name for label in MANY.labels)]
    assert [voter.labels for voter in near.voters] == [{"topic_3"}]
    votes = shares(near.votes)
    assert max(votes, key=votes.__getitem__) == "topic_3"


def test_many_labels_without_examples_are_narrowed_by_their_names() -> None:
    labels = (*MANY.labels, Label("lost_card", "stolen or gone"))
    near = found(Choice("intent", labels), "my card was stolen")
    assert labels[-1] in near.candidates
    votes = shares(near.votes)
    assert max(votes, key=votes.__getitem__) == "lost_card"


def test_a_text_that_is_an_example_is_known_and_the_last_word_counts() -> None:
    again = Example("The line\nis DEAD", {"queue": "billing"})
    assert found(QUEUE, " the line is dead ", *EXAMPLES, again).same is again
    assert found(QUEUE, "the line is dead", *EXAMPLES, again, EXAMPLES[0]).same is EXAMPLES[0]
    assert found(QUEUE, "Good morning", *EXAMPLES).same is None
    assert found(QUEUE, "is the line dead", *EXAMPLES).same is None


def test_of_several_labels_each_has_its_own_votes() -> None:
    topics = Choice("topics", (Label("price"), Label("taste")), several=True)
    examples = (
        Example("too expensive", {"topics": ["price"]}),
        Example("expensive and too salty", {"topics": ["price", "taste"]}),
        Example("lovely place", {"topics": []}),
    )
    near = found(topics, "expensive", *examples)
    price, taste = (shares(near.votes_for(label, "yes", "no")) for label in ("price", "taste"))
    assert price["yes"] > 0.9
    assert taste["yes"] < 0.5
