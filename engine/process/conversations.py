"""Conversations between the context and the disk: the next turn is quick after a restart too."""

from __future__ import annotations

from engine.process.context import LlamaContext
from engine.process.jobs import Job
from engine.process.prefixes import Held, Sequences, common_length
from engine.process.states import StateKey, StateStore

WORTH_TOKENS = 64
"""Fewer new tokens are neither written nor read: evaluating them takes about as long."""


class SavedConversations:
    """Brings states back and puts them away, on the scheduler's thread."""

    def __init__(self, store: StateStore, context: LlamaContext, *, model: str, settings: str) -> None:
        """`model` is its fingerprint, `settings` whatever else the bytes of a state depend on."""
        self._store = store
        self._context = context
        self._model = model
        self._settings = settings

    def restore(self, job: Job, sequences: Sequences) -> None:
        """Bring back what the job's conversation held, if that is more than is held here."""
        key = self._key(job.conversation, job.adapter)
        stored = self._store.tokens(key)
        if stored is None:
            return
        common = common_length(stored.tolist(), job.tokens)
        if common < len(stored) and not self._context.forgets_ends:
            return
        if common - sequences.known(job.tokens, job.adapter) >= WORTH_TOKENS:
            self._load(key, job, sequences)

    def _load(self, key: StateKey, job: Job, sequences: Sequences) -> None:
        state = self._store.load(key)
        if state is None or not self._make_room(len(state.tokens), sequences):
            return
        held = sequences.adopt(state.tokens.tolist())
        if not self._context.restore(held.id, state.payload):
            sequences.drop(held)
            self._store.forget(job.conversation)
            return
        held.adapter, held.conversation, held.saved = job.adapter, job.conversation, len(held.tokens)
        sequences.rest(held)

    def _make_room(self, cells: int, sequences: Sequences) -> bool:
        while not sequences.has_free or sequences.cells_used + cells > self._context.cells:
            resting = next(sequences.resting(), None)
            if resting is None:
                return False
            self.save(resting)
            sequences.drop(resting)
        return True

    def save(self, held: Held) -> None:
        """Put away what has come to a conversation since the last time."""
        if held.conversation and len(held.tokens) - held.saved >= WORTH_TOKENS:
            key = self._key(held.conversation, held.adapter)
            self._store.save(key, held.tokens, self._context.state(held.id))
            held.saved = len(held.tokens)

    def _key(self, conversation: str, adapter: object) -> StateKey:
        return StateKey(conversation, self._model, f"{self._settings}; adapter {adapter}")
