"""How soon a long conversation goes on: its next turn, and the same after a restart of the service.

    python -m tests.benchmarks.next_turn MODEL.gguf [--tokens 3000] [--rounds 3]

“anew” is the first turn, with nothing known; then the next turn; then the service is closed and another one
built over the same folder of states, the model is loaded, and the turn after that is asked for. A model with
a smaller context than the conversation needs gets a conversation that fits.
"""

from __future__ import annotations

from dataclasses import dataclass

from engine.models.gguf import inspect
from engine.values import Message
from tests.benchmarks import materials
from tests.benchmarks.harness import Apart, Machine, Spread, arguments_of, table, times_faster
from tests.benchmarks.ways import Carrel, Place, Reply

CONTEXT_TOKENS = 4096
ROOM_TOKENS = 512  # for the turns after the first
TOKENS_OF_SENTENCE = 26
REPLY_TOKENS = 16


@dataclass(frozen=True, slots=True)
class Waits:
    """Seconds to the first token; and those that a restart took to load the model."""

    anew: float
    next: float
    restarted: float
    loading: float


def main() -> None:
    parser = arguments_of(__doc__)
    parser.add_argument("--tokens", type=int, default=3000)
    arguments = parser.parse_args()
    path = str(arguments.model)
    context = min(CONTEXT_TOKENS, inspect(path).context_tokens or CONTEXT_TOKENS)
    sentences = min(arguments.tokens, context - ROOM_TOKENS) // TOKENS_OF_SENTENCE
    machine = Machine()
    with Apart(Carrel, Place(path, context, arguments.threads, arguments.at_once)) as way:
        waits = [
            conversation(way, arguments.seed * 100 + number, sentences) for number in range(arguments.rounds)
        ]
    print(f"{arguments.model.stem}, {sentences} sentences, {arguments.rounds} conversations; {machine}")
    print(compared(waits))


def conversation(way: Apart, number: int, sentences: int) -> Waits:
    messages = list(materials.opening(number, sentences))
    first = turn(way, number, messages)
    second = turn(way, number, messages)
    loading_s = way.call("restart")
    third = turn(way, number, messages)
    return Waits(first.first_token_s, second.first_token_s, third.first_token_s, loading_s)


def turn(way: Apart, number: int, messages: list[Message]) -> Reply:
    reply: Reply = way.call("chat", f"conversation {number}", tuple(messages), REPLY_TOKENS)
    messages += [
        Message("assistant", reply.text),
        Message("user", materials.QUESTIONS[len(messages) % len(materials.QUESTIONS)]),
    ]
    return reply


def compared(waits: list[Waits]) -> str:
    anew = [one.anew for one in waits]
    ways = {
        "anew": anew,
        "next turn": [one.next for one in waits],
        "restarted": [one.restarted for one in waits],
    }
    lines = [[name, Spread.of(found), times_faster(found, anew)] for name, found in ways.items()]
    loading = ["(loading the model)", Spread.of([one.loading for one in waits]), ""]
    return table(["", "first token, s", "× faster than anew"], [*lines, loading])


if __name__ == "__main__":
    main()
