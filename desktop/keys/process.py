"""The life of the process that asks the keyring one thing, answers, and ends.

`keyring` deals in Python strings, which nobody can wipe, and a keyring may wait for ever, for a password or
for a service that hangs. Here both are of no consequence: the copies go with the process, which may be
ended at any time. It takes a key over its pipe and gives one over it; neither is an argument or a variable.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from desktop.keys.pipe import receive_key, send_key
from desktop.keys.secret import Secret
from desktop.processes.sandbox import block_network, confine, die_with, hide
from desktop.processes.service import Limits


@dataclass(frozen=True, slots=True)
class Question:
    """What is asked of the keyring: “look” at which accounts have a key; the others concern the first."""

    what: Literal["look", "read", "write", "remove"]
    accounts: tuple[str, ...] = ()


def run(pipe: Connection, question: Question, app_pid: int) -> None:
    """Answer and end. Does not return."""
    _shed(app_pid)
    key: Secret | None = None
    try:
        reply, key = _answer(pipe, question)
    except BaseException as error:  # the process boundary
        reply = _failure(error)
    try:
        pipe.send_bytes(json.dumps(reply).encode())
        if key is not None:
            send_key(pipe, key)
    except OSError:
        pass  # nobody waits any more
    os._exit(0)


def _shed(app_pid: int) -> None:
    """No network, no core file, nothing printed: what a library says may hold what it was given."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if os.name == "posix":  # blocked while this process was started
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGINT})
    die_with(app_pid)
    hide()
    confine(Limits(network=True))
    block_network(local_sockets=True)  # D-Bus is one
    nowhere = os.open(os.devnull, os.O_RDWR)
    for descriptor in (1, 2):
        os.dup2(nowhere, descriptor)
    sys.stdout = sys.stderr = Path(os.devnull).open("w", encoding="utf-8")  # noqa: SIM115


def _answer(pipe: Connection, question: Question) -> tuple[dict[str, Any], Secret | None]:
    from desktop.keys.back_ends import own_keyring

    given = receive_key(pipe) if question.what == "write" else None
    keyring = own_keyring()
    reply: dict[str, Any] = {"outcome": "done", "keyring": keyring.name}
    if question.what == "look":
        return reply | {"held": keyring.held(question.accounts)}, None
    account = question.accounts[0]
    if given is not None:
        with given.view() as view:
            keyring.write(account, str(view, "ascii"))
    elif question.what == "remove":
        keyring.remove(account)
    else:
        kept = keyring.read(account)
        key = Secret(bytearray(kept, "utf-8")) if kept is not None else None
        return reply | {"held": [account] if key else []}, key
    return reply, None


def _failure(error: BaseException) -> dict[str, Any]:
    """A bug's words are kept back, for they may hold the key; where it happened is not."""
    from desktop.keys.back_ends import Locked, Missing

    if isinstance(error, Missing | Locked):
        return {"outcome": type(error).__name__.lower(), "detail": str(error)}
    places = "".join(traceback.format_tb(error.__traceback__))
    return {"outcome": "bug", "detail": f"{places}{type(error).__name__}"}
