"""“Make it faster on this computer”: the model laid out or written anew as is quickest here, if worth it.

llama.cpp can rearrange weights for the processor when it loads them. Whether that helps depends on the
format and the processor: with AVX-512, Q4_K reads 1.4 times as fast without, and Q4_0 1.7 times as fast
with it. So both layouts of the same file are measured first: what is gained so costs no disk and no quality.

Where that brings nothing, another format may. Which is quickest depends on the processor too, so it is
tried: a few layers of the model in each candidate, then the whole model in the best, beside what there is.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, replace
from pathlib import Path

from engine.errors import ConversionFailed
from engine.models.conversion import quicker_candidates
from engine.models.folder import ModelFolder, safe_id
from engine.models.gguf import GgufHeader
from engine.models.installed import InstalledModel, InstalledModels
from engine.models.register import Register
from engine.models.values import Measuring, Quickened, Speed
from engine.ports import Worker
from engine.process.messages import Compare, Compared, Comparing, Requantize, Requantizing

ROUNDS = 3
# Layers are alike, so a few stand for all; with fewer, the vocabulary would weigh too much.
TRIAL_LAYERS = 4
# A candidate must be quicker by so much to be taken before a better one: below, it is chance.
NOTICEABLE = 1.05
# Below this nobody would notice the difference, and the file takes its room on the disk.
WORTHWHILE_READING = 1.15
# What is won in reading must not be lost in writing. A second file must lose nothing there but chance;
WORTHWHILE_WRITING = 0.95
# the other layout costs nothing, so it may, if a whole answer comes sooner by more than chance.
WORTHWHILE_ANSWER = 1.10
# A typical answer from documents: most of the evidence (up to 700 tokens) and the question are new to the
# model, its instructions are not; and two or three sentences are written.
ANSWER_READ_TOKENS = 600
ANSWER_WRITTEN_TOKENS = 60
# Steps as they are told: about as long as each other on the default model, a conversion being ten.
_CONVERSION_STEPS = 10

Cancelled = Callable[[], bool]
Workshop = Callable[[], AbstractContextManager[Worker]]
"""Gives a process of its own for one piece of work (`engine.process.workshop`); at the end it is killed."""


class Quickener:
    """Converts, measures and judges. What it is working on is not removed meanwhile, its caller sees to that.

    `lost` are the errors by which a worker tells that its process was ended: expected once cancelled.
    """

    def __init__(
        self,
        installed: InstalledModels,
        folder: ModelFolder,
        register: Register,
        workshop: Workshop,
        lost: tuple[type[Exception], ...],
    ) -> None:
        self._installed = installed
        self._folder = folder
        self._register = register
        self._workshop = workshop
        self._lost = lost

    def run(self, model_id: str, cancelled: Cancelled) -> Iterator[Measuring | Quickened]:
        """Ends without Quickened when it was cancelled; then nothing stays.

        Raises:
            ModelUnknown, ModelError: there is no such model, or it cannot be used.
            ConversionFailed: a quicker form of it is here already, or llama.cpp refuses.
            NotEnoughSpace, ModelUnwritable: the new one cannot be kept.
        """
        try:
            yield from self._run(model_id, cancelled)
        except self._lost:
            if not cancelled():
                raise

    def _run(self, model_id: str, cancelled: Cancelled) -> Iterator[Measuring | Quickened]:
        header = self._installed.header(model_id)
        model = self._installed.get(model_id)
        self._refuse_repetition(model)
        candidates = quicker_candidates(header)
        job = _Job(model, self._folder, self._workshop, cancelled, _Steps(len(candidates)))
        layout = yield from job.compare_layouts()
        if cancelled() or layout is None:
            return
        if layout.worthwhile or not candidates:
            yield layout
        else:
            yield from self._by_conversion(job, header, candidates)

    def _by_conversion(
        self, job: _Job, header: GgufHeader, candidates: tuple[str, ...]
    ) -> Iterator[Measuring | Quickened]:
        quantization = yield from job.choose(candidates)
        if job.cancelled():
            return
        with self._folder.incomplete(header.size_bytes) as written:
            quickened = yield from job.convert_and_compare(quantization, written)
            if job.cancelled() or quickened is None:
                return
            yield self._kept(quickened, written, job.model) if quickened.worthwhile else quickened

    def _refuse_repetition(self, model: InstalledModel) -> None:
        origins = self._register.read().origins
        made = [found for found in self._installed.list() if origins.get(found.id) == model.id]
        if made:
            raise ConversionFailed(model.name, f"a quicker form of it is here already: “{made[0].id}”.")

    def _kept(self, quickened: Quickened, written: Path, model: InstalledModel) -> Quickened:
        taken = {found.id for found in self._installed.list()}
        wanted = safe_id(f"{model.id}-{quickened.quantization.lower()}")
        model_id = self._folder.place(written, wanted, taken)
        self._register.put_origin(model_id, model.id)
        return replace(quickened, id=model_id)


@dataclass(slots=True)
class _Steps:
    """Counts through the whole of it: the layouts, trials, the conversion, the comparison."""

    candidates: int
    done: int = 0

    @property
    def total(self) -> int:
        layouts = comparison = 2 * ROUNDS
        if not self.candidates:
            return layouts
        trials = self.candidates * (1 + ROUNDS) if self.candidates > 1 else 0
        return layouts + trials + _CONVERSION_STEPS + comparison

    def at(self, offset: int, words: str) -> Measuring:
        return Measuring(self.done + offset, self.total, words)


@dataclass(frozen=True, slots=True)
class _Job:
    """One model being quickened."""

    model: InstalledModel
    folder: ModelFolder
    workshop: Workshop
    cancelled: Cancelled
    steps: _Steps

    def compare_layouts(self) -> Generator[Measuring, None, Quickened | None]:
        """The model as it is loaded now, beside the other way of loading it; None when cancelled."""
        repacked = (self.model.repacked, not self.model.repacked)
        words = ("Measuring it as it is", "Measuring it arranged otherwise")
        compared = yield from self._compare([self.model.path] * 2, repacked, words=words)
        return judged_layout(self.model, compared) if compared else None

    def choose(self, candidates: tuple[str, ...]) -> Generator[Measuring, None, str]:
        """The candidate that reads fastest here; of about equally quick ones the first."""
        if len(candidates) == 1:
            return candidates[0]
        trials: list[Path] = []
        try:
            for quantization in candidates:
                trials.append(self.folder.temporary())
                yield from self._convert(quantization, trials[-1], layers=TRIAL_LAYERS, steps=1)
            compared = yield from self._compare(
                trials,
                (True,) * len(trials),
                agreement=False,
                words=tuple(f"Trying {quantization}" for quantization in candidates),
            )
        finally:
            for trial in trials:
                self.folder.discard(trial)
        return _quickest(candidates, compared.speeds) if compared else candidates[0]

    def convert_and_compare(
        self, quantization: str, written: Path
    ) -> Generator[Measuring, None, Quickened | None]:
        yield from self._convert(quantization, written, layers=0, steps=_CONVERSION_STEPS)
        if self.cancelled():
            return None
        words = ("Measuring it as it is", f"Measuring it as {quantization}")
        paths, repacked = [self.model.path, written], (self.model.repacked, True)
        compared = yield from self._compare(paths, repacked, words=words)
        return judged(quantization, compared) if compared else None

    def _convert(
        self, quantization: str, target: Path, *, layers: int, steps: int
    ) -> Generator[Measuring, None, None]:
        words = f"Trying {quantization}" if layers else f"Converting to {quantization}"
        yield self.steps.at(0, words)
        request = Requantize(str(self.model.path), str(target), quantization, layers)
        with self.workshop() as worker:
            for reply in worker.call(request, cancelled=self.cancelled):
                if isinstance(reply, Requantizing) and reply.total:
                    yield self.steps.at(steps * reply.done // (reply.total + 1), words)
        self.steps.done += steps

    def _compare(
        self, paths: list[Path], repacked: tuple[bool, ...], *, agreement: bool = True, words: tuple[str, ...]
    ) -> Generator[Measuring, None, Compared | None]:
        request = Compare(tuple(str(path) for path in paths), ROUNDS, agreement, repacked)
        compared = None
        with self.workshop() as worker:
            for reply in worker.call(request, cancelled=self.cancelled):
                if isinstance(reply, Comparing):
                    yield self.steps.at(reply.done, words[reply.model])
                elif isinstance(reply, Compared):
                    compared = reply
        self.steps.done += ROUNDS * len(paths)
        return compared


def _quickest(candidates: tuple[str, ...], speeds: tuple[Speed, ...]) -> str:
    best, best_speed = candidates[0], speeds[0].reads_per_second
    for candidate, speed in zip(candidates[1:], speeds[1:], strict=True):
        if speed.reads_per_second > best_speed * NOTICEABLE:
            best, best_speed = candidate, speed.reads_per_second
    return best


def judged(quantization: str, compared: Compared) -> Quickened:
    """What the comparison of a model with its conversion says; not kept yet, so without an id."""
    before, after = compared.speeds
    worthwhile = (
        after.reads_per_second >= WORTHWHILE_READING * before.reads_per_second
        and after.writes_per_second >= WORTHWHILE_WRITING * before.writes_per_second
    )
    found = Quickened("", quantization, before, after, compared.agreements[1], worthwhile)
    return found if found.is_alike else replace(found, worthwhile=False)


def judged_layout(model: InstalledModel, compared: Compared) -> Quickened:
    """What the comparison of a model as it is loaded now with the other layout says."""
    before, after = compared.speeds
    # Of some formats there is but one layout: chance alone must not be taken for a gain (it was, by medians).
    worthwhile = is_quicker_layout(before, after) and is_quicker_layout(*compared.best)
    return Quickened(
        "",
        model.quantization,
        before,
        after,
        compared.agreements[1],
        worthwhile,
        kind="layout",
        repacked=not model.repacked,
    )


def is_quicker_layout(before: Speed, after: Speed) -> bool:
    """Whether a person waits noticeably less, for the first word and for the whole answer."""
    reading = after.reads_per_second / before.reads_per_second
    return (
        reading >= WORTHWHILE_READING and answer_seconds(before) / answer_seconds(after) >= WORTHWHILE_ANSWER
    )


def answer_seconds(speed: Speed) -> float:
    """How long a typical answer from documents takes, from question to last word."""
    return ANSWER_READ_TOKENS / speed.reads_per_second + ANSWER_WRITTEN_TOKENS / speed.writes_per_second
