"""A chat beside a full batch: its first token, its speed, and what is left to the batch.

    python -m tests.benchmarks.crowd MODEL.gguf [--at-once 16] [--rounds 3]

Each round asks the same kind of question on a service with nothing else to do, and on one that writes as many
rows as it can, with more waiting. The bound is 1.5 × idle and one step of the batch: that, once begun, is
computed to its end.
"""

from __future__ import annotations

import argparse
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median

from engine.values import Message, Sampling, TextDelta
from tests.benchmarks import materials
from tests.benchmarks.harness import Apart, Machine, Spread, arguments_of, table
from tests.benchmarks.ways import Carrel, Messages, Place, Reply

CONTEXT_TOKENS = 2048
ROW_TOKENS = 120
REPLY_TOKENS = 24
ALONE_S = 4.0
FULL_S = 120.0  # until every row under way has begun to write
SAME_STEP_S = 0.004  # tokens that come closer together came out of one step


class Crowd(Carrel):
    """Carrel's service with a batch that never ends, as long as it is wanted."""

    def fill(self, prompts: Sequence[Messages]) -> None:
        """Start the batch and wait until it writes."""
        self._stop = threading.Event()
        self._stamps: list[float] = []
        count = self.place.at_once
        self._threads = [
            threading.Thread(target=self._write, args=(prompts[first::count],)) for first in range(count)
        ]
        for thread in self._threads:
            thread.start()
        end = time.monotonic() + FULL_S
        while len(self._stamps) < 2 * count and time.monotonic() < end:
            time.sleep(0.01)

    def _write(self, prompts: Sequence[Messages]) -> None:
        while not self._stop.is_set():
            for messages in prompts:
                request = self.request(
                    messages, Sampling(max_tokens=ROW_TOKENS), priority="batch", schema=materials.SCHEMA
                )
                for event in self.service.handle(request, self._stop.is_set):
                    if isinstance(event, TextDelta):
                        self._stamps.append(time.monotonic())

    def alone(self, seconds: float) -> tuple[float, float]:
        """The batch's tokens a second with nothing beside it, and the seconds of one of its steps."""
        before = len(self._stamps)
        time.sleep(seconds)
        stamps = self._stamps[before:]
        steps = [later - sooner for sooner, later in pairwise(stamps) if later - sooner > SAME_STEP_S]
        return len(stamps) / seconds, median(steps or [0.0])

    def beside(self, messages: Messages) -> tuple[Reply, float]:
        """A chat's reply while the batch goes on, and the batch's tokens a second meanwhile."""
        before = len(self._stamps)
        reply = self.chat("", messages, REPLY_TOKENS)
        return reply, (len(self._stamps) - before) / reply.seconds

    def empty(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()


@dataclass(frozen=True, slots=True)
class Seen:
    """One round: seconds to the first token, tokens a second."""

    idle: Reply
    crowded: Reply
    step_s: float
    batch_alone: float
    batch_beside: float

    @property
    def bound_s(self) -> float:
        return 1.5 * self.idle.first_token_s + self.step_s


def main() -> None:
    parser = arguments_of(__doc__)
    parser.add_argument("--sentences", type=int, nargs="+", default=[0, 6], help="in the question")
    parser.set_defaults(at_once=16)
    arguments = parser.parse_args()
    place = Place(str(arguments.model), CONTEXT_TOKENS, arguments.threads, arguments.at_once)
    machine = Machine()
    with Apart(Crowd, place) as way:
        seen = {
            sentences: [look(way, arguments, sentences, number) for number in range(-1, arguments.rounds)][1:]
            for sentences in arguments.sentences
        }
    print(f"{arguments.model.stem}, {arguments.at_once} rows at once, {arguments.rounds} rounds; {machine}")
    print(shown(seen))


def look(way: Apart, arguments: argparse.Namespace, sentences: int, number: int) -> Seen:
    idle = way.call("chat", "", question(10 * number + sentences, sentences), REPLY_TOKENS)
    orders = materials.orders(arguments.seed * 1000 + number, 8 * arguments.at_once)
    way.call("fill", [materials.entering(number, order) for order in orders])
    batch_alone, step_s = way.call("alone", ALONE_S)
    crowded, batch_beside = way.call("beside", question(10 * number + sentences + 5000, sentences))
    way.call("empty")
    return Seen(idle, crowded, step_s, batch_alone, batch_beside)


def question(number: int, sentences: int) -> tuple[Message, ...]:
    text = f"Note {number}. {materials.report(number, sentences)} Which day suits best for a visit, and why?"
    return (Message("system", "You are a friendly clerk."), Message("user", text))


def shown(seen: dict[int, list[Seen]]) -> str:
    head = [
        "question",
        "idle s",
        "crowded s",
        "÷ bound",
        "step s",
        "chat tok/s",
        "idle",
        "batch tok/s",
        "alone",
    ]
    lines = []
    for sentences, found in seen.items():
        values = (
            [one.idle.first_token_s for one in found],
            [one.crowded.first_token_s for one in found],
            [one.crowded.first_token_s / one.bound_s for one in found],
            [one.step_s for one in found],
            [written(one.crowded) for one in found],
            [written(one.idle) for one in found],
            [one.batch_beside for one in found],
            [one.batch_alone for one in found],
        )
        lines.append([f"{sentences} sentences", *map(Spread.of, values)])
    return table(head, lines)


def written(reply: Reply) -> float:
    """Tokens a second after the first."""
    return (reply.tokens - 1) / (reply.seconds - reply.first_token_s)


if __name__ == "__main__":
    main()
