"""The command line. Others script against it: names and shapes stay (ARCHITECTURE.md, “Command line”).

Imports stay light here: `carrel --help` loads neither Qt nor the stores, and spawned worker processes
re-import the console script that imports this module.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from desktop.cli.arguments import parser
from desktop.cli.output import fail
from desktop.places import Profile

DONE, FAILED, USAGE, SOME_FAILED, CANCELLED = 0, 1, 2, 3, 130


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; without one, open the app. Returns the exit status (see DESIGN: 0, 1, 2, 3, 130)."""
    arguments = parser().parse_args(argv)
    if arguments.command is None:
        from desktop.app import run

        return run(arguments.profile)
    try:
        status: int = arguments.run(arguments)
        return status
    except KeyboardInterrupt:
        print("Stopped.", file=sys.stderr)
        return CANCELLED
    except BrokenPipeError:
        # The reader of our output went away (`carrel … | head`): not an error of ours.
        sys.stderr.close()
        return DONE
    except Exception as error:  # the process boundary: every failure becomes one sentence here
        return fail(error, Profile.chosen(arguments.profile).logs / "carrel.log")
