"""How sure a model is while it writes: log-probabilities of what it said and of what it might have said."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from engine.values import Confidence


class Doubts:
    """Watches one generation. Call `before` with the logits of each token, then `drawn` with the token."""

    def __init__(self, alternative: int) -> None:
        """`alternative` is the token with which the model would decline."""
        self._alternative = alternative
        self._logprobs: NDArray[np.float32] | None = None
        self._alternative_logprob: float | None = None
        self._lowest = 0.0
        self._sum = 0.0
        self._count = 0

    def before(self, logits: NDArray[np.float32]) -> None:
        """`(vocabulary,)` float32."""
        self._logprobs = log_softmax(logits)
        if self._alternative_logprob is None:
            self._alternative_logprob = float(self._logprobs[self._alternative])

    @property
    def logprobs(self) -> NDArray[np.float32]:
        """All log-probabilities of the token that is to be drawn; after `before`."""
        assert self._logprobs is not None
        return self._logprobs

    def drawn(self, token: int, *, ends: bool = False) -> None:
        """`ends`: the token ends the reply, and is none of its words."""
        assert self._logprobs is not None
        logprob = float(self._logprobs[token])
        self._lowest = min(self._lowest, logprob)
        if not ends:
            self._sum += logprob
            self._count += 1

    @property
    def confidence(self) -> Confidence | None:
        """None until a token was to be drawn."""
        if self._alternative_logprob is None:
            return None
        mean = self._sum / self._count if self._count else 0.0
        return Confidence(self._alternative_logprob, self._lowest, mean)


class Weighing:
    """How likely a model finds a stretch of its prompt; `took` is told of its tokens in any order."""

    def __init__(self, positions: range) -> None:
        """`positions` of the stretch in the prompt, of which the first token is no part."""
        self.positions = positions
        self._logprobs: dict[int, float] = {}

    def wants(self, position: int) -> bool:
        """Whether the logits after the token at `position` are needed."""
        return position + 1 in self.positions

    def took(self, position: int, token: int, logits: NDArray[np.float32]) -> None:
        """`token` stands at `position`; `logits` are those after the token before it."""
        greatest = logits.max()
        whole = greatest + np.log(np.exp(logits - greatest).sum())
        self._logprobs[position] = float(logits[token] - whole)

    @property
    def mean(self) -> float | None:
        """None until all of the stretch is known."""
        if not self.positions or len(self._logprobs) < len(self.positions):
            return None
        return sum(self._logprobs.values()) / len(self._logprobs)


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Natural log-probabilities; a logit of -inf stays what it is."""
    shifted = np.asarray(logits - logits.max(), dtype=np.float32)
    shifted -= np.log(np.exp(shifted).sum())  # in place: half the time, and it is done for every token
    return shifted
