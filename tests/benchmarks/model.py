"""How quickly a model reads and writes here, through Carrel's own session and through `llama_cpp.Llama`.

    python -m tests.benchmarks.model MODEL.gguf [--chunks 64 128 512] [--rounds 5]

All ways read the same prompt and write the same greedy answer, in turns: on a computer with other work
single runs differ by more than the ways do (35 and 87 tok/s were seen for the same one), so a round asks
each way once and the medians are compared, with the range beside them.
"""

from __future__ import annotations

import argparse
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from typing import Any

from engine.process.messages import Generate, Load, Unload
from engine.process.service import ModelService
from engine.settings import ModelSettings
from engine.values import Generated, Message, Sampling

TEXT = (
    "The harbour office opens at seven in the morning and closes when the last ferry has left. Captains "
    "report their cargo by radio; the clerk writes it into a ledger that has been kept since 1904. "
)
ANSWER_TOKENS = 24
CONTEXT_TOKENS = 2048
THREADS = 2

Speeds = tuple[float, float]  # tokens a second, read and written


def messages(number: int) -> tuple[Message, ...]:
    """A prompt that no other number shares more than the template's beginning with."""
    return (Message("user", f"Round {number}. {TEXT * 11}\nTell a long story about this harbour."),)


def never() -> bool:
    return False


def drain(events: Iterator[Any]) -> Any:
    """The last event."""
    *_, last = events
    return last


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def carrel(service: ModelService, path: str, number: int) -> Speeds:
    request = Generate(path, CONTEXT_TOKENS, messages(number), Sampling(max_tokens=ANSWER_TOKENS), THREADS)
    done: Generated = drain(service.handle(request, never))
    read = done.prompt_tokens - done.cached_tokens
    # The first token is drawn from the prompt, the others are each evaluated: one fewer than written.
    return read / done.prompt_seconds, (done.completion_tokens - 1) / done.completion_seconds


def high_level(model: Any, number: int) -> Speeds:
    chat = [{"role": message.role, "content": message.text} for message in messages(number)]
    stamps = [time.perf_counter()]
    for chunk in model.create_chat_completion(
        chat, max_tokens=ANSWER_TOKENS, temperature=0.0, repeat_penalty=1.0, stream=True
    ):
        if "content" in chunk["choices"][0]["delta"]:
            stamps.append(time.perf_counter())
    written = len(stamps) - 1
    prompt = model.n_tokens - written
    return prompt / (stamps[1] - stamps[0]), (written - 1) / (stamps[-1] - stamps[1])


def compare(path: str, chunks: list[int], rounds: int) -> None:
    from llama_cpp import Llama

    ways: dict[str, Callable[[int], Speeds]] = {}
    services = {size: ModelService(ModelSettings(chunk_tokens=size)) for size in chunks}
    for size, service in services.items():
        ways[f"chunks of {size}"] = lambda number, service=service: carrel(service, path, number)  # type: ignore[misc]
    model = Llama(path, n_ctx=CONTEXT_TOKENS, n_threads=THREADS, n_threads_batch=THREADS, verbose=False)
    ways["llama_cpp.Llama"] = lambda number: high_level(model, number)
    results: dict[str, list[Speeds]] = {name: [] for name in ways}
    for number in range(-1, rounds):  # the first round warms up
        for name, way in ways.items():
            speeds = way(number)
            if number >= 0:
                results[name].append(speeds)
    for name, all_speeds in results.items():
        print(f"{name:16} read {spread(all_speeds, 0)}, write {spread(all_speeds, 1)} tok/s")
    model.close()
    for service in services.values():
        service.close()


def spread(speeds: list[Speeds], which: int) -> str:
    values = [speed[which] for speed in speeds]
    return f"{median(values):6.1f} ({min(values):.1f}–{max(values):.1f})"


def load(path: str) -> None:
    """Loading from the disk and from the system's cache, and what memory it takes."""
    for label in ("cold", "warm"):
        if label == "cold":
            forget(path)
        service = ModelService(ModelSettings())
        loaded = drain(service.handle(Load(path, CONTEXT_TOKENS, THREADS), never))
        took = resident_mb()
        drain(service.handle(Unload(), never))
        print(f"load {label}: {loaded.seconds:.2f} s, {took:.0f} MB resident, {resident_mb():.0f} MB after")


def forget(path: str) -> None:
    """Ask the system to drop the file from its cache; it does unless another process has it mapped."""
    with Path(path).open("rb") as file:
        os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)


def cancel(path: str, chunks: list[int]) -> None:
    """Seconds from the wish to stop reading to the last event."""
    for size in chunks:
        service = ModelService(ModelSettings(chunk_tokens=size))
        drain(service.handle(Load(path, CONTEXT_TOKENS, THREADS), never))
        late = [_late(service, path, moment / 10) for moment in range(3, 13)]
        middle, worst = median(late) * 1000, max(late) * 1000
        print(f"cancel in chunks of {size}: median {middle:.0f} ms, worst of {len(late)} {worst:.0f} ms")
        service.close()


def _late(service: ModelService, path: str, after_s: float) -> float:
    request = Generate(path, CONTEXT_TOKENS, messages(int(after_s * 1000)), Sampling(), THREADS)
    end = time.monotonic() + after_s
    done = drain(service.handle(request, lambda: time.monotonic() > end))
    assert done.reason == "cancelled"
    return time.monotonic() - end


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--chunks", type=int, nargs="+", default=[64, 128, 512])
    parser.add_argument("--rounds", type=int, default=5)
    arguments = parser.parse_args()
    load(arguments.model)
    compare(arguments.model, arguments.chunks, arguments.rounds)
    cancel(arguments.model, arguments.chunks)


if __name__ == "__main__":
    main()
