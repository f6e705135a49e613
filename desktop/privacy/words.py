"""How the Privacy place says things."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import PurePath
from typing import Literal

from desktop.models.words import size
from desktop.network import Attempt, Counts
from desktop.processes.sandbox import Confinement
from desktop.theme.foreign import plain
from desktop.theme.tokens import Colour

Which = Literal["all", "out", "blocked"]

PARTS = {
    "app": "The window, and whatever it starts",
    "model": "The model",
    "reader": "The reader of your documents",
    "courier": "The courier, which sends what you send",
}


VERBS = {"look up": "Asked for the address", "send": "Tried to send", "open": "Asked for a way out"}


def which(attempts: Iterable[Attempt], wanted: Which) -> list[Attempt]:
    """The attempts to be shown, newest first."""
    kept = [a for a in attempts if wanted == "all" or a.allowed == (wanted == "out")]
    return kept[::-1]


def crossed(counts: Counts) -> str:
    if not counts.out:
        return "Nothing was sent"
    return f"{size_or_bytes(counts.bytes_out)} sent, {size_or_bytes(counts.bytes_in)} received"


def headline(online: bool) -> str:
    return "Carrel is online" if online else "Carrel is offline"


def explanation(online: bool, held: Confinement) -> str:
    """What the state means, and who enforces it: said as it is on this system."""
    if online:
        return (
            "Only what you send to a provider goes out, through one process that does nothing else. "
            "Your documents, the model and this window stay without a network."
        )
    if held.network_blocked:
        return "Nothing can leave this computer. The system itself keeps Carrel from the network."
    return (
        "Carrel keeps itself from the network. Your system has no wall around one program that Carrel could "
        f"use ({held.reason or 'not known'}), so this is Carrel's own word."
    )


def place(attempt: Attempt) -> str:
    """Where to: host and port, or what kind of socket was asked for."""
    host = plain(attempt.host, 120) or "Another computer"
    return f"{host}:{attempt.port}" if attempt.port not in (None, 0, 443) else host


def reason(attempt: Attempt) -> str:
    """What for, or who tried where nobody said what for."""
    who = plain(PurePath(attempt.caller).name or attempt.caller, 80)
    said = plain(attempt.purpose, 120)
    if said:
        return said
    verb = VERBS.get(attempt.action, "Tried to connect")
    return f"{verb}  ·  {who}" if who else verb


def moved(attempt: Attempt) -> str:
    """“12 kB out · 3 kB in”; nothing where nothing crossed."""
    if not attempt.bytes_out and not attempt.bytes_in:
        return ""
    return f"{size_or_bytes(attempt.bytes_out)} out  ·  {size_or_bytes(attempt.bytes_in)} in"


def size_or_bytes(number: int) -> str:
    return f"{number} bytes" if number < 1_000 else size(number)


def outcome(attempt: Attempt) -> tuple[str, Colour]:
    """Blue is what left this computer."""
    return ("Went out", "cloud") if attempt.allowed else ("Blocked", "accent")


def moment(when: float, now: float) -> str:
    """The time of day; with the day before it where that is another."""
    then = time.localtime(when)
    same_day = time.localtime(now)[:3] == then[:3]
    return time.strftime("%H:%M:%S" if same_day else "%d %b %H:%M", then)
