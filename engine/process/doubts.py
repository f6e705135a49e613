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

    def before(self, logits: NDArray[np.float32]) -> None:
        """`(vocabulary,)` float32."""
        self._logprobs = log_softmax(logits)
        if self._alternative_logprob is None:
            self._alternative_logprob = float(self._logprobs[self._alternative])

    def drawn(self, token: int) -> None:
        assert self._logprobs is not None
        self._lowest = min(self._lowest, float(self._logprobs[token]))

    @property
    def confidence(self) -> Confidence | None:
        """None until a token was to be drawn."""
        if self._alternative_logprob is None:
            return None
        return Confidence(self._alternative_logprob, self._lowest)


def log_softmax(logits: NDArray[np.float32]) -> NDArray[np.float32]:
    """Natural log-probabilities; a logit of -inf stays what it is."""
    shifted = logits - logits.max()
    return np.asarray(shifted - np.log(np.exp(shifted).sum()), dtype=np.float32)
