"""“Make it faster”, with a workshop that says what it is told to: what is kept, when, what stays behind."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from engine.errors import ConversionFailed, ModelUnknown
from engine.models.folder import ModelFolder
from engine.models.installed import InstalledModels
from engine.models.quickening import (
    ANSWER_READ_TOKENS,
    ANSWER_WRITTEN_TOKENS,
    ROUNDS,
    TRIAL_LAYERS,
    Quickener,
    answer_seconds,
    judged,
)
from engine.models.register import Register, reference_to
from engine.models.values import Measuring, Quickened, Speed
from engine.process.messages import Compare, Compared, Comparing, Requantize, Requantized, Requantizing
from tests.fakes.gguf import STRING, UINT32, small_model

BEFORE = Speed(80, 20)
TYPES = {"Q4_0": 2, "Q4_K_M": 15}
Q4_1 = 3


class LostError(Exception):
    """The workshop's process has been ended."""


def never() -> bool:
    return False


@dataclass
class FakeWorkshop:
    """Converts to small files; `speeds` by format, the original's under “”, not repacked “stored”."""

    speeds: dict[str, Speed] = field(default_factory=dict)
    best: tuple[Speed, ...] = ()
    requests: list[Any] = field(default_factory=list)
    open: int = 0
    lost_at: Callable[[Any], bool] = lambda _request: False
    _formats: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def __call__(self) -> Iterator[FakeWorkshop]:
        self.open += 1
        try:
            yield self
        finally:
            self.open -= 1

    def call(
        self, request: Any, *, timeout_s: float | None = None, cancelled: Callable[[], bool] = never
    ) -> Iterator[Any]:
        self.requests.append(request)
        if isinstance(request, Requantize):
            yield from self._convert(request)
        else:
            yield from self._compare(request)

    def _convert(self, request: Requantize) -> Iterator[Any]:
        target = Path(request.target)
        target.write_bytes(b"half")
        yield Requantizing(1, 2)
        if self.lost_at(request):
            raise LostError
        small_model().set("general.file_type", UINT32, TYPES[request.quantization]).write(target)
        self._formats[request.target] = request.quantization
        yield Requantizing(2, 2)
        yield Requantized(request.target, 4, 0.1)

    def _compare(self, request: Compare) -> Iterator[Any]:
        for done in range(request.rounds * len(request.paths)):
            yield Comparing(done, request.rounds * len(request.paths), done % len(request.paths))
        if self.lost_at(request):
            raise LostError
        formats = [
            self._formats.get(path, "" if repacked else "stored")
            for path, repacked in zip(request.paths, request.repacked, strict=True)
        ]
        agreements = tuple(0.94 if name else 1.0 for name in formats) if request.agreement else ()
        speeds = tuple(self.speeds.get(name, BEFORE) for name in formats)
        yield Compared(speeds, agreements, self.best or speeds)


@pytest.fixture
def workshop() -> FakeWorkshop:
    return FakeWorkshop(speeds={"": BEFORE, "Q4_0": Speed(130, 21), "Q4_K_M": Speed(100, 20)})


@pytest.fixture
def quickener(
    installed: InstalledModels, folder: ModelFolder, register: Register, workshop: FakeWorkshop
) -> Quickener:
    small_model().set("general.file_type", UINT32, Q4_1).write(folder.file("mine"))
    return Quickener(installed, folder, register, workshop, (LostError,))


def files(folder: ModelFolder) -> list[str]:
    return sorted(path.name for path in folder.path.iterdir())


def test_the_quickest_form_is_kept_beside_the_original(
    quickener: Quickener, installed: InstalledModels, workshop: FakeWorkshop
) -> None:
    *_, found = quickener.run("mine", never)
    assert found == Quickened("mine-q4_0", "Q4_0", BEFORE, Speed(130, 21), 0.94, worthwhile=True)
    made = installed.get("mine-q4_0")
    assert (made.derived_from, made.quantization) == ("mine", "Q4_0")
    assert installed.get("mine").derived_from == ""
    assert workshop.open == 0


def test_each_candidate_is_tried_on_a_few_layers_and_one_converted_whole(
    quickener: Quickener, workshop: FakeWorkshop
) -> None:
    list(quickener.run("mine", never))
    tried, last = workshop.requests[1:4], workshop.requests[4:]
    assert [(request.quantization, request.layers) for request in tried[:2]] == [
        ("Q4_K_M", TRIAL_LAYERS),
        ("Q4_0", TRIAL_LAYERS),
    ]
    assert [(request.quantization, request.layers) for request in last[:1]] == [("Q4_0", 0)]
    assert (last[1].rounds, last[1].agreement) == (ROUNDS, True)


def test_where_there_is_one_candidate_nothing_is_tried(
    quickener: Quickener, folder: ModelFolder, workshop: FakeWorkshop
) -> None:
    small_model().set("general.file_type", UINT32, TYPES["Q4_K_M"]).write(folder.file("mine"))
    *progress, found = quickener.run("mine", never)
    assert isinstance(found, Quickened)
    assert found.quantization == "Q4_0"
    assert [type(request) for request in workshop.requests] == [Compare, Requantize, Compare]
    assert progress[-1].done + 1 == progress[-1].total  # type: ignore[union-attr]


def test_of_equally_quick_forms_the_better_is_taken(quickener: Quickener, workshop: FakeWorkshop) -> None:
    workshop.speeds |= {"Q4_K_M": Speed(128, 21)}
    *_, found = quickener.run("mine", never)
    assert isinstance(found, Quickened)
    assert (found.id, found.quantization) == ("mine-q4_k_m", "Q4_K_M")


@pytest.mark.parametrize(
    "after", [Speed(90, 22), Speed(130, 15)], ids=["hardly quicker", "slower at writing"]
)
def test_what_is_not_worth_it_is_said_and_leaves_nothing(
    quickener: Quickener, folder: ModelFolder, workshop: FakeWorkshop, after: Speed
) -> None:
    workshop.speeds |= {"Q4_0": after, "Q4_K_M": Speed(50, 20)}
    *_, found = quickener.run("mine", never)
    assert found == Quickened("", "Q4_0", BEFORE, after, 0.94, worthwhile=False)
    assert files(folder) == ["mine.gguf"]


@pytest.mark.parametrize(("agreement", "kept"), [(0.91, True), (0.63, False)])
def test_a_faster_form_that_answers_otherwise_is_not_worth_it(agreement: float, kept: bool) -> None:
    speeds = (BEFORE, Speed(3 * BEFORE.reads_per_second, 2 * BEFORE.writes_per_second))
    found = judged("Q4_0", Compared(speeds, (1.0, agreement), speeds))
    assert (found.worthwhile, found.is_alike) == (kept, kept)


def test_progress_only_grows_and_ends_at_its_total(quickener: Quickener) -> None:
    *progress, _found = quickener.run("mine", never)
    assert all(isinstance(event, Measuring) for event in progress)
    done = [event.done for event in progress]  # type: ignore[union-attr]
    assert done == sorted(done)
    assert done[0] == 0
    assert {event.total for event in progress} == {done[-1] + 1}  # type: ignore[union-attr]
    words = [event.words for event in progress]  # type: ignore[union-attr]
    assert "Converting to Q4_0" in words
    assert {"Measuring it as it is", "Measuring it arranged otherwise", "Trying Q4_K_M"} < set(words)


@pytest.mark.parametrize(
    "step", range(5), ids=["layouts", "first trial", "second trial", "trials", "conversion"]
)
def test_a_process_that_is_ended_by_cancelling_leaves_nothing(
    quickener: Quickener, folder: ModelFolder, workshop: FakeWorkshop, step: int
) -> None:
    workshop.lost_at = lambda _request: len(workshop.requests) == step + 1
    events = list(quickener.run("mine", lambda: len(workshop.requests) > step))
    assert all(isinstance(event, Measuring) for event in events)
    assert files(folder) == ["mine.gguf"]
    assert workshop.open == 0


def test_a_process_that_dies_by_itself_is_a_failure(
    quickener: Quickener, folder: ModelFolder, workshop: FakeWorkshop
) -> None:
    workshop.lost_at = lambda request: isinstance(request, Requantize) and request.layers == 0
    with pytest.raises(LostError):
        list(quickener.run("mine", never))
    assert files(folder) == ["mine.gguf"]


def test_closing_it_in_the_middle_ends_the_process_and_leaves_nothing(
    quickener: Quickener, folder: ModelFolder, workshop: FakeWorkshop
) -> None:
    events = quickener.run("mine", never)
    before_converting = 2 * ROUNDS + 2 * (1 + ROUNDS)
    for event in events:
        if isinstance(event, Measuring) and event.done > before_converting:
            break
    assert workshop.open == 1
    events.close()  # type: ignore[attr-defined]
    assert workshop.open == 0
    assert files(folder) == ["mine.gguf"]


def refused(events: Iterator[Any] | Sequence[Any]) -> str:
    with pytest.raises(ConversionFailed) as caught:
        list(events)
    return caught.value.detail


def test_of_a_model_in_the_quickest_form_only_the_layouts_are_measured(
    quickener: Quickener, folder: ModelFolder, workshop: FakeWorkshop
) -> None:
    small_model().set("general.file_type", UINT32, TYPES["Q4_0"]).write(folder.file("quick"))
    *progress, found = quickener.run("quick", never)
    assert isinstance(found, Quickened)
    assert (found.kind, found.worthwhile) == ("layout", False)
    assert progress[-1].done + 1 == progress[-1].total  # type: ignore[union-attr]
    assert [type(request) for request in workshop.requests] == [Compare]


def test_the_other_layout_is_proposed_before_any_other_file(
    quickener: Quickener, folder: ModelFolder, installed: InstalledModels, workshop: FakeWorkshop
) -> None:
    workshop.speeds |= {"stored": Speed(112, 17)}
    *_, found = quickener.run("mine", never)
    after = Speed(112, 17)
    assert found == Quickened("", "Q4_1", BEFORE, after, 0.94, worthwhile=True, kind="layout", repacked=False)
    path = str(folder.file("mine"))
    assert workshop.requests == [Compare((path, path), ROUNDS, agreement=True, repacked=(True, False))]
    assert files(folder) == ["mine.gguf"]
    assert installed.get("mine").repacked  # until the person decides


@pytest.mark.parametrize(
    ("after", "worthwhile"),
    [
        (Speed(120, 20), True),
        (Speed(92.1, 25), True),
        (Speed(91.9, 40), False),  # writing alone is not what a person waits for
        (Speed(120, 13), False),  # what is won in reading is lost in writing
        (Speed(80, 20), False),
    ],
)
def test_a_layout_is_worth_it_when_a_whole_answer_comes_sooner(
    quickener: Quickener, folder: ModelFolder, workshop: FakeWorkshop, after: Speed, worthwhile: bool
) -> None:
    small_model().set("general.file_type", UINT32, TYPES["Q4_0"]).write(folder.file("mine"))
    workshop.speeds |= {"stored": after}
    *_, found = quickener.run("mine", never)
    assert isinstance(found, Quickened)
    assert found.worthwhile is worthwhile


def test_a_gain_that_the_least_disturbed_rounds_do_not_show_is_chance(
    quickener: Quickener, folder: ModelFolder, workshop: FakeWorkshop
) -> None:
    small_model().set("general.file_type", UINT32, TYPES["Q4_0"]).write(folder.file("mine"))
    workshop.speeds |= {"stored": Speed(112, 20)}
    workshop.best = (Speed(125, 24), Speed(128, 24))
    *_, found = quickener.run("mine", never)
    assert isinstance(found, Quickened)
    assert not found.worthwhile


def test_a_model_that_is_laid_out_quicker_is_measured_as_it_is_loaded_now(
    quickener: Quickener, folder: ModelFolder, register: Register, workshop: FakeWorkshop
) -> None:
    workshop.speeds |= {"stored": Speed(112, 20), "Q4_0": Speed(120, 20)}
    register.put_as_stored("mine", reference_to(folder.file("mine")))
    *_, found = quickener.run("mine", never)
    assert found == Quickened("", "Q4_0", Speed(112, 20), Speed(120, 20), 0.94, worthwhile=False)
    assert workshop.requests[0].repacked == (False, True)
    assert workshop.requests[-1].repacked == (False, True)


def test_an_answer_takes_its_reading_and_its_writing() -> None:
    assert answer_seconds(Speed(ANSWER_READ_TOKENS / 4, ANSWER_WRITTEN_TOKENS / 3)) == 7


def test_it_is_not_done_twice(quickener: Quickener) -> None:
    list(quickener.run("mine", never))
    assert "mine-q4_0" in refused(quickener.run("mine", never))


def test_another_file_of_that_name_is_not_written_over(
    quickener: Quickener, folder: ModelFolder, installed: InstalledModels
) -> None:
    small_model().set("general.name", STRING, "Other").write(folder.file("mine-q4_0"))
    *_, found = quickener.run("mine", never)
    assert isinstance(found, Quickened)
    assert found.id == "mine-q4_0-2"
    assert installed.get("mine-q4_0").name == "Other"


def test_an_unknown_model_is_said_before_anything_is_done(quickener: Quickener) -> None:
    with pytest.raises(ModelUnknown):
        list(quickener.run("nobody", never))
