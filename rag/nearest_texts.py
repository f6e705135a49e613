"""The app's side of comparing texts by meaning: sends the reader only what it does not know yet."""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Sequence
from dataclasses import replace
from threading import Lock
from typing import TYPE_CHECKING

from rag.process.messages import RankTexts, TextsRanked
from rag.ranking import closeness

if TYPE_CHECKING:  # rag.ports brings numpy, which the app process does without
    from rag.ports import Worker

# About as much as the embedder reads of one text. What a text is about stands there, and a book would
# take minutes.
RANKED_CHARACTERS = 2_000
KEYS = 8  # lists of texts whose keys are remembered; to make one for 10,000 texts takes some 10 ms


class NearestTexts:
    """Implements `engine.tasks.ports.Nearest`, without knowing it. Usable from any thread.

    Calls are not gathered into one: the embedder takes texts one by one, about 10 ms each for a short one,
    and the pipe a tenth of that.
    """

    def __init__(self, reader: Worker) -> None:
        self._reader = reader
        self._keys: OrderedDict[tuple[tuple[str, ...], ...], str] = OrderedDict()
        self._lock = Lock()
        self._sending = Lock()

    def __call__(
        self,
        texts: Sequence[str],
        among: Sequence[str],
        k: int,
        *,
        centred: bool = False,
        kinds: Sequence[str] = (),
    ) -> list[list[tuple[int, float]]]:
        """For each of `texts` up to `k` (index into `among`, closeness), best first; ties in order.

        `centred`: what all of `among` have in common is taken off first; 0 is then their middle.
        `kinds`, of each of `among`: compared is what sets these apart (centred, too), see `TextRanking`.
        Of a long text its beginning is compared. The vectors of `among` are kept for the next call.

        Raises:
            EmbedderMissing; or the host's error for a reader that died or hung.
        """
        if not texts or not among or k < 1:
            return [[] for _ in texts]
        compared, known = tuple(text[:RANKED_CHARACTERS] for text in texts), tuple(among)
        request = RankTexts(compared, k, self._key(known, tuple(kinds)), centred=centred)
        found = self._ask(request)
        if found.ranked is None:
            with self._sending:  # of many rows at the same moment, one sends them
                found = self._ask(request)
                if found.ranked is None:
                    sent = tuple(text[:RANKED_CHARACTERS] for text in known)
                    found = self._ask(replace(request, among=sent, kinds=tuple(kinds)))
        assert found.ranked is not None
        if centred or kinds:
            return [list(nearest) for nearest in found.ranked]
        return [
            [(index, closeness(cosine, found.embedder)) for index, cosine in nearest]
            for nearest in found.ranked
        ]

    def _ask(self, request: RankTexts) -> TextsRanked:
        *_, last = self._reader.call(request)
        assert isinstance(last, TextsRanked)
        return last

    def _key(self, *lists: tuple[str, ...]) -> str:
        """Names texts and their kinds. Looking them up again is quick: a string keeps its hash."""
        with self._lock:
            if lists not in self._keys:
                self._keys[lists] = "-".join(map(_digest, lists))
            self._keys.move_to_end(lists)
            if len(self._keys) > KEYS:
                self._keys.popitem(last=False)
            return self._keys[lists]


def _digest(texts: Sequence[str]) -> str:
    digest = hashlib.sha256()
    for text in texts:
        encoded = text.encode("utf-8", "surrogatepass")
        digest.update(len(encoded).to_bytes(8, "little") + encoded)
    return digest.hexdigest()
