"""The scheduler over a context without a model: who runs, who waits, what is evaluated, what is given up."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from engine.errors import AdapterUnfit, ModelBusy
from engine.process.context import LlamaContext
from engine.process.jobs import Job, Reading
from engine.process.prefixes import Held
from engine.process.scheduler import STARVED_S, Scheduler
from engine.process.step_sizes import StepSizes
from engine.process.threads import FixedThreads
from engine.values import Adapter, Priority, PromptProgress
from tests.fakes.context import FakeContext

WAIT_S = 10.0


class Counting(Job):
    """Writes `count` tokens, each one more than the one before; its last reply is all of them."""

    def __init__(self, prompt: list[int], count: int, priority: Priority = "batch", **request: Any) -> None:
        super().__init__(list(prompt), priority=priority, **{"cancelled": never} | request)
        self.count = count
        self.closed = False

    @property
    def room(self) -> int:
        return self.count - self.written

    @property
    def written(self) -> int:
        return len(self.tokens) - self.prompt_tokens

    def reached(self, context: LlamaContext, index: int) -> None:
        if self.written < self.count:
            self.tokens.append(int(context.logits(index).argmax()))
        else:
            self.end("done")

    def end(self, reason: Any) -> None:
        self.finish((reason, self.tokens[self.prompt_tokens :]))

    def close(self) -> None:
        self.closed = True


class Clock:
    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Kept:
    """Conversations that were put away."""

    def __init__(self) -> None:
        self.saved: list[tuple[str, int]] = []
        self.settled = threading.Event()

    def restore(self, job: Job, sequences: Any) -> None:
        pass

    def save(self, held: Held) -> None:
        self.saved.append((held.conversation, len(held.tokens)))
        self.settled.set()


def never() -> bool:
    return False


@pytest.fixture
def context() -> FakeContext:
    return FakeContext()


@pytest.fixture
def clock() -> Clock:
    return Clock()


Make = Callable[..., Scheduler]


@pytest.fixture
def make(context: FakeContext, clock: Clock) -> Iterator[Make]:
    made: list[Scheduler] = []

    def one(**settings: Any) -> Scheduler:
        steps = settings.pop("steps", StepSizes(context.chunk_tokens, context.chunk_tokens))
        made.append(Scheduler(context, FixedThreads(2), steps, clock=clock, **settings))  # type: ignore[arg-type]
        return made[-1]

    yield one
    for scheduler in made:
        if context.gate:
            context.gate.release(10_000)
        scheduler.close()


def result(job: Job) -> Any:
    *_, last = job.replies()
    return last


def run_together(scheduler: Scheduler, jobs: list[Job]) -> list[Any]:
    for job in jobs:
        scheduler.submit(job)
    return [result(job) for job in jobs]


def expected(prompt: list[int], count: int) -> tuple[str, list[int]]:
    return "done", [(prompt[-1] + step) % 64 for step in range(1, count + 1)]


def test_one_request_gets_what_follows_its_prompt(make: Make, context: FakeContext) -> None:
    prompt = list(range(40))
    assert result_of(make(), Counting(prompt, 5)) == expected(prompt, 5)
    assert [len(batch) for batch in context.batches[:3]] == [16, 16, 8]
    assert context.threads == 2


def result_of(scheduler: Scheduler, job: Job) -> Any:
    scheduler.submit(job)
    return result(job)


def test_progress_counts_what_was_known_and_ends_with_the_prompt(make: Make) -> None:
    scheduler = make()
    prompt = list(range(40))
    result_of(scheduler, Counting(prompt, 1))
    job = Counting(prompt, 1)
    scheduler.submit(job)
    steps = [event for event in job.replies() if isinstance(event, PromptProgress)]
    assert steps == [PromptProgress(39, 40, 39), PromptProgress(40, 40, 39)]


def test_many_requests_share_batches_and_get_what_each_gets_alone(make: Make, context: FakeContext) -> None:
    context.gate = threading.Semaphore(0)
    scheduler = make()
    jobs = [Counting([60 - number, number], 6) for number in range(6)]
    for job in jobs:
        scheduler.submit(job)
    context.gate.release(1000)
    assert [result(job) for job in jobs] == [expected([60 - number, number], 6) for number in range(6)]
    assert max(len({item.sequences for item in batch}) for batch in context.batches) == 6


def test_a_common_beginning_is_evaluated_once(make: Make, context: FakeContext) -> None:
    beginning = [number % 50 for number in range(80)]
    jobs: list[Job] = [Counting([*beginning, 51, number], 1) for number in range(6)]
    results = run_together(make(), jobs)
    assert results == [("done", [(number + 1) % 64]) for number in range(6)]
    # the beginning, and for each job two tokens of its own (perhaps the last common one) and the one it wrote
    assert len(beginning) + 6 * 3 <= context.evaluated <= len(beginning) + 6 * 4


def test_a_chat_comes_before_rows_and_breaks_off_their_step(make: Make, context: FakeContext) -> None:
    context.gate = threading.Semaphore(0)
    scheduler = make()
    rows = [Counting([number, *range(30)], 3) for number in range(40, 43)]
    for row in rows:
        scheduler.submit(row)
    chat = Counting(list(range(20, 50)), 3, "interactive")
    scheduler.submit(chat)
    context.gate.release(6)  # two for its prompt, three for its words, one more
    assert result(chat) == expected(list(range(20, 50)), 3)
    context.gate.release(1000)
    assert [result(row)[0] for row in rows] == ["done"] * 3
    chatted = [index for index, batch in enumerate(context.batches) if 49 in [item.token for item in batch]]
    assert chatted[0] <= 2  # one step of rows may have been through before the chat came


def test_rows_that_have_waited_long_go_along_with_a_chat(
    make: Make, context: FakeContext, clock: Clock
) -> None:
    context.gate = threading.Semaphore(0)
    scheduler = make()
    row, chat = Counting([5, 6], 2), Counting([7, 8], 30, "interactive")
    scheduler.submit(chat)
    scheduler.submit(row)
    context.gate.release(5)
    wait_until(lambda: len(context.batches) == 5)
    assert all(len(batch) <= 2 for batch in context.batches)
    clock.now += STARVED_S + 1
    context.gate.release(15)
    assert result(row) == expected([5, 6], 2)
    assert not chat.over
    context.gate.release(1000)
    assert result(chat)[0] == "done"


def wait_until(condition: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(1000):
        if condition():
            return
        waiting.wait(0.01)
    raise AssertionError("it did not happen")


def test_a_reply_does_not_stand_still_while_another_chat_is_read(make: Make, context: FakeContext) -> None:
    context.chunk_tokens = 64
    context.gate = threading.Semaphore(0)
    scheduler = make()
    talking = Counting([1, 2], 20, "interactive")
    scheduler.submit(talking)
    context.gate.release(3)
    wait_until(lambda: len(context.batches) == 3)
    scheduler.submit(Counting(list(range(60)) * 2, 1, "interactive"))
    context.gate.release(1000)
    result(talking)
    mixed = [batch for batch in context.batches if len({item.sequences for item in batch}) == 2]
    assert mixed and all(len(batch) <= 1 + 32 for batch in mixed)


@pytest.mark.parametrize(("priority", "largest"), [("interactive", 4), ("prepare", 12), ("batch", 12)])
def test_a_chat_is_read_in_smaller_steps_than_what_nobody_watches(
    make: Make, context: FakeContext, priority: Priority, largest: int
) -> None:
    reading = Counting(list(range(30)), 1, priority)
    make(steps=StepSizes(chat=4, rows=12)).submit(reading)
    result(reading)
    assert max(len(batch) for batch in context.batches) == largest


def test_when_cells_run_out_rows_give_way_and_lose_nothing(make: Make, context: FakeContext) -> None:
    context.gate = threading.Semaphore(0)
    scheduler = make()
    rows = [Counting([*range(number, number + 50)], 4) for number in range(4)]
    for row in rows:
        scheduler.submit(row)
    context.gate.release(6)
    wait_until(lambda: len(context.batches) == 6)
    chat = Counting([number % 64 for number in range(200)], 20, "interactive")
    scheduler.submit(chat)
    context.gate.release(10_000)
    assert result(chat) == expected([199 % 64], 20)
    assert [result(row) for row in rows] == [expected([number + 49], 4) for number in range(4)]


def test_a_row_that_outgrows_its_room_goes_on_when_there_is_some(make: Make, context: FakeContext) -> None:
    class Modest(Counting):
        room = 0  # it does not say how much it will write

    jobs: list[Job] = [Modest([number, number + 1], 90) for number in range(6)]
    assert run_together(make(), jobs) == [expected([number + 1], 90) for number in range(6)]


def test_a_request_alone_that_needs_more_than_there_is_ends(make: Make) -> None:
    class Modest(Counting):
        room = 0

    reason, written = result_of(make(), Modest([1, 2], 400))
    assert reason == "length"
    assert 200 < len(written) <= 256


def test_more_rows_than_sequences_are_all_served(make: Make) -> None:
    jobs: list[Job] = [Counting([number % 60, 3], 3) for number in range(40)]
    assert run_together(make(), jobs) == [expected([3], 3)] * 40


def test_too_many_waiting_requests_are_refused_but_a_chat_gets_through(
    make: Make, context: FakeContext
) -> None:
    context.gate = threading.Semaphore(0)
    scheduler = make(queue_limit=3)
    refused = 0
    rows = []
    for number in range(50):
        row = Counting([number, 1], 1)
        try:
            scheduler.submit(row)
            rows.append(row)
        except ModelBusy as busy:
            assert busy.waiting == 3
            refused += 1
    assert refused > 0
    chat = Counting([9, 9], 1, "interactive")
    scheduler.submit(chat)
    context.gate.release(10_000)
    assert result(chat)[0] == "done"
    assert {result(row)[0] for row in rows} == {"done"}


def test_a_cancelled_request_ends_at_once_and_the_others_go_on(make: Make, context: FakeContext) -> None:
    context.gate = threading.Semaphore(0)
    scheduler = make()
    wish = threading.Event()
    cancelled, other = Counting([1, 2], 50, cancelled=wish.is_set), Counting([3, 4], 5)
    scheduler.submit(cancelled)
    scheduler.submit(other)
    wish.set()
    assert result(cancelled)[0] == "cancelled"  # although no step has been through
    context.gate.release(1000)
    assert result(other) == expected([3, 4], 5)
    wait_until(lambda: cancelled.closed)


def test_a_request_nobody_listens_to_any_more_is_dropped(make: Make, context: FakeContext) -> None:
    scheduler = make()
    job = Counting([1, 2], 200)
    scheduler.submit(job)
    replies = job.replies()
    next(replies)
    replies.close()  # type: ignore[attr-defined]
    wait_until(lambda: job.closed)
    assert result_of(scheduler, Counting([3, 4], 2)) == expected([3, 4], 2)


def test_a_request_that_takes_too_long_ends_with_what_it_has(make: Make) -> None:
    reason, written = result_of(make(), Counting([1, 2], 10**6, timeout_s=0.05))
    assert reason in ("timeout", "length") and written


def test_a_failing_request_fails_alone(make: Make) -> None:
    class Failing(Counting):
        def reached(self, context: LlamaContext, index: int) -> None:
            raise ValueError("no")

    scheduler = make()
    failing, other = Failing([1, 2], 3), Counting([3, 4], 3)
    scheduler.submit(failing)
    scheduler.submit(other)
    with pytest.raises(ValueError, match="no"):
        result(failing)
    assert result(other) == expected([3, 4], 3)


def test_out_of_memory_reaches_everyone_who_waits(make: Make, context: FakeContext) -> None:
    def fail(*_: Any) -> Any:
        raise MemoryError("llama_decode returned -2")

    context.decode = fail  # type: ignore[method-assign]
    with pytest.raises(MemoryError):
        result_of(make(), Counting([1, 2], 3))


def test_after_its_loop_has_failed_it_says_so_to_whoever_comes_later(make: Make) -> None:
    scheduler = make()

    def broken() -> None:
        raise RuntimeError("a bug")

    scheduler._admit = broken  # type: ignore[method-assign]
    for _ in range(2):
        with pytest.raises(RuntimeError, match="a bug"):
            result_of(scheduler, Counting([1, 2], 3))


def test_a_chat_gets_through_while_conversations_are_put_away(make: Make) -> None:
    begun, go_on = threading.Event(), threading.Event()

    class Slow(Kept):
        def save(self, held: Held) -> None:
            begun.set()
            assert go_on.wait(WAIT_S)

    scheduler = make(conversations=Slow())
    result_of(scheduler, Counting([1, 2, 3], 2, "interactive", conversation="a"))
    assert begun.wait(WAIT_S)
    submitted = threading.Thread(target=scheduler.submit, args=(Counting([4, 5], 1),))
    submitted.start()
    submitted.join(1.0)
    assert not submitted.is_alive()
    go_on.set()


def test_adapters_are_used_for_their_own_requests_only(make: Make, context: FakeContext) -> None:
    class Adapters:
        used: Adapter | None = None

        def load(self, adapter: Adapter) -> None:
            if adapter.path == "bad":
                raise AdapterUnfit(adapter.path, "no")

        def use(self, adapter: Adapter | None) -> None:
            self.used = adapter

    adapters = Adapters()
    seen: dict[int, set[Adapter | None]] = {}

    class Noting(Counting):
        def reached(self, context: LlamaContext, index: int) -> None:
            seen.setdefault(self.tokens[0], set()).add(adapters.used)
            super().reached(context, index)

    one, two = Adapter("one"), Adapter("two")
    scheduler = make(adapters=adapters)
    jobs: list[Job] = [
        Noting([first, 5], 3, adapter=adapter) for first, adapter in ((1, one), (2, two), (3, None), (4, one))
    ]
    run_together(scheduler, jobs)
    assert seen == {1: {one}, 2: {two}, 3: {None}, 4: {one}}
    with pytest.raises(AdapterUnfit):
        result_of(scheduler, Noting([1, 2], 1, adapter=Adapter("bad")))
    assert result_of(scheduler, Noting([7, 8], 1))[0] == "done"


def test_an_idle_scheduler_puts_conversations_away_but_not_forgotten_ones(make: Make) -> None:
    kept = Kept()
    scheduler = make(conversations=kept)
    result_of(scheduler, Counting([1, 2, 3], 2, "interactive", conversation="gone"))
    scheduler.forget("gone")
    result_of(scheduler, Counting([4, 5, 6], 2, "interactive", conversation="stays"))
    assert kept.settled.wait(WAIT_S)
    scheduler.close()
    assert {name for name, _ in kept.saved} == {"stays"}


def test_reading_alone_leaves_the_prompt_known(make: Make, context: FakeContext) -> None:
    scheduler = make()
    prompt = list(range(50))
    job = Reading(list(prompt), priority="prepare", cancelled=never)
    assert isinstance(result_of(scheduler, job), PromptProgress)
    before = context.evaluated
    assert result_of(scheduler, Counting([*prompt, 60], 1, "interactive")) == ("done", [61])
    assert context.evaluated - before == 2


def test_closing_ends_what_runs_as_cancelled(make: Make, context: FakeContext) -> None:
    context.gate = threading.Semaphore(0)
    scheduler = make()
    job = Counting([1, 2], 5)
    scheduler.submit(job)
    scheduler.close()
    assert result(job)[0] == "cancelled"
    late = Counting([1, 2], 5)
    scheduler.submit(late)
    assert result(late)[0] == "cancelled"
