"""Labels as a tree of tokens, and how likely each is as a reply.

Objective: the probability of each label given that the reply is one of them, by the model's own
probabilities. At every place where labels part, the model chooses among the ways that lead to a label, and
a label's probability is the product of the choices on its way: what greedy or sampled writing would do if
it could write nothing but a label. Tokens that all remaining labels share are no choice and count nothing,
so a long label is not worse for its length, and nothing has to be evaluated for them but on the way to a
later choice.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from engine.errors import LabelsUnfit

LABEL_LIMIT = 512
TOKEN_LIMIT = 48
"""Tokens of one label: with those of its way to a choice it must go into one batch."""


@dataclass(slots=True, eq=False)
class Node:
    """A place in the tree: what has been written so far. `label` ends here, if not negative."""

    token: int = -1
    depth: int = 0  # tokens written
    parent: Node | None = None
    children: dict[int, Node] = field(default_factory=dict)
    label: int = -1
    share: float = 0.0  # natural log-probability of coming here from the parent
    ending: float = 0.0  # and of ending here

    @property
    def is_choice(self) -> bool:
        return len(self.children) + (self.label >= 0) > 1

    def way(self) -> list[Node]:
        """The nodes from the first token to this one."""
        nodes: list[Node] = []
        node: Node | None = self
        while node is not None and node.parent is not None:
            nodes.append(node)
            node = node.parent
        return nodes[::-1]


class LabelTree:
    """The labels of one request."""

    def __init__(self, labels: Sequence[Sequence[int]], endings: Sequence[int]) -> None:
        """`labels`: the tokens of each; `endings`: the tokens that end a reply.

        Raises:
            LabelsUnfit: none, too many, empty, two equal, or one too long.
        """
        if not 1 <= len(labels) <= LABEL_LIMIT:
            raise LabelsUnfit(f"there are {len(labels)}; between 1 and {LABEL_LIMIT} it must be")
        self.root = Node()
        self._endings = list(endings)
        self._ends: list[Node] = []
        for number, tokens in enumerate(labels):
            self._add(number, tokens)

    def _add(self, number: int, tokens: Sequence[int]) -> None:
        if not 1 <= len(tokens) <= TOKEN_LIMIT:
            raise LabelsUnfit(
                f"number {number + 1} is {len(tokens)} tokens long; 1 to {TOKEN_LIMIT} it may be"
            )
        node = self.root
        for token in tokens:
            if token not in node.children:
                node.children[token] = Node(token, node.depth + 1, node)
            node = node.children[token]
        if node.label >= 0:
            raise LabelsUnfit(f"numbers {node.label + 1} and {number + 1} are the same")
        node.label = number
        self._ends.append(node)

    def choices(self) -> list[Node]:
        """The places beyond the first token where labels part, depth first."""
        return [node for node in self._walk(self.root) if node.is_choice and node is not self.root]

    def choose(self, node: Node, logits: NDArray[np.float32]) -> None:
        """Share out what leads to `node`, a choice, among its ways by the `(vocabulary,)` logits there."""
        ways = list(node.children.values())
        scores = [float(logits[way.token]) for way in ways]
        if node.label >= 0:
            scores.append(_log_sum(logits[self._endings]))
        whole = _log_sum(np.array(scores))
        for way, score in zip(ways, scores, strict=False):
            way.share = score - whole
        if node.label >= 0:
            node.ending = scores[-1] - whole

    def covered(self, logits: NDArray[np.float32]) -> float:
        """How likely a reply begins as a label does, by the logits of its first token; 0..1."""
        firsts = logits[list(self.root.children)]
        return float(np.exp(_log_sum(firsts) - _log_sum(logits)))

    def probabilities(self) -> list[float]:
        """Of each label, once every choice has been made; they add up to 1."""
        return [float(np.exp(sum(step.share for step in node.way()) + node.ending)) for node in self._ends]

    def _walk(self, node: Node) -> Iterator[Node]:
        yield node
        for child in node.children.values():
            yield from self._walk(child)


def _log_sum(values: NDArray[np.float32]) -> float:
    """log(Σ exp(values)), without overflow."""
    greatest = values.max()
    return float(greatest + np.log(np.exp(values - greatest).sum()))
