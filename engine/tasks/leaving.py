"""What of a run may not leave this computer: inputs, examples and answers out of collections kept here."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from engine.errors import KeptHere
from engine.tasks.asks import Asks
from engine.tasks.ports import LookUp
from engine.tasks.recipe import Recipe
from engine.tasks.values import Item, RunSource
from engine.values import Answer

Kept = Callable[[str], str]
"""The collection that holds a file, or lies in a folder, and may never leave this computer; “”: none does."""


def check_leaving(item: Item, source: RunSource, kept: Kept) -> None:
    """Raises KeptHere. A row of a table is where its file is."""
    for path in (item.path,) if item.path else source.paths:
        if collection := kept(path):
            raise KeptHere(collection)


def without_kept_examples(recipe: Recipe, store: Asks, kept: Kept) -> Recipe:
    """The recipe without examples out of such collections, or out of inputs that nobody knows any more."""
    kept_texts = set()
    for text, item, source in store.origins_of([example.input for example in recipe.examples]):
        if item is None or source is None or _is_kept(item, source, kept):
            kept_texts.add(text)
    examples = tuple(example for example in recipe.examples if example.input not in kept_texts)
    return recipe if len(examples) == len(recipe.examples) else replace(recipe, examples=examples)


def _is_kept(item: Item, source: RunSource, kept: Kept) -> bool:
    paths: Sequence[str] = (item.path,) if item.path else source.paths
    return any(kept(path) for path in paths)


@dataclass(frozen=True, slots=True)
class LookUpOutside:
    """Implements `engine.tasks.ports.LookUp` where what is looked up goes to a provider.

    Raises KeptHere: the answer rests on a document that may not leave this computer.
    """

    look_up: LookUp
    kept: Kept

    def __call__(self, question: str, collection: str, *, cancelled: Callable[[], bool]) -> Answer:
        answer = self.look_up(question, collection, cancelled=cancelled)
        for source in answer.sources:
            if found := self.kept(source.path):
                raise KeptHere(found)
        return answer
