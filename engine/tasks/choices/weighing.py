"""Labels weighed for a text of any length: by the model, piece by piece, and by the nearest examples."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from engine.errors import PromptTooLong
from engine.tasks.pieces import Piece, over_pieces
from engine.tasks.ports import TaskModel
from engine.values import LabelsScored, Message, Tokens

LEAST_SHARE = 1e-6

Shares = Mapping[str, float]
Ask = Callable[[str], LabelsScored | None]


@dataclass(frozen=True, slots=True)
class Weighed:
    """A piece of a text with the share of each label, and `covered` as of `LabelsScored`."""

    piece: Piece
    shares: Shares
    covered: float


@dataclass(slots=True)
class Asking:
    """Asks a model for labels, and counts what that took. For one input, on one thread."""

    model: TaskModel
    cancelled: Callable[[], bool]
    asked: int = 0
    tokens: Tokens = field(default_factory=Tokens)

    @property
    def used(self) -> str:
        """The model's name, where it was asked at all."""
        return self.model.name if self.asked else ""

    def weigh(
        self, messages: Sequence[Message], labels: Sequence[str], simpler: Sequence[Message] = ()
    ) -> LabelsScored | None:
        """None when cancelled. `simpler` messages are sent where these do not fit."""
        try:
            scored = self.model.score(messages, labels, cancelled=self.cancelled)
        except PromptTooLong:
            if not simpler:
                raise
            scored = self.model.score(simpler, labels, cancelled=self.cancelled)
        if scored is not None:
            self.asked += 1
            self.tokens = replace(
                self.tokens,
                prompt=self.tokens.prompt + scored.prompt_tokens,
                cached=self.tokens.cached + scored.cached_tokens,
            )
        return scored


def weighed(text: str, ask: Ask) -> list[Weighed] | None:
    """What `ask` says of each piece of the text that holds anything; None when cancelled.

    Raises:
        PromptTooLong: the instructions alone leave no room.
    """
    found = over_pieces(text, lambda piece: _weighed(piece, ask))
    return None if found is None else [each for _, each in found if each.piece.text.strip()]


def _weighed(piece: Piece, ask: Ask) -> Weighed | None:
    if not piece.text.strip():
        return Weighed(piece, {}, 0.0)
    scored = ask(piece.text)
    if scored is None:
        return None
    return Weighed(piece, {score.label: score.probability for score in scored.scores}, scored.covered)


def together(pieces: Sequence[Weighed]) -> tuple[Shares, float]:
    """The shares of the labels over all pieces, and how much is covered: each counts by its length.

    Where the model had something else to say than a label, a piece counts by how little it had.
    """
    lengths = [piece.piece.end - piece.piece.start for piece in pieces]
    weights = [
        max(piece.covered, LEAST_SHARE) * length for piece, length in zip(pieces, lengths, strict=True)
    ]
    shares = {
        label: sum(weight * piece.shares[label] for weight, piece in zip(weights, pieces, strict=True))
        / sum(weights)
        for label in pieces[0].shares
    }
    covered = sum(p.covered * length for p, length in zip(pieces, lengths, strict=True)) / sum(lengths)
    return shares, covered


@dataclass(frozen=True, slots=True)
class View:
    """What one way of asking says of a text: shares, and `covered`; `part` is what it counts, an exponent."""

    shares: Shares
    covered: float
    part: float


def combined(views: Sequence[View], votes: Mapping[str, float] | None = None, part: float = 1.0) -> Shares:
    """The shares of all views and the votes (given as logs), multiplied, each with its exponent; they add up
    to 1."""
    logs = {
        label: part * (votes[label] if votes else 0.0)
        + sum(view.part * math.log(max(view.shares[label], LEAST_SHARE)) for view in views)
        for label in views[0].shares
    }
    greatest = max(logs.values())
    powers = {label: math.exp(value - greatest) for label, value in logs.items()}
    whole = sum(powers.values())
    return {label: power / whole for label, power in powers.items()}
