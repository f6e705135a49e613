"""Labels that are being compared as the reply to a prompt."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

from engine.process.context import Item, LlamaContext
from engine.process.jobs import Job
from engine.process.labels import LabelTree, Node
from engine.process.prefixes import Sequences
from engine.values import LabelScore, LabelsScored


class Scoring(Job):
    """Replies: PromptProgress…, LabelsScored. A cancelled one ends without the latter.

    After the prompt, the ways to the places where labels part are evaluated as branches of one tree: a
    token that several branches have in common belongs to all their sequences, and is evaluated once.
    """

    def __init__(self, prompt: list[int], labels: Sequence[str], tree: LabelTree, **request: Any) -> None:
        """`request`: what every `Job` is made with."""
        super().__init__(prompt, **request)
        self._labels = labels
        self._tree = tree
        self._choices = tree.choices()
        self._covered = 0.0
        self._branches: dict[Node, int] = {}  # under way: the outermost nodes and their sequences
        self._nodes: list[Node] = []  # under way, in the order of the batch

    @property
    def room(self) -> int:
        return sum(node.depth for node in self._choices[:8])

    @property
    def pending(self) -> int:
        return super().pending or len(self._choices)

    def reached(self, context: LlamaContext, index: int) -> None:
        logits = context.logits(index)
        self._covered = self._tree.covered(logits)
        if self._tree.root.is_choice:
            self._tree.choose(self._tree.root, logits)
        if not self._choices:
            self._score()

    def items(self, budget: int, outputs: int, sequences: Sequences) -> list[Item]:
        if super().pending:
            return super().items(budget, outputs, sequences)
        self._branch(budget, outputs, sequences)
        start, wanted = len(self.tokens) - 1, self._wanted()
        return [
            Item(node.token, start + node.depth, self._through(node), wanted=node in wanted)
            for node in self._nodes
        ]

    def _branch(self, budget: int, outputs: int, sequences: Sequences) -> None:
        """Choose as many of the remaining choices as fit into one batch, and give each branch a sequence."""
        assert self.held is not None
        nodes: dict[Node, None] = {}
        for choice in self._choices[:outputs]:
            way = dict.fromkeys(choice.way())
            if len(nodes | way) > budget or not sequences.has_free:
                break
            nodes |= way
            parent = choice.parent
            if parent in self._branches:  # it goes on where that one ended
                self._branches[choice] = self._branches.pop(parent)
            else:
                self._branches[choice] = sequences.lend_from(self.held, len(self.tokens))
        self._nodes = sorted(nodes, key=lambda node: node.depth)

    def _through(self, node: Node) -> tuple[int, ...]:
        return tuple(number for tip, number in self._branches.items() if node in tip.way())

    def _wanted(self) -> set[Node]:
        return set(self._choices) & set(self._nodes)

    def took(self, items: list[Item], context: LlamaContext, index: int, sequences: Sequences) -> None:
        if not self._nodes:
            super().took(items, context, index, sequences)
            return
        for at, (node, item) in enumerate(zip(self._nodes, items, strict=True)):
            if item.wanted:
                self._tree.choose(node, context.logits(index + at))
        done = self._wanted()
        self._choices = [choice for choice in self._choices if choice not in done]
        self._end_branches(sequences)
        if not self._choices:
            self._score()

    def undo(self, sequences: Sequences) -> None:
        self._end_branches(sequences)
        super().undo(sequences)

    def _end_branches(self, sequences: Sequences) -> None:
        sequences.give_back(list(self._branches.values()))
        self._branches, self._nodes = {}, []

    def _score(self) -> None:
        probabilities = self._tree.probabilities()
        self.finish(
            LabelsScored(
                tuple(LabelScore(*pair) for pair in zip(self._labels, probabilities, strict=True)),
                self._covered,
                self.prompt_tokens,
                self.cached_tokens,
                time.perf_counter() - self.began,
            )
        )

    def end(self, reason: Any) -> None:
        self.finish()
