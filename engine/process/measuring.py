"""How fast a model reads and writes on this computer, and how far two models agree.

Each model is loaded, measured and freed in turn, so that two never need memory at the same time, and what
else the computer does meanwhile meets both alike.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import cycle, islice
from types import TracebackType
from typing import Any, Self

import numpy as np

from engine.errors import ModelUnsupported
from engine.models.gguf import inspect
from engine.models.values import Speed
from engine.process import memory, threads
from engine.process.llama import LoadedModel, library, log
from engine.process.loading import check_memory
from engine.process.messages import Compare, Compared, Comparing
from engine.process.threads import FixedThreads, ThreadChooser

CONTEXT_TOKENS = 512
CHUNK_TOKENS = 128  # as ModelSettings: what a prompt is evaluated by
READ_TOKENS = 256
WRITE_TOKENS = 24
# Before this much of a text, what comes next is anybody's guess, and agreement says nothing.
LEAD_IN_TOKENS = 4
_SEQUENCE = 0

# What people keep and ask about, in the languages that Carrel is used in most, and two forms that models
# are asked for. Together some 500 tokens.
TEXTS = (
    "Either party may end this agreement with ninety days' written notice to the end of a calendar quarter. "
    "During the first term, which runs until 30 June 2027, the agreement can only be ended for good cause, "
    "in particular when the other party becomes insolvent.",
    "Die Wohnung wird zum 1. März vermietet. Die Miete beträgt 840 Euro im Monat und ist bis zum dritten "
    "Werktag eines jeden Monats zu zahlen. Der Mieter hinterlegt eine Kaution in Höhe von drei "
    "Monatsmieten, die verzinst angelegt wird.",
    "Le conseil municipal s'est réuni le mardi 14 octobre afin d'examiner le budget de l'année prochaine. "
    "Après une longue discussion, les élus ont décidé de rénover l'école primaire et la bibliothèque.",
    "El paciente acude a consulta por dolor de cabeza desde hace tres días. No presenta fiebre. Se "
    "recomienda reposo, beber abundante agua y volver si los síntomas no mejoran en una semana.",
    "会议决定从明年一月起,所有部门每周提交一次工作报告。报告应包括已完成的任务、遇到的问题以及下周的计划。",
    '{"invoice": "2026-0417", "date": "2026-04-17", "customer": "Brightwave Ltd.", "items": [{"name": '
    '"Paper A4", "quantity": 20, "price": 4.90}, {"name": "Toner", "quantity": 2, "price": 61.50}]}',
    "def average(values: list[float]) -> float:\n"
    '    """The arithmetic mean of the values."""\n'
    "    if not values:\n        raise ValueError('no values')\n    return sum(values) / len(values)\n",
)

Cancelled = Callable[[], bool]


def compare(request: Compare, cancelled: Cancelled) -> Iterator[Comparing | Compared]:
    """Measure several models in turn, `rounds` times, and how far each agrees with the first.

    Ends without Compared when cancelled.

    Raises:
        ModelError: one cannot be loaded.
    """
    models = tuple(zip(request.paths, request.repacked or (True,) * len(request.paths), strict=True))
    speeds: list[list[Speed]] = [[] for _ in models]
    favourites: list[list[int]] = []
    chooser = ThreadChooser(threads.choose(0))  # as answers are computed; what it learns serves all models
    steps = [(turn, model) for turn in range(request.rounds) for model in range(len(models))]
    for done, (turn, model) in enumerate(steps):
        yield Comparing(done, len(steps), model)
        if cancelled():
            return
        path, repacked = models[model]
        with Bench(path, chooser, repacked=repacked) as bench:
            speeds[model].append(bench.speed())
            if turn == 0 and request.agreement:
                favourites.append(bench.favourites())
    agreements = tuple(_agreement(favourites[0], found) for found in favourites)
    medians, best = (tuple(_each(of, found) for found in speeds) for of in (statistics.median, max))
    yield Compared(medians, agreements, best)


def _each(of: Callable[[Iterable[float]], float], speeds: Sequence[Speed]) -> Speed:
    return Speed(
        of([speed.reads_per_second for speed in speeds]), of([speed.writes_per_second for speed in speeds])
    )


def _agreement(one: Sequence[int], other: Sequence[int]) -> float:
    return sum(a == b for a, b in zip(one, other, strict=True)) / len(one)


class Bench:
    """A model with a small context of its own, for as long as it is measured."""

    def __init__(self, path: str, chooser: ThreadChooser | FixedThreads, *, repacked: bool = True) -> None:
        """
        Raises:
            ModelError: it cannot be loaded.
        """
        check_memory(inspect(path), CONTEXT_TOKENS, memory.available_bytes())
        self._native = library()
        self._chooser = chooser
        self._model = LoadedModel(path, lambda _done: True, repacked=repacked)
        self._context = self._native.llama_init_from_model(self._model.handle, self._parameters())
        if not self._context:
            self._model.close()
            raise ModelUnsupported(path, log().reason())
        self._memory = self._native.llama_get_memory(self._context)
        self._batch = self._native.llama_batch_init(CONTEXT_TOKENS, 0, 1)
        self._texts = [self._model.tokenize(text, control=False) for text in TEXTS]

    def _parameters(self) -> Any:
        parameters = self._native.llama_context_default_params()
        parameters.n_ctx = parameters.n_batch = CONTEXT_TOKENS
        parameters.n_ubatch = CHUNK_TOKENS
        parameters.no_perf = True
        return parameters

    def speed(self) -> Speed:
        """Tokens a second, reading a prompt and then writing after it. It is read twice, and the quicker
        time counts: loading takes longer than that, and other programs disturb it less. A short one is read
        before, because the first evaluation also touches memory for the first time."""
        prompt = list(islice(cycle(token for text in self._texts for token in text), READ_TOKENS))
        self._read(prompt[:CHUNK_TOKENS])
        reading = min(self._read(prompt) for _ in range(2))
        writing = sum(
            self._evaluate([token], READ_TOKENS + at) for at, token in enumerate(prompt[:WRITE_TOKENS])
        )
        return Speed(READ_TOKENS / reading, WRITE_TOKENS / writing)

    def _read(self, tokens: Sequence[int]) -> float:
        self._native.llama_memory_clear(self._memory, True)
        return self._evaluate(tokens)

    def favourites(self) -> list[int]:
        """The likeliest next token after each of the texts' tokens, the texts being given."""
        return [favourite for text in self._texts for favourite in self._favourites(text)]

    def _favourites(self, text: Sequence[int]) -> Iterator[int]:
        self._native.llama_memory_clear(self._memory, True)
        self._evaluate(text, every=True)
        for at in range(LEAD_IN_TOKENS, len(text)):
            logits = self._native.llama_get_logits_ith(self._context, at)
            yield int(np.ctypeslib.as_array(logits, shape=(self._model.token_count,)).argmax())

    def _evaluate(self, tokens: Sequence[int], start: int = 0, *, every: bool = False) -> float:
        """Evaluate the tokens at position `start` on; the seconds that it took.

        Raises:
            MemoryError: llama.cpp could not compute.
        """
        self._fill_batch(tokens, start, every)
        count = self._chooser.choose(len(tokens))
        self._native.llama_set_n_threads(self._context, count, count)
        began = time.perf_counter()
        outcome = self._native.llama_decode(self._context, self._batch)
        self._native.llama_synchronize(self._context)
        seconds = time.perf_counter() - began
        if outcome != 0:
            raise MemoryError(f"llama_decode returned {outcome}: {log().reason()}")
        self._chooser.measured(len(tokens), count, seconds)
        return seconds

    def _fill_batch(self, tokens: Sequence[int], start: int, every: bool) -> None:
        batch = self._batch
        batch.n_tokens = len(tokens)
        for index, token in enumerate(tokens):
            batch.token[index] = token
            batch.pos[index] = start + index
            batch.n_seq_id[index] = 1
            batch.seq_id[index][0] = _SEQUENCE
            batch.logits[index] = every or index == len(tokens) - 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._native.llama_batch_free(self._batch)
        self._native.llama_free(self._context)
        self._model.close()
