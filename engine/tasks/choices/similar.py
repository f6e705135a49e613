"""What a recipe's examples and the labels' own words say of a text, before a model is asked."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from engine.tasks.ports import Nearest
from engine.tasks.recipe import Choice, Example, Label, Recipe

# Beyond so many labels a small model loses its way, and reading them all takes longer than finding the few
# that come near: they are narrowed to CANDIDATES. On 1,925 texts of banking77's training part (77 labels, 5
# examples of each) the right label was among the nearest 8 for .97 of the texts.
MOST_LABELS = 12
CANDIDATES = 8
# So many of the nearest examples have a vote.
VOTERS = 64
# How much closer an example must be to count e times as much. On the same texts .07, .1 and .15 are as good.
CLOSER = 0.1
# With many labels what sets them apart is compared, on which all are less close. The votes are then too
# unsure of what they say, and counted twice (log-likelihood of the right label -0.87 instead of -1.6).
CLOSER_APART = 0.12
SURER = 2.0
# As close as one text in ten of another label is there.
UNLIKE = 0.2


@dataclass(frozen=True, slots=True)
class Voter:
    """An example that is near: the labels that it has, and how close it is."""

    labels: frozenset[str]
    closeness: float


@dataclass(frozen=True, slots=True)
class Similar:
    """`candidates` are the labels worth asking about, in the choice's order; `shown` examples to show the
    model: with many labels the nearest, the nearest last. `votes`: of each label the log of its share; None
    where there is nothing to go by. `same`: the last example that is this very text."""

    candidates: tuple[Label, ...]
    shown: tuple[Example, ...]
    votes: Mapping[str, float] | None
    voters: tuple[Voter, ...]
    same: Example | None = None

    @property
    def known(self) -> bool:
        """Whether each candidate has an example among the nearest: what the labels mean need not be told."""
        voted = frozenset[str]().union(*(voter.labels for voter in self.voters))
        return all(label.name in voted for label in self.candidates)

    def votes_for(self, label: str, yes: str, no: str) -> Mapping[str, float] | None:
        """Of one label among several that may apply: the logs of how much says yes, and no."""
        if not self.voters:
            return None
        return _shares(
            {
                yes: _heard([voter for voter in self.voters if label in voter.labels], self.voters),
                no: _heard([voter for voter in self.voters if label not in voter.labels], self.voters),
            }
        )


def similar(choice: Choice, recipe: Recipe, text: str, nearest: Nearest) -> Similar:
    """Asks for the nearest examples, and with many labels for the nearest of these."""
    examples = _telling(choice, recipe)
    alike = _among_few if len(choice.labels) <= MOST_LABELS else _among_many
    return alike(choice, examples, recipe.settings.examples_shown, text, nearest)


def _among_few(
    choice: Choice, examples: Sequence[Example], shown: int, text: str, nearest: Nearest
) -> Similar:
    near = _near_examples(examples, text, nearest)
    voters = _voters(choice, examples, near)
    votes = _shares(_heard_of(choice, voters, CLOSER)) if voters else None
    same = _same(text, examples, near)
    return Similar(choice.labels, _spread(choice, examples, shown), votes, voters, same)


def _among_many(
    choice: Choice, examples: Sequence[Example], shown: int, text: str, nearest: Nearest
) -> Similar:
    """A label's name is one more example of it."""
    near, names = _near_examples_and_names(choice, examples, text, nearest)
    voters = _voters(choice, examples, near)
    if voters:
        heard = _heard_of(choice, (*voters, *names), CLOSER_APART)
        votes = _shares({label: SURER * count for label, count in heard.items()})
    else:
        votes = _shares(_heard_of(choice, names, CLOSER))
    nearest_last = tuple(examples[index] for index, _ in reversed(near[:shown]))
    same = _same(text, examples, near)
    return Similar(_candidates(choice, votes), nearest_last, votes, voters, same)


def _spread(choice: Choice, examples: Sequence[Example], most: int) -> tuple[Example, ...]:
    """The same examples for every text, so that a model reads them once: of each label in turn the newest."""
    of_label = [
        [example for example in reversed(examples) if label.name in labels_of(example.output[choice.name])]
        for label in choice.labels
    ]
    turns = [example for turn in zip_longest(*of_label) for example in turn if example is not None]
    distinct = {id(example): example for example in turns}
    return tuple(distinct.values())[:most]


def _same(text: str, examples: Sequence[Example], near: Sequence[tuple[int, float]]) -> Example | None:
    """Of those that are near: nothing is nearer than the text itself."""
    wanted = _plain(text)
    indices = [index for index, _ in near if _plain(examples[index].input) == wanted]
    return examples[max(indices)] if indices else None


def _plain(text: str) -> str:
    return " ".join(text.split()).casefold()


def _telling(choice: Choice, recipe: Recipe) -> list[Example]:
    return [example for example in recipe.examples if example.output.get(choice.name) is not None]


def _near_examples(examples: Sequence[Example], text: str, nearest: Nearest) -> Sequence[tuple[int, float]]:
    if not examples:
        return ()
    (near,) = nearest([text], [example.input for example in examples], VOTERS, centred=True)
    return near


def _near_examples_and_names(
    choice: Choice, examples: Sequence[Example], text: str, nearest: Nearest
) -> tuple[Sequence[tuple[int, float]], tuple[Voter, ...]]:
    """The nearest examples, and how close the text is to what the labels say of themselves."""
    among = [*(example.input for example in examples), *map(spoken, choice.labels)]
    kinds = ["\n".join(sorted(labels_of(example.output[choice.name]))) for example in examples]
    kinds += [label.name for label in choice.labels]
    (found,) = nearest([text], among, VOTERS, kinds=kinds)
    near = [(index, closeness) for index, closeness in found if index < len(examples)]
    names = tuple(
        Voter(frozenset((choice.labels[index - len(examples)].name,)), closeness)
        for index, closeness in found
        if index >= len(examples)
    )
    return near, names


def _voters(
    choice: Choice, examples: Sequence[Example], near: Sequence[tuple[int, float]]
) -> tuple[Voter, ...]:
    return tuple(
        Voter(labels_of(examples[index].output[choice.name]), closeness) for index, closeness in near
    )


def spoken(label: Label) -> str:
    """“card_arrival” as a person would say it, with its description."""
    name = " ".join(label.name.replace("_", " ").split())
    return f"{name}: {label.description}" if label.description else name


def _heard_of(choice: Choice, voters: Sequence[Voter], closer: float) -> Mapping[str, float]:
    """The log of what the voters of each label count."""
    return {
        label.name: _heard([voter for voter in voters if label.name in voter.labels], voters, closer)
        for label in choice.labels
    }


def _heard(voices: Sequence[Voter], voters: Sequence[Voter], closer: float = CLOSER) -> float:
    """The log of what these voices count together; for none, as much as the furthest voter of all.

    There may be examples that are further away still, or none yet: about such a label they say little.
    """
    if voices:
        return _log_sum([voter.closeness / closer for voter in voices])
    furthest = min((voter.closeness for voter in voters), default=0.0)
    return min(furthest, UNLIKE) / closer


def labels_of(value: str | Iterable[str]) -> frozenset[str]:
    """The labels that an example's value names."""
    return frozenset((value,) if isinstance(value, str) else value)


def _candidates(choice: Choice, votes: Mapping[str, float]) -> tuple[Label, ...]:
    best = sorted(choice.labels, key=lambda label: -votes[label.name])[:CANDIDATES]
    return tuple(label for label in choice.labels if label in best)


def _shares(scores: Mapping[str, float]) -> Mapping[str, float]:
    whole = _log_sum(list(scores.values()))
    return {name: score - whole for name, score in scores.items()}


def _log_sum(values: Sequence[float]) -> float:
    """log(Σ exp(values)), without overflow."""
    greatest = max(values)
    return greatest + math.log(sum(math.exp(value - greatest) for value in values))
