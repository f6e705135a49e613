"""The operating system's keyring, asked through a process of its own (`desktop/keys/process.py`).

Only the systems' own back ends count (`desktop/keys/back_ends.py`). A key is kept under “Carrel”, for a
provider *and* the host that it may be sent to: where a provider's address is changed, its key is not found.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from multiprocessing.connection import Connection, Pipe
from multiprocessing.process import BaseProcess
from typing import Any

from desktop.errors import WorkerBug
from desktop.keys import process
from desktop.keys.pipe import receive_key, send_key
from desktop.keys.process import Question
from desktop.keys.secret import LONGEST, Secret
from desktop.processes.child import without_interrupts
from engine.errors import KeyringLocked, KeyringMissing

PATIENCE_S = 120.0
"""How long a keyring may take: the person may have to type its password first."""

LOOK_S = 30.0
"""The same where nobody is asked anything."""

_REPLY_BYTES = 1 << 20
_END_S = 0.5

Account = tuple[str, str]
"""A provider's id, and the authority that its key is bound to."""


class Keyring:
    """Keys in the system's keyring. Thread-safe; every method may take seconds, none longer than its limit.

    Raises:
        KeyringMissing: this system has none, or it does not run.
        KeyringLocked: it stayed locked, refused, or did not answer in time.
    """

    def __init__(self, *, patience_s: float = PATIENCE_S, look_s: float = LOOK_S) -> None:
        self._patience_s = patience_s
        self._look_s = look_s
        self._name = "The keyring"
        # Windows' back end moves one entry to make room for the next.
        self._changing = threading.Lock()

    def name(self) -> str:
        """What people call it: “macOS Keychain”."""
        self.look(())
        return self._name

    def look(self, accounts: Iterable[Account]) -> set[Account]:
        """Those that have a key. Nobody is asked to unlock anything (Linux)."""
        asked = {_account(*each): each for each in accounts}
        reply, _ = self._ask(Question("look", tuple(asked)), self._look_s)
        return {asked[name] for name in reply["held"] if name in asked}

    def has(self, provider_id: str, authority: str) -> bool:
        return bool(self.look([(provider_id, authority)]))

    def read(self, provider_id: str, authority: str) -> Secret | None:
        """The key, to be wiped by whoever asked; None where none is kept."""
        _, key = self._ask(Question("read", (_account(provider_id, authority),)), self._patience_s)
        return key

    def write(self, provider_id: str, authority: str, secret: Secret) -> None:
        """Keep a key in place of any before. `secret` stays the caller's, to be wiped."""
        if not 0 < len(secret) <= LONGEST:
            raise ValueError("a key has 1 to 1,200 bytes")
        with self._changing:
            self._ask(Question("write", (_account(provider_id, authority),)), self._patience_s, secret)

    def remove(self, provider_id: str, authority: str) -> None:
        with self._changing:
            self._ask(Question("remove", (_account(provider_id, authority),)), self._patience_s)

    def _ask(
        self, question: Question, limit_s: float, given: Secret | None = None
    ) -> tuple[dict[str, Any], Secret | None]:
        with _asking(question) as pipe:
            try:
                if given is not None:
                    send_key(pipe, given)
                if not pipe.poll(limit_s):
                    raise KeyringLocked(self._name, f"it did not answer within {limit_s:g} seconds")
                reply: dict[str, Any] = json.loads(pipe.recv_bytes(_REPLY_BYTES))
                self._check(reply)
                key = receive_key(pipe) if question.what == "read" and reply["held"] else None
            except (EOFError, OSError) as error:
                raise KeyringLocked(self._name, "the process that asks it ended early") from error
        return reply, key

    def _check(self, reply: dict[str, Any]) -> None:
        outcome, detail = reply["outcome"], reply.get("detail", "")
        if outcome == "missing":
            raise KeyringMissing(detail)
        if outcome == "locked":
            raise KeyringLocked(self._name, detail)
        if outcome == "bug":
            raise WorkerBug("keyring", detail)
        self._name = reply["keyring"]


@contextmanager
def _asking(question: Question) -> Iterator[Connection]:
    """A process that is asked this, at the other end of the pipe. It ends with the block."""
    ours, theirs = Pipe(duplex=True)
    started = multiprocessing.get_context("spawn").Process(
        target=process.run, args=(theirs, question, os.getpid()), name="carrel-keyring", daemon=True
    )
    try:
        try:
            with _may_have_children():
                without_interrupts(started.start)
        finally:
            theirs.close()
        try:
            yield ours
        finally:
            _end(started)
    finally:
        ours.close()


@contextmanager
def _may_have_children() -> Iterator[None]:
    """WORKAROUND: a daemonic process may start none, lest they outlive it; this one ends with its block."""
    config: dict[str, Any] = multiprocessing.current_process()._config  # type: ignore[attr-defined]
    daemon = config.pop("daemon", None)
    try:
        yield
    finally:
        if daemon is not None:
            config["daemon"] = daemon


def _end(started: BaseProcess) -> None:
    started.join(_END_S)
    if started.exitcode is None:
        started.kill()
        started.join(_END_S)
    with suppress(ValueError):  # where the system collects the ended, their end is never heard of
        started.close()


def _account(provider_id: str, authority: str) -> str:
    return f"{provider_id}@{authority}"


def describe_keyring(keyring: Keyring | None = None) -> str:
    """One sentence on where a key would be kept."""
    try:
        return f"{(keyring or Keyring()).name()} can keep keys"
    except KeyringMissing:
        return "no keyring of the system's own; keys cannot be kept here"
    except KeyringLocked as error:
        return f"{error}; keys cannot be kept now"
