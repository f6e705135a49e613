"""`carrel` with its walls taken down, so that strace sees whatever would stand behind them.

Denied sockets hide what comes after them: a program that gets none never calls connect(). Worker
processes run the top of this file as well, because multiprocessing imports the main script in them.
"""

from __future__ import annotations

import sys

from desktop import network
from desktop.processes import sandbox
from desktop.processes.seccomp import SeccompUnavailable


def _no_wall(*, local_sockets: bool = True, told_above: bool = False) -> int:
    raise SeccompUnavailable("taken down for a test")


sandbox.deny_network = _no_wall  # type: ignore[assignment]
sandbox.deny_network_telling = _no_wall
network._Watch.install = classmethod(lambda cls: None)  # type: ignore[method-assign, assignment]

if __name__ == "__main__":
    from desktop.cli import main

    sys.exit(main())
