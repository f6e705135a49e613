"""A session of the real application in which every system call is watched that could reach a network.

    python -m tests.offline.session --minutes 10 [--walls-down]

Two accounts are kept: the kernel's, of all processes (strace), and Carrel's own list of what was tried. In
both there must be nothing but what the person asked for while offline, which is refused before there is a
socket. Afterwards somebody tries to get out in every way there is: who has watched must have seen that.

`--walls-down` lets everything through that Carrel's walls would stop, and could hide.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from typing import Any

from tests.offline.person import END
from tests.offline.watching import attempts_in, run_traced

PERSON = ["-c", "from tests.offline.person import main; main()"]
"""No script that worker processes would run as well: they start as in Carrel itself."""
UNCONFINED = ["-m", "tests.offline.person", "--walls-down"]
PRESSED = "desktop.egress.egress"
"""Where an attempt is listed that the person made by pressing “Send”, and that was refused there."""


@dataclass(frozen=True, slots=True)
class WatchedSession:
    """`attempts`: system calls before the end of the session; `caught`: those afterwards. `report` is the
    person's."""

    done: subprocess.CompletedProcess[str]
    calls: int
    attempts: tuple[str, ...]
    caught: tuple[str, ...]
    report: dict[str, Any]

    @property
    def listed(self) -> list[dict[str, Any]]:
        """What Carrel's own list says was tried, but for what the person pressed."""
        return [attempt for attempt in self.report["listed"] if attempt["caller"] != PRESSED]


def watched_session(seconds: float, *, walls: bool = True) -> WatchedSession:
    with tempfile.TemporaryDirectory(prefix="carrel-session-") as folder:
        person = PERSON if walls else UNCONFINED
        command = [sys.executable, *person, folder, "--seconds", str(seconds)]
        done, trace = run_traced(command, timeout_s=seconds + 300)
    if done.returncode:
        raise RuntimeError(done.stderr[-4000:])
    end = next(number for number, call in enumerate(trace) if END in call)
    report = json.loads(done.stdout.splitlines()[-1])
    return WatchedSession(done, len(trace), attempts_in(trace[:end]), attempts_in(trace[end:]), report)


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.offline.session", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--walls-down", action="store_true")
    arguments = parser.parse_args()
    found = watched_session(arguments.minutes * 60, walls=not arguments.walls_down)
    report = found.report
    say = sys.stdout.write
    say(f"{report['seconds']:.0f} s, {report['rounds']} rounds: ")
    say(", ".join(f"{count} {what}" for what, count in report["done"].items()) + "\n")
    say(f"{found.calls:,} network calls of all processes; {len(found.attempts)} tried to leave, ")
    say(f"{len(found.listed)} listed\n")
    for attempt in (*found.attempts, *found.listed):
        say(f"  {attempt}\n")
    say(f"afterwards: {len(found.caught)} tries seen by the watcher")
    for one in report["tries"]:
        say(f"; {one['name']}: {'blocked' if one['blocked'] else 'NOT BLOCKED'}")
        say(", listed" if one["listed"] else ", NOT LISTED")
    say("\n")
    missed = not found.caught or any(not (one["blocked"] and one["listed"]) for one in report["tries"])
    return 1 if found.attempts or found.listed or missed else 0


if __name__ == "__main__":
    sys.exit(main())
