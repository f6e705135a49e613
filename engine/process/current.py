"""Which model is loaded, and who uses it: requests for one model share it, another waits for its turn.

A chat's wish for another model comes first: no new request is let in beside those that run, then the models
are changed. The rows of a batch wait until the model of a chat has not been used for a while, and a model
that was loaded for rows stays for a while: loading takes longer than many of them.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

from engine.process import memory
from engine.process.jobs import RANKS
from engine.process.session import Session
from engine.values import ModelLoading, Priority

STAY_S = 30.0
LINGER_S = 20.0
POLL_S = 0.05  # how soon a waiting request sees that it has been cancelled


@dataclass(frozen=True, slots=True)
class Identity:
    """Which file, and how it is loaded: a file that was replaced under its name is another model."""

    path: str
    size_bytes: int
    mtime_ns: int
    context_tokens: int
    repacked: bool = True


def identify(path: str, context_tokens: int, repacked: bool = True) -> Identity | None:
    """None where there is no such file."""
    try:
        stat = Path(path).stat()
    except OSError:
        return None
    return Identity(path, stat.st_size, stat.st_mtime_ns, context_tokens, repacked)


@dataclass(eq=False, slots=True)
class _Guest:
    """A request that wants in."""

    identity: Identity | None
    rank: int


Open = Callable[[], Generator[ModelLoading, None, Session | None]]


class CurrentModel:
    """At most one session. `enter` and `leave` on any thread, in pairs."""

    def __init__(
        self, *, idle_unload_s: float | None = None, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._idle_unload_s = idle_unload_s
        self._clock = clock
        self._changed = threading.Condition()  # guards all below
        self._session: Session | None = None
        self._identity: Identity | None = None
        self._users = 0
        self._is_changing = False
        self._waiting: list[_Guest] = []
        self._loaded_at = 0.0
        self._chatted_at = -LINGER_S
        self._idle: threading.Timer | None = None

    @property
    def session(self) -> Session | None:
        return self._session

    def enter(
        self, identity: Identity | None, priority: Priority, open_session: Open, cancelled: Callable[[], bool]
    ) -> Generator[ModelLoading, None, Session | None]:
        """The session of that model, loaded if need be; None when cancelled. Then `leave`, unless None.

        Raises:
            ModelError: from `open_session`.
        """
        guest = _Guest(identity, RANKS[priority])
        if not self._wait(guest, cancelled):
            return None
        if not self._is_changing:  # else for this guest: nobody else is in
            return self._session
        return (yield from self._change(guest, open_session))

    def _wait(self, guest: _Guest, cancelled: Callable[[], bool]) -> bool:
        """Wait until the guest is let in; False when it was cancelled before."""
        with self._changed:
            self._waiting.append(guest)
            try:
                while not self._may_enter(guest):
                    if cancelled():
                        return False
                    self._changed.wait(POLL_S)
            finally:
                self._waiting.remove(guest)
            self._users += 1
            self._is_changing = not self._has(guest)
            if guest.rank != RANKS["batch"]:
                self._chatted_at = self._clock()
            self._stop_idling()
            return True

    def _has(self, guest: _Guest) -> bool:
        return self._session is not None and guest.identity is not None and guest.identity == self._identity

    def _may_enter(self, guest: _Guest) -> bool:
        if self._is_changing:
            return False
        if not self._has(guest):
            return not self._users and self._may_displace(guest)
        # Whoever waits for another model and comes first must not be kept out by this one's users.
        arrived = self._waiting.index(guest)
        return not any(
            (other.rank, number) < (guest.rank, arrived)
            for number, other in enumerate(self._waiting)
            if not self._has(other) and self._may_displace(other)
        )

    def _may_displace(self, guest: _Guest) -> bool:
        if self._session is None or guest.rank != RANKS["batch"]:
            return True
        now = self._clock()
        return now - self._loaded_at >= STAY_S and now - self._chatted_at >= LINGER_S

    def _change(self, guest: _Guest, open_session: Open) -> Generator[ModelLoading, None, Session | None]:
        opened: Session | None = None
        try:
            self._close_session()
            opened = yield from open_session()
            return opened
        finally:
            with self._changed:
                self._session, self._identity = opened, guest.identity if opened else None
                self._loaded_at = self._clock()
                self._is_changing = False
                if opened is None:
                    self._users -= 1
                self._changed.notify_all()

    def leave(self) -> None:
        with self._changed:
            self._users -= 1
            if not self._users and self._session is not None and self._idle_unload_s is not None:
                self._idle = threading.Timer(self._idle_unload_s, self._unload_idle)
                self._idle.daemon = True
                self._idle.start()
            self._changed.notify_all()

    def unload(self, cancelled: Callable[[], bool]) -> None:
        """Wait for those inside, then give the memory back."""
        if self._wait(_Guest(None, RANKS["interactive"]), cancelled):
            self._empty()

    def _empty(self) -> None:
        """Called by the only one inside, with the door closed."""
        try:
            self._close_session()
        finally:
            with self._changed:
                self._users -= 1
                self._is_changing = False
                self._changed.notify_all()

    def _unload_idle(self) -> None:
        with self._changed:
            if self._users or self._waiting or self._is_changing:
                return
            self._users, self._is_changing = 1, True
        self._empty()

    def _stop_idling(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None

    def close(self) -> None:
        """End what runs, at once."""
        with self._changed:
            self._stop_idling()
        self._close_session()

    def _close_session(self) -> None:
        session, self._session, self._identity = self._session, None, None
        if session is not None:
            session.close()
            del session  # what only it held is to be among what is handed back
            memory.trim()
