"""One stream through Carrel and through the plain loop over llama.cpp: reading and writing.

    python -m tests.benchmarks.decode MODEL.gguf [--rounds 5] [--sentences 20] [--tokens 64]

Both read the same prompt and write a greedy reply, with nothing else in the model's memory: with four former
stories at rest there, a small model wrote at .8 of that speed. Carrel's times are those of whoever waits for
the events of its service: reading includes the template and the tokens, writing the way of every piece of
text.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from contextlib import ExitStack

from engine.values import Message
from tests.benchmarks import materials
from tests.benchmarks.harness import Apart, Machine, Spread, alternate, arguments_of, table
from tests.benchmarks.plain_loop import PlainLoop, Speeds
from tests.benchmarks.ways import Carrel, Place, Reply

CONTEXT_TOKENS = 2048
CHUNKS = (128, 256, 512)


def main() -> None:
    parser = arguments_of(__doc__)
    parser.add_argument("--sentences", type=int, default=20, help="of the prompt, some 25 tokens each")
    parser.add_argument("--tokens", type=int, default=64, help="to be written")
    arguments = parser.parse_args()
    place = Place(str(arguments.model), CONTEXT_TOKENS, arguments.threads, arguments.at_once)
    machine = Machine()
    with ExitStack() as stack:
        plain = stack.enter_context(Apart(PlainLoop, place.path, place.context_tokens, place.threads))
        ways = {f"plain loop, chunks of {chunk}": loop(plain, arguments, chunk) for chunk in CHUNKS}
        ways["carrel"] = carrel(stack.enter_context(Apart(Carrel, place)), plain, arguments)
        results = alternate(ways, arguments.rounds)
    print(f"{arguments.model.stem}, {arguments.rounds} rounds; {machine}")
    print(compared(results))


def story(arguments: argparse.Namespace, number: int) -> tuple[Message, ...]:
    text = f"Report {number}.\n{materials.report(number, arguments.sentences)}"
    return (
        Message("system", "You write long stories."),
        Message("user", f"{text}\n\nTell a long story in which all of this happens."),
    )


def loop(plain: Apart, arguments: argparse.Namespace, chunk: int) -> Callable[[int], Speeds]:
    return lambda number: plain.call("speeds", story(arguments, number), chunk, arguments.tokens)


def carrel(way: Apart, plain: Apart, arguments: argparse.Namespace) -> Callable[[int], Speeds]:
    def speeds(number: int) -> Speeds:
        messages = story(arguments, number)
        name = f"story {number}"
        reply: Reply = way.call("chat", name, messages, arguments.tokens)
        way.call("forget", name)
        # The beginning of the template is what it knows from the round before; so little that it is counted.
        read = len(plain.call("tokens", messages)) / reply.first_token_s
        # The first token comes out of the prompt, every other one is evaluated.
        return Speeds(read, (reply.tokens - 1) / (reply.seconds - reply.first_token_s), reply.text)

    return speeds


def compared(results: dict[str, list[Speeds]]) -> str:
    ours = results["carrel"]
    lines = [
        [
            name,
            Spread.of([one.read for one in found]),
            quotient([one.read for one in ours], [one.read for one in found]),
            Spread.of([one.write for one in found]),
            quotient([one.write for one in ours], [one.write for one in found]),
            f"{sum(one.text == other.text for one, other in zip(found, ours, strict=True))}/{len(ours)}",
        ]
        for name, found in results.items()
    ]
    return table(["way", "read tok/s", "carrel ÷", "write tok/s", "carrel ÷", "same text"], lines)


def quotient(ours: Sequence[float], theirs: Sequence[float]) -> Spread:
    return Spread.of([one / other for one, other in zip(ours, theirs, strict=True)])


if __name__ == "__main__":
    main()
