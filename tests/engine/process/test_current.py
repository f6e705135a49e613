"""Which model is loaded and who uses it, with sessions that do nothing."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from typing import Any

import pytest

from engine.errors import ModelUnsupported
from engine.process.current import LINGER_S, STAY_S, CurrentModel, Identity
from engine.values import ModelLoading, Priority

WAIT_S = 10.0
ONE, TWO = Identity("one", 1, 1, 8), Identity("two", 1, 1, 8)


class Nothing:
    """A session."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.closed = False

    def close(self) -> None:
        self.closed = True


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def current(clock: Clock) -> CurrentModel:
    return CurrentModel(clock=clock)


def never() -> bool:
    return False


def opening(name: str) -> Callable[[], Generator[ModelLoading, None, Any]]:
    def opened() -> Generator[ModelLoading, None, Any]:
        yield ModelLoading(0.5)
        return Nothing(name)

    return opened


def enter(
    current: CurrentModel,
    identity: Identity,
    priority: Priority = "interactive",
    cancelled: Callable[[], bool] = never,
) -> tuple[Any, int]:
    """The session, and how many steps of loading were told."""
    steps = current.enter(identity, priority, opening(identity.path), cancelled)
    told = 0
    while True:
        try:
            next(steps)
            told += 1
        except StopIteration as end:
            return end.value, told


class Guest(threading.Thread):
    """Somebody who enters on a thread of their own."""

    def __init__(self, current: CurrentModel, identity: Identity, priority: Priority = "interactive") -> None:
        super().__init__(daemon=True)
        self.inside = threading.Event()
        self.given_up = threading.Event()
        self.session: Any = None
        self._arguments = (current, identity, priority, self.given_up.is_set)
        self.start()

    def run(self) -> None:
        self.session, _ = enter(*self._arguments)
        self.inside.set()

    def is_waiting(self, current: CurrentModel) -> bool:
        """Whether it stands in the queue, for the third time that it looks."""
        for _ in range(3):
            if not any(current._waiting):
                return False
            self.inside.wait(0.06)
        return not self.inside.is_set()


def test_the_second_request_finds_the_model_loaded(current: CurrentModel) -> None:
    first, told = enter(current, ONE)
    second, told_again = enter(current, ONE)
    assert (first, told, told_again) == (second, 1, 0)


def test_another_model_waits_until_nobody_uses_the_first(current: CurrentModel) -> None:
    first, _ = enter(current, ONE)
    guest = Guest(current, TWO)
    assert guest.is_waiting(current)
    current.leave()
    assert guest.inside.wait(WAIT_S)
    assert first.closed and guest.session.name == "two"
    guest.join()


def test_a_chat_s_other_model_comes_before_new_rows(current: CurrentModel) -> None:
    enter(current, ONE, "batch")
    chat = Guest(current, TWO)
    assert chat.is_waiting(current)
    row = Guest(current, ONE, "batch")
    assert row.is_waiting(current)
    current.leave()
    assert chat.inside.wait(WAIT_S)
    assert not row.inside.is_set()
    row.given_up.set()
    for thread in (chat, row):
        thread.join()


def test_rows_wait_until_a_chat_s_model_has_not_been_used_for_a_while(
    current: CurrentModel, clock: Clock
) -> None:
    enter(current, ONE)
    current.leave()
    row = Guest(current, TWO, "batch")
    assert row.is_waiting(current)
    clock.now += max(STAY_S, LINGER_S) + 1
    assert row.inside.wait(WAIT_S)
    row.join()


def test_a_chat_goes_on_although_rows_wait_for_another_model(current: CurrentModel) -> None:
    enter(current, ONE)
    current.leave()
    row = Guest(current, TWO, "batch")
    assert row.is_waiting(current)
    assert enter(current, ONE)[0].name == "one"
    row.given_up.set()
    row.join()
    assert row.session is None


def test_a_model_that_cannot_be_opened_leaves_the_place_free(current: CurrentModel) -> None:
    def failing() -> Generator[ModelLoading, None, Any]:
        raise ModelUnsupported("one", "no")
        yield

    with pytest.raises(ModelUnsupported):
        list(current.enter(ONE, "interactive", failing, never))
    assert current.session is None
    assert enter(current, TWO)[0].name == "two"


def test_a_cancelled_loading_leaves_the_place_free(current: CurrentModel) -> None:
    steps = current.enter(ONE, "interactive", opening("one"), never)
    next(steps)
    steps.close()
    assert enter(current, TWO)[0].name == "two"


def test_unloading_waits_for_who_is_inside(current: CurrentModel) -> None:
    session, _ = enter(current, ONE)
    unloading = threading.Thread(target=current.unload, args=(never,))
    unloading.start()
    unloading.join(0.15)
    assert unloading.is_alive() and not session.closed
    current.leave()
    unloading.join(WAIT_S)
    assert session.closed and current.session is None


def test_an_unused_model_is_unloaded_and_comes_back() -> None:
    current = CurrentModel(idle_unload_s=0.05)
    session, _ = enter(current, ONE)
    current.leave()
    done = threading.Event()
    for _ in range(200):
        if session.closed:
            break
        done.wait(0.02)
    assert session.closed
    again, told = enter(current, ONE)
    assert told == 1 and not again.closed
    current.close()
    assert again.closed
