"""Whether a model suits this computer, in words that a person would say."""

from __future__ import annotations

from dataclasses import dataclass

import psutil

from engine.models.speeds import MeasuredSpeed
from engine.models.values import Fit, Speed, Verdict
from engine.process import memory

# What the system, the app and the reader need beside the model, at the least.
RESERVED_BYTES = 1_500_000_000
# English text in the vocabularies of current models.
WORDS_PER_TOKEN = 0.75
# People read about 4 words a second (Brysbaert 2019: 238 a minute); a model that writes slower keeps
# them waiting.
COMFORTABLE_WORDS_PER_SECOND = 4.0
# Prompts of questions about documents were seen to be 450 to 600 tokens long (rag.settings gives at most 700
# of evidence). And how long somebody looks at a screen before turning to something else.
EVIDENCE_TOKENS = 600
PATIENCE_S = 45.0


@dataclass(frozen=True, slots=True)
class Memory:
    """The computer's memory; None where the system does not say."""

    available_bytes: int | None
    total_bytes: int | None


def memory_now(given_back_bytes: int = 0) -> Memory:
    """The memory as it is. `given_back_bytes`: what the model that is loaded now would make room for."""
    available = memory.available_bytes()
    try:
        total = psutil.virtual_memory().total
    except (psutil.Error, OSError):
        return Memory(available, None)
    return Memory(None if available is None else min(available + given_back_bytes, total), total)


def judge(
    *, size_bytes: int, kv_bytes: int, parameters: int, there_is: Memory, reference: MeasuredSpeed | None
) -> Fit:
    """The fit of a model whose context takes `kv_bytes`.

    `reference` is a speed measured on this computer, of this model or another (`speeds.nearest`). What
    is not free now but could be counts as “slow”: it runs once other programs have been closed.
    """
    needed = size_bytes + kv_bytes + memory.WORKSPACE_BYTES
    speed = reference.scaled(size_bytes, parameters) if reference else None
    verdict = _verdict(needed, there_is, speed)
    return Fit(
        verdict=verdict,
        needed_bytes=needed,
        available_bytes=there_is.available_bytes,
        reads_per_second=speed.reads_per_second if speed else None,
        writes_per_second=speed.writes_per_second if speed else None,
        words=_words(verdict, needed, there_is, speed),
    )


def _verdict(needed: int, there_is: Memory, speed: Speed | None) -> Verdict:
    if there_is.total_bytes is not None and needed > there_is.total_bytes - RESERVED_BYTES:
        return "too_large"
    if _must_wait_for_memory(needed, there_is) or (speed is not None and _is_slow(speed)):
        return "slow"
    return "fits"


def _must_wait_for_memory(needed: int, there_is: Memory) -> bool:
    return there_is.available_bytes is not None and needed > there_is.available_bytes


def _is_slow(speed: Speed) -> bool:
    return _words_per_second(speed) < COMFORTABLE_WORDS_PER_SECOND or _first_word_s(speed) > PATIENCE_S


def _words_per_second(speed: Speed) -> float:
    return speed.writes_per_second * WORDS_PER_TOKEN


def _first_word_s(speed: Speed) -> float:
    return EVIDENCE_TOKENS / speed.reads_per_second


def _words(verdict: Verdict, needed: int, there_is: Memory, speed: Speed | None) -> str:
    need = f"Needs {gigabytes(needed)} of memory"
    if verdict == "too_large" and there_is.total_bytes is not None:
        return f"{need}; this computer has {gigabytes(there_is.total_bytes)}."
    free = "" if there_is.available_bytes is None else f"; {gigabytes(there_is.available_bytes)} are free"
    if _must_wait_for_memory(needed, there_is):
        return f"{need}{free} now. Close other programs first."
    return f"{need}{free}.{_speed_words(speed) if speed else ''}"


def _speed_words(speed: Speed) -> str:
    words = round(_words_per_second(speed))
    pace = "less than a word" if words < 1 else "about one word" if words == 1 else f"about {words} words"
    wait = _duration(_first_word_s(speed))
    return f" Writes {pace} a second, and begins an answer from documents after {wait}."


def _duration(seconds: float) -> str:
    """Rounded as people say it: an estimate deserves no more figures."""
    if seconds < 1.5:
        return "about a second"
    if seconds < 10:
        return f"about {round(seconds)} seconds"
    if seconds < 90:
        return f"about {5 * round(seconds / 5)} seconds"
    return f"about {round(seconds / 60)} minutes"


def gigabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.1f} GB"
