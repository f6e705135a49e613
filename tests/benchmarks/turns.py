"""Two conversations and one batch, taking turns: what it costs to lose what was read.

    python -m tests.benchmarks.turns MODEL.gguf [--server LLAMA_SERVER] [--turns 3] [--rows 4] [--rounds 3]

A turn of the first conversation, some rows of the batch, a turn of the second, some rows, and so on. Both
conversations begin with a report of some six hundred tokens, and the rows with the same instruction.
One `Llama` keeps one prefix, so it reads report and instruction anew at each change.
"""

from __future__ import annotations

import argparse
import time
from contextlib import ExitStack

from engine.values import Message
from tests.benchmarks import materials
from tests.benchmarks.harness import Apart, Machine, Spread, alternate, arguments_of, table, times_faster
from tests.benchmarks.peers import started

CONTEXT_TOKENS = 4096
REPLY_TOKENS = 16


def main() -> None:
    parser = arguments_of(__doc__)
    parser.add_argument("--turns", type=int, default=3)
    parser.add_argument("--rows", type=int, default=4, help="after each turn")
    parser.add_argument("--sentences", type=int, default=24, help="of each report, some 25 tokens each")
    arguments = parser.parse_args()
    machine = Machine()
    with ExitStack() as stack:
        ways = started(arguments, CONTEXT_TOKENS, stack)
        results = alternate(
            {
                name: lambda number, way=way: taking_turns(way, arguments, number)
                for name, way in ways.items()
            },  # type: ignore[misc]
            arguments.rounds,
        )
    print(
        f"{arguments.model.stem}, {arguments.turns} turns of two conversations, {arguments.rows} rows after"
        f" each, {arguments.rounds} rounds; {machine}"
    )
    print(compared(results))


def taking_turns(way: Apart, arguments: argparse.Namespace, number: int) -> tuple[float, float]:
    """The seconds of all, and of the slowest first token of a turn that was not a conversation's first."""
    chats = [list(materials.opening(1000 * number + which, arguments.sentences)) for which in range(2)]
    tickets = materials.tickets(arguments.seed * 1000 + number, 2 * arguments.turns * arguments.rows)
    rows = [materials.sorting(number, ticket) for ticket in tickets]
    waits = []
    began = time.perf_counter()
    for turn in range(arguments.turns):
        for which, chat in enumerate(chats):
            reply = way.call("chat", f"{number} {which}", tuple(chat), REPLY_TOKENS)
            question = materials.QUESTIONS[turn % len(materials.QUESTIONS)]
            chat += [Message("assistant", reply.text), Message("user", question)]
            waits += [reply.first_token_s] if turn else []
            some, rows = rows[: arguments.rows], rows[arguments.rows :]
            way.call("classify", some, materials.LABELS)
    return time.perf_counter() - began, max(waits, default=0.0)


def compared(results: dict[str, list[tuple[float, float]]]) -> str:
    seconds = {name: [one for one, _wait in found] for name, found in results.items()}
    lines = [
        [
            name,
            Spread.of(seconds[name]),
            times_faster(seconds["carrel"], seconds[name]) if "carrel" in seconds else "",
            Spread.of([wait for _one, wait in found]),
        ]
        for name, found in results.items()
    ]
    return table(["way", "seconds", "carrel is × faster", "slowest first token, s"], lines)


if __name__ == "__main__":
    main()
