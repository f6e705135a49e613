"""Shares one context among all requests: a loop on a thread of its own, one batch a step.

Each step evaluates one batch of tokens out of several requests: the prompts that are being read and the
next token of each reply that is being written. Requests join and leave between steps.

- A chat comes before what prepares one, and that before the rows of a batch. While it is served, rows
  wait; a step of rows that is under way when a chat arrives is broken off. Rows that have waited for long
  go along by a few tokens a step.
- A beginning that several requests share is evaluated by the first of them; the others wait for that.
- When cells run out, what rests is forgotten, then rows give up theirs and are read again later.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Protocol

from engine.errors import EngineError, ModelBusy
from engine.process.context import Item, LlamaContext
from engine.process.jobs import RANKS, Job
from engine.process.prefixes import Held, Sequences, common_length
from engine.process.step_sizes import StepSizes
from engine.values import Adapter

ROWS = 32
"""Rows of batches under way at a time: the tokens of a step cost less each the more there are."""
WORTH_WAITING = 2
"""Tokens in common with a prompt that is being read, from which on it is better to wait for them: usually
many wait for the same, and each would evaluate them."""
STARVED_S = 5.0
RIDERS = 1
"""Tokens of rows that go along with each step of a chat, once they have waited for STARVED_S. Each makes the
step of the default model longer by half on two cores."""
TALKING_TOKENS = 32
"""Of a prompt, in a step in which another chat's reply is written: that reply must not stand still."""
SETTLED_S = 2.0
"""Idle for so long, conversations are written to disk."""

BATCH = RANKS["batch"]
INTERACTIVE = RANKS["interactive"]


class Threads(Protocol):
    """How many threads a step computes with, and how long it then took."""

    def choose(self, tokens: int) -> int: ...
    def measured(self, tokens: int, threads: int, seconds: float) -> None: ...


class Adapters(Protocol):
    """LoRA adapters of the context's model."""

    def load(self, adapter: Adapter) -> None:
        """
        Raises:
            AdapterUnfit, ModelDamaged, ModelMissing: it cannot be used with this model.
        """
        ...

    def use(self, adapter: Adapter | None) -> None:
        """Let the next batch be computed with it."""
        ...


class Conversations(Protocol):
    """States of conversations outside of the context."""

    def restore(self, job: Job, sequences: Sequences) -> None:
        """Bring back what the job's conversation held, if that is more than is held here."""
        ...

    def save(self, held: Held) -> None: ...


@dataclass(slots=True)
class Share:
    """One job's part of a batch."""

    job: Job
    items: list[Item]


class Scheduler:
    """`submit` and `close` on any thread. The context and all jobs belong to the scheduler's own."""

    def __init__(
        self,
        context: LlamaContext,
        threads: Threads,
        steps: StepSizes,
        *,
        adapters: Adapters | None = None,
        conversations: Conversations | None = None,
        queue_limit: int = 64,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._context = context
        self._threads = threads
        self._steps = steps
        self._adapters = adapters
        self._conversations = conversations
        self._queue_limit = queue_limit
        self._clock = clock
        self._sequences = Sequences(context)
        self._waiting: list[Job] = []
        self._running: list[Job] = []
        self._rows_served = clock()
        self._changed = threading.Condition()  # guards all below
        self._arrived: list[Job] = []
        self._errands: list[str] = []
        self._forgotten: set[str] = set()
        self._closing = False
        self._failure: Exception | None = None  # what ended the loop, if anything did
        self._step_number = 0
        self._is_computing = False
        self._thread = threading.Thread(target=self._work, name="scheduler", daemon=True)
        self._thread.start()

    def submit(self, job: Job) -> None:
        """
        Raises:
            ModelBusy: as many requests of its priority wait as may.
        """
        with self._changed:
            waiting = sum(other.rank == job.rank for other in (*self._arrived, *self._waiting))
            if waiting >= self._queue_limit:
                raise ModelBusy(waiting)
            if self._failure is not None:
                job.fail(self._failure)
                return
            if self._closing:
                job.end("cancelled")
                return
            self._arrived.append(job)
            self._changed.notify()

    def forget(self, conversation: str) -> None:
        """Nobody will go on with the conversation: what is held of it is dropped, and never put away."""
        with self._changed:
            self._forgotten.add(conversation)
            self._errands.append(conversation)
            self._changed.notify()

    def step(self) -> int | None:
        """The number of the step that is being computed; None between steps."""
        return self._step_number if self._is_computing else None

    def close(self) -> None:
        """End every request as cancelled, and the thread."""
        with self._changed:
            self._closing = True
            self._changed.notify()
        self._thread.join()

    # The loop

    def _work(self) -> None:
        try:
            while self._await_work():
                self._turn()
        except Exception as error:  # the thread's boundary: whoever waits must hear of it
            self._fail_all(error)
        finally:
            self._end()

    def _fail_all(self, error: Exception) -> None:
        with self._changed:
            self._closing, self._failure = True, error
        for job in (*self._running, *self._waiting, *self._arrived):
            job.fail(error)

    def _end(self) -> None:
        for job in (*self._running, *self._waiting, *self._arrived):
            job.end("cancelled")
            job.close()
        self._save(list(self._sequences.resting()))

    def _await_work(self) -> bool:
        """Wait until there is something to do; False when the scheduler is to end."""
        if self._is_idle_for(SETTLED_S):
            self._save(list(self._sequences.resting()))  # not under the lock: nobody waits for a disk
            self._is_idle_for(None)
        with self._changed:
            self._waiting += self._arrived
            self._arrived = []
            return not self._closing

    def _is_idle_for(self, seconds: float | None) -> bool:
        """Wait for something to do, at most so long; whether nothing came."""
        with self._changed:
            return not self._changed.wait_for(self._has_work, seconds)

    def _has_work(self) -> bool:
        return bool(self._arrived or self._waiting or self._running or self._errands or self._closing)

    def _turn(self) -> None:
        self._drop_forgotten()
        self._dismiss()
        self._admit()
        shares = self._plan()
        if shares:
            self._step(shares)
        elif self._running:
            self._make_room()
        elif self._waiting:
            raise AssertionError("requests wait, and none can be admitted")

    def _drop_forgotten(self) -> None:
        with self._changed:
            errands, self._errands = self._errands, []
        for held in list(self._sequences.resting()):
            if held.conversation in errands:
                self._sequences.drop(held)

    # Who runs

    def _dismiss(self) -> None:
        """Let go of jobs that are over, nobody waits for any more, or have had their time."""
        for job in [*self._running, *self._waiting]:
            if not job.over and job.cancelled():
                job.end("cancelled")
            elif not job.over and job.has_overrun:
                job.end("timeout")
            if job.over:
                self._leave(job)

    def _leave(self, job: Job) -> None:
        for jobs in (self._running, self._waiting):
            with suppress(ValueError):
                jobs.remove(job)
        held, job.held = job.held, None
        job.close()
        if held is None:
            return
        # What a row had in common with others, one of them still holds; the rest of it nobody asks for again.
        if job.rank == BATCH and held.shared:
            self._sequences.drop(held)
        else:
            self._sequences.rest(held)

    def _admit(self) -> None:
        self._waiting.sort(key=lambda job: (job.rank, job.arrival))
        for job in list(self._waiting):
            if not self._may_run(job):
                return  # nor may anyone behind it: a small request must not keep a large one waiting
            if not self._is_better_late(job):
                self._waiting.remove(job)
                self._try_to_start(job)

    def _may_run(self, job: Job) -> bool:
        if not self._running:
            return True
        if job.rank == BATCH and not self._wants_rows():
            return False
        while not self._fits(job):
            victim = self._least(above=job.rank)
            if victim is None:
                return False
            self._suspend(victim)
        return True

    def _wants_rows(self) -> bool:
        """Whether another row would find something to do soon: not behind two batches of unread tokens.

        Each row takes cells, and the more cells are in use the longer every token takes.
        """
        rows = [job for job in self._running if job.rank == BATCH]
        unread = sum(job.pending for job in rows)
        return len(rows) < ROWS and unread < 2 * self._steps.rows

    def _fits(self, job: Job) -> bool:
        """Whether there are cells for it beside what runs, and a sequence."""
        needed = len(job.tokens) - self._sequences.known(job.tokens, job.adapter) + job.room
        for other in self._running:
            assert other.held is not None
            needed += other.held.own + other.pending + other.room
        if needed > self._context.cells:
            return False
        return self._sequences.has_free or next(self._sequences.resting(), None) is not None

    def _is_better_late(self, job: Job) -> bool:
        """Whether another request is about to evaluate a good part of its prompt."""
        known = self._sequences.known(job.tokens, job.adapter)
        for other in self._running:
            if other.rank > job.rank or other.adapter != job.adapter or other.held is None:
                continue
            common = common_length(job.tokens, other.tokens)
            if common - known >= WORTH_WAITING and len(other.held.tokens) < common:
                return True
        return False

    def _try_to_start(self, job: Job) -> None:
        try:
            if self._adapters and job.adapter:
                self._adapters.load(job.adapter)
        except EngineError as error:
            job.fail(error)
            self._leave(job)
        else:
            self._start(job)

    def _start(self, job: Job) -> None:
        if self._conversations and job.conversation:
            self._conversations.restore(job, self._sequences)
        if not self._sequences.has_free:
            self._forget(next(self._sequences.resting()))
        job.begin(self._sequences.take(job.tokens[: job.reusable + 1], job.adapter, job.conversation))
        self._running.append(job)
        self._free_cells()

    def _free_cells(self) -> None:
        """Forget what rests until everything that runs has room, chats last and only for chats."""
        wanted = sum(job.pending + job.room for job in self._running)
        for held in list(self._sequences.resting()):
            if self._sequences.cells_used + wanted <= self._context.cells:
                return
            if not held.conversation or not self._only_rows():
                self._forget(held)

    def _only_rows(self) -> bool:
        return all(job.rank == BATCH for job in self._running)

    # A step

    def _plan(self) -> list[Share]:
        """What the next batch evaluates: the requests of the highest rank that runs, with one adapter."""
        running = sorted(self._running, key=lambda job: (job.rank, job.arrival))
        if not running:
            return []
        first = running[0]
        level = [job for job in running if (job.rank, job.adapter) == (first.rank, first.adapter)]
        writing = [job for job in level if job.pending == 1]
        reading = [job for job in level if job.pending != 1]
        budget = self._steps.chat if first.rank == INTERACTIVE else self._steps.rows
        if writing and reading and first.rank == INTERACTIVE:
            budget = min(budget, len(writing) + TALKING_TOKENS)
        shares = self._fill(writing + reading, budget)
        if first.rank == BATCH:
            self._rows_served = self._clock()
        elif not reading and self._clock() - self._rows_served > STARVED_S:
            rows = [job for job in running if (job.rank, job.adapter) == (BATCH, first.adapter)]
            shares += self._fill(rows, RIDERS, self._outputs_left(shares))
        return shares

    def _outputs_left(self, shares: list[Share]) -> int:
        return self._context.outputs - sum(item.wanted for share in shares for item in share.items)

    def _fill(self, jobs: list[Job], budget: int, outputs: int | None = None) -> list[Share]:
        shares = []
        outputs = self._context.outputs if outputs is None else outputs
        for job in jobs:
            if budget <= 0:
                break
            items = job.items(budget, outputs, self._sequences)
            if items:
                shares.append(Share(job, items))
                budget -= len(items)
                outputs -= sum(item.wanted for item in items)
        return shares

    def _step(self, shares: list[Share]) -> None:
        items = [item for share in shares for item in share.items]
        if self._adapters:
            self._adapters.use(shares[0].job.adapter)
        threads = self._threads.choose(len(items))
        self._context.set_threads(threads)
        began = self._step_began = self._clock()
        try:
            outcome = self._context.decode(items, lambda: self._is_in_vain(shares))
        finally:
            self._step_number = 0
        self._is_computing = False
        if outcome == "done":
            self._threads.measured(len(items), threads, self._clock() - began)
            self._hand_out(shares)
            return
        for share in shares:
            share.job.undo(self._sequences)
        if outcome == "full":
            self._make_room()

    def _is_in_vain(self, shares: list[Share]) -> bool:
        """Whether to break off a step: nobody waits for it, or a chat has come while rows are served."""
        if self._closing:
            return True
        if all(share.job.over or share.job.cancelled() for share in shares):
            return True
        first = shares[0].job.rank
        return first != INTERACTIVE and any(job.rank < first for job in self._arrived)

    def _hand_out(self, shares: list[Share]) -> None:
        index = 0
        for share in shares:
            try:
                share.job.took(share.items, self._context, index, self._sequences)
            except Exception as error:  # one request's trouble is not the others'
                share.job.fail(error)
            index += len(share.items)

    # Room

    def _make_room(self) -> None:
        """There is no cell or sequence left, though there should be: give up what matters least."""
        resting = next(self._sequences.resting(), None)
        if resting is not None:
            self._forget(resting)
            return
        victim = self._least(above=INTERACTIVE - 1)
        if victim is None:
            return
        if len(self._running) == 1:
            victim.end("length")  # it has all there is
            self._leave(victim)
        else:
            self._suspend(victim)

    def _least(self, above: int) -> Job | None:
        """The last come of the lowest rank, if that is lower than `above`."""
        job = max(self._running, key=lambda job: (job.rank, job.arrival), default=None)
        return job if job is not None and job.rank > above else None

    def _suspend(self, job: Job) -> None:
        """Take its sequence away; what it has written so far is evaluated again when it goes on."""
        assert job.held is not None
        self._running.remove(job)
        self._waiting.insert(0, job)
        held, job.held = job.held, None
        self._sequences.drop(held)

    def _forget(self, held: Held) -> None:
        self._save([held])
        self._sequences.drop(held)

    def _save(self, resting: list[Held]) -> None:
        if self._conversations:
            for held in resting:
                if held.conversation and held.conversation not in self._forgotten:
                    self._conversations.save(held)
