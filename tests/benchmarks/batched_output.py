"""Does a row read the same whether it is written alone or among others? Greedy, row by row.

    python -m tests.benchmarks.batched_output MODEL.gguf [--rows 32] [--at-once 16] [--tokens 48]

llama.cpp computes several rows with other kernels, and in another order, than one, so that logits differ in
their last digits; where two tokens were nearly as likely, the other one may win. Shown: how many rows differ,
where they do, how far the two likeliest tokens were from each other there, and how far the log-probabilities
of the tokens before that differ. As a measure of that noise, the rows are also written one at a time by a
service that evaluates prompts in chunks of another size.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from engine.values import Generated, Sampling, TokenLogprob
from tests.benchmarks import materials
from tests.benchmarks.harness import Apart, arguments_of, table
from tests.benchmarks.ways import Carrel, Messages, Place, at_once, drain, never

CONTEXT_TOKENS = 2048
OTHER_CHUNK = 32


class Writer(Carrel):
    def tokens(self, prompts: Sequence[Messages], count: int, threads: int) -> list[Sequence[TokenLogprob]]:
        """What is written to each prompt, by so many threads at once."""
        sampling = Sampling(max_tokens=count, logprobs=2)

        def write(messages: Messages) -> Sequence[TokenLogprob]:
            done: Generated = drain(
                self.service.handle(self.request(messages, sampling, priority="batch"), never)
            )
            return done.logprobs

        _seconds, written = at_once(write, prompts, threads)
        return written


@dataclass(frozen=True, slots=True)
class Parted:
    """How two writings of one row compare. `token` is the first that differs, None where all agree.

    `gap`: between the two likeliest tokens there, in nats; `drift`: the largest difference of a
    log-probability before that.
    """

    token: int | None
    gap: float
    drift: float


def parted(single: Sequence[TokenLogprob], batched: Sequence[TokenLogprob]) -> Parted:
    drift = 0.0
    for number, (one, other) in enumerate(zip(single, batched, strict=False)):
        if one.text != other.text:
            return Parted(number, gap(one, other.text), drift)
        drift = max(drift, abs(one.logprob - other.logprob))
    shorter = min(len(single), len(batched))
    return Parted(None if len(single) == len(batched) else shorter, 0.0, drift)


def gap(chosen: TokenLogprob, other: str) -> float:
    """How much less likely than the chosen token the other one was; infinite where it was not in sight."""
    found = [logprob for text, logprob in chosen.others if text == other]
    return chosen.logprob - found[0] if found else float("inf")


def main() -> None:
    parser = arguments_of(__doc__)
    parser.add_argument("--rows", type=int, default=32)
    parser.add_argument("--tokens", type=int, default=48)
    parser.set_defaults(at_once=16)
    arguments = parser.parse_args()
    place = Place(str(arguments.model), CONTEXT_TOKENS, arguments.threads, arguments.at_once)
    prompts = [materials.entering(0, order) for order in materials.orders(arguments.seed, arguments.rows)]
    with Apart(Writer, place) as way:
        single = way.call("tokens", prompts, arguments.tokens, 1)
        way.call("restart")  # which forgets the prompts: they shall be read among others too
        batched = way.call("tokens", prompts, arguments.tokens, arguments.at_once)
    with Apart(Writer, replace(place, chunk_tokens=OTHER_CHUNK)) as way:
        chunked = way.call("tokens", prompts, arguments.tokens, 1)
    print(f"{arguments.model.stem}, {arguments.rows} rows of up to {arguments.tokens} tokens")
    for name, other in {f"{arguments.at_once} at once": batched, f"chunks of {OTHER_CHUNK}": chunked}.items():
        print(f"alone and {name}: {shown([parted(*pair) for pair in zip(single, other, strict=True)])}")


def shown(rows: Sequence[Parted]) -> str:
    differing = [row for row in rows if row.token is not None]
    lines: list[Sequence[object]] = [
        [f"row {rows.index(row)}", row.token, f"{row.gap:.4f}", f"{row.drift:.4f}"] for row in differing
    ]
    largest = max(row.drift for row in rows)
    summary = f"{len(differing)} of {len(rows)} rows differ; largest drift of a log-probability {largest:.4f}"
    return "\n".join([summary, table(["", "from token", "gap", "drift before"], lines) if lines else ""])


if __name__ == "__main__":
    main()
