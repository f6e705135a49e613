"""How quickly a model reads and writes here, through Carrel's own session and through `llama_cpp.Llama`.

    python -m tests.benchmarks.model MODEL.gguf [--chunks 64 128 512]

Times the same prompt and the same greedy answer both ways, loading, cancelling, and memory.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from engine.process.messages import Generate, Load, Unload
from engine.process.service import ModelService
from engine.settings import ModelSettings
from engine.values import Generated, Message, PromptProgress, Sampling

TEXT = (
    "The harbour office opens at seven in the morning and closes when the last ferry has left. Captains "
    "report their cargo by radio; the clerk writes it into a ledger that has been kept since 1904. "
)
ANSWER_TOKENS = 48
CONTEXT_TOKENS = 4096


def messages() -> tuple[Message, ...]:
    return (Message("user", TEXT * 14 + "\nTell a long story about this harbour."),)


def resident_mb() -> float:
    return int(Path("/proc/self/statm").read_text().split()[1]) * 4096 / 1e6


def drain(events: Iterator[Any]) -> Any:
    """The last event."""
    *_, last = events
    return last


def never() -> bool:
    return False


def carrel(path: str, chunk_tokens: int) -> None:
    service = ModelService(ModelSettings(chunk_tokens=chunk_tokens))
    loaded = drain(service.handle(Load(path, CONTEXT_TOKENS), never))
    request = Generate(path, CONTEXT_TOKENS, messages(), Sampling(max_tokens=ANSWER_TOKENS))
    done: Generated = drain(service.handle(request, never))
    read = done.prompt_tokens - done.cached_tokens
    print(
        f"chunk {chunk_tokens:4}: load {loaded.seconds:5.2f} s, read {read / done.prompt_seconds:6.1f} tok/s"
        f" ({read} tokens), write {done.completion_tokens / done.completion_seconds:6.1f} tok/s,"
        f" {resident_mb():.0f} MB"
    )
    latencies = [cancel(service, request, moment) for moment in (0.3, 0.7, 1.1, 1.5, 1.9)]
    print(f"            cancelled while reading within {max(latencies) * 1000:.0f} ms (worst of 5)")
    drain(service.handle(Unload(), never))
    print(f"            after unloading {resident_mb():.0f} MB")


def cancel(service: ModelService, request: Generate, after_s: float) -> float:
    """Seconds from the wish to stop to the last event."""
    different = (Message("system", f"{after_s}"), *request.messages)
    end = time.monotonic() + after_s
    fresh = Generate(request.path, request.context_tokens, different, request.sampling)
    events = service.handle(fresh, lambda: time.monotonic() > end)
    for event in events:
        assert isinstance(event, PromptProgress | Generated)
    return time.monotonic() - end


def high_level(path: str) -> None:
    from llama_cpp import Llama

    began = time.perf_counter()
    model = Llama(path, n_ctx=CONTEXT_TOKENS, n_threads=2, n_threads_batch=2, verbose=False)
    loaded = time.perf_counter() - began
    chat: Any = [{"role": message.role, "content": message.text} for message in messages()]
    first = read_s = 0.0
    count = 0
    began = time.perf_counter()
    for chunk in model.create_chat_completion(chat, max_tokens=ANSWER_TOKENS, temperature=0.0, stream=True):
        if "content" in chunk["choices"][0]["delta"]:
            count += 1
            if not first:
                first = time.perf_counter()
                read_s = first - began
    wrote_s = time.perf_counter() - first
    prompt = model.n_tokens - count
    print(
        f"high level: load {loaded:5.2f} s, read {prompt / read_s:6.1f} tok/s ({prompt} tokens),"
        f" write {(count - 1) / wrote_s:6.1f} tok/s, {resident_mb():.0f} MB"
    )
    model.close()


def timed(label: str, work: Callable[[], None]) -> None:
    began = time.perf_counter()
    work()
    print(f"            ({label}: {time.perf_counter() - began:.1f} s)")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("model")
    parser.add_argument("--chunks", type=int, nargs="+", default=[64, 128, 512])
    arguments = parser.parse_args()
    for chunk_tokens in arguments.chunks:
        timed("all", lambda size=chunk_tokens: carrel(arguments.model, size))  # type: ignore[misc]
    timed("all", lambda: high_level(arguments.model))


if __name__ == "__main__":
    main()
