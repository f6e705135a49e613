"""Sets Carrel up and opens it. Needs Python and a C++ compiler; everything else it fetches.

    python3 run.py                    open the app
    python3 run.py --model small      the same with the small model in place of the default one
    python3 run.py ask "…"            run this `carrel` command (all other arguments are passed on)
    python3 run.py test [ARGUMENT …]  set up for tests and run every check (arguments go to pytest)

The first start installs into `.venv/` and fetches the weights into the person's cache folder; later
starts only look whether both are still what they should be. It can be stopped at any point and started
again. Where packages come from is for pip's own configuration to say.
"""

# Must parse on Python 3.8 too, to say in one sentence which Python it needs.
from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from typing import IO

if not (3, 11) <= sys.version_info[:2] <= (3, 13):  # above: PySide6 6.9 has no packages
    sys.exit(
        "Carrel runs on Python 3.11, 3.12 or 3.13 and this is {}.{}: start run.py with one of those (they "
        "are on python.org and in most systems' packages).".format(*sys.version_info[:2])
    )

from installers.checkout import environment
from installers.checkout.console import MEGABYTE, SetupError, os_problem, say
from installers.checkout.disk import check_free_space
from installers.checkout.places import ROOT, WINDOWS, weights_folder
from installers.checkout.processes import only_one
from installers.checkout.weights import WeightStore, read_weights

# Measured, with room for unpacking.
ENVIRONMENT_BYTES = {"app": 1_200 * MEGABYTE, "test": 3_000 * MEGABYTE}

CHECKS = {
    "format": ["ruff", "format", "--check", "."],
    "lint": ["ruff", "check", "."],
    "import rules": ["lint-imports", "--no-cache"],
    "declared dependencies": ["deptry", "."],
    "tests": ["pytest"],
}
BESIDE = ("types", ["mypy"])  # half a minute in a new checkout
MOST_PYTESTS = 4  # at once: each holds models of its own in memory


def main(arguments: list[str]) -> int:
    if arguments[:1] in (["-h"], ["--help"]):
        print(__doc__)
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # unwinds, so that children end as well
    try:
        return start(arguments)
    except SetupError as error:
        say(f"Carrel set-up: {error}")
    except OSError as error:
        say(f"Carrel set-up: {os_problem(error)}")
    except KeyboardInterrupt:
        say("Stopped. The next start goes on from here.")
        return 130
    return 1


def start(arguments: list[str]) -> int:
    if arguments[:1] == ["test"]:
        set_up("test", small=True)
        return run_checks(arguments[1:])
    small, rest = model_choice(arguments)
    set_up("app", small=small)
    return open_carrel(rest)


def model_choice(arguments: list[str]) -> tuple[bool, list[str]]:
    """Whether the small model is chosen, and what remains. A later `--model` belongs to `carrel`."""
    if arguments[:1] != ["--model"]:
        return False, arguments
    if arguments[1:2] not in (["small"], ["default"]):
        raise SetupError("--model is followed by `small` or `default`.")
    return arguments[1] == "small", arguments[2:]


def set_up(requirements: environment.Requirements, *, small: bool) -> None:
    """Make environment and weights what they should be; returns at once where they are."""
    wanted = [weight for weight in read_weights() if weight.role == "embedder" or weight.default != small]
    store = WeightStore(weights_folder())
    if environment.is_ready(requirements) and all(store.is_ready(weight) for weight in wanted):
        return
    with only_one():
        environment_bytes = 0 if environment.is_ready(requirements) else ENVIRONMENT_BYTES[requirements]
        check_free_space({ROOT: environment_bytes, store.folder: store.missing_bytes(wanted)})
        if not environment.is_ready(requirements):
            environment.make(requirements)
        for weight in wanted:
            store.provide(weight)


def open_carrel(arguments: list[str]) -> int:
    command = [environment.program("carrel"), *arguments]
    if not WINDOWS:
        os.execv(command[0], command)
    # Windows' exec returns to the prompt while the app is still running.
    return subprocess.run(command).returncode


def run_checks(pytest_arguments: list[str]) -> int:
    """Run every check, also after one has failed: one look shows all there is to do."""
    # Nothing may be skipped for want of the weights that set-up has just provided.
    variables = {**os.environ, "CARREL_WEIGHTS_REQUIRED": "1"}
    with begun_beside(BESIDE[1], variables) as (beside, output):
        failed = failing(pytest_arguments, variables)
        say(f"── {BESIDE[0]} ──")
        status = beside.wait()
        output.seek(0)
        print(output.read(), end="", flush=True)
    if status:
        failed.append(BESIDE[0])
    say(f"Failed: {', '.join(failed)}." if failed else "Every check passed.")
    return 1 if failed else 0


@contextlib.contextmanager
def begun_beside(
    check: list[str], variables: dict[str, str]
) -> Iterator[tuple[subprocess.Popen[bytes], IO[str]]]:
    """A check that gets what the others leave of the processors; what it says is kept for later."""
    with tempfile.TemporaryFile("w+", encoding="utf-8", errors="replace") as output:
        command = [environment.program(check[0]), *check[1:]]
        begun = subprocess.Popen(command, cwd=ROOT, env=variables, stdout=output, stderr=output)
        try:
            if not WINDOWS:
                os.setpriority(os.PRIO_PROCESS, begun.pid, 19)
            yield begun, output
        finally:
            begun.kill()  # where the others were stopped
            begun.wait()


def failing(pytest_arguments: list[str], variables: dict[str, str]) -> list[str]:
    """Run the checks one after another, and name those that failed."""
    failed = []
    for name, (tool, *arguments) in CHECKS.items():
        say(f"── {name} ──")
        more = [*side_by_side(), *pytest_arguments] if tool == "pytest" else []
        command = [environment.program(tool), *arguments, *more]
        if subprocess.run(command, cwd=ROOT, env=variables).returncode:
            failed.append(name)
    return failed


def side_by_side() -> list[str]:
    """How pytest is told to test on every core. What a file shares among its tests is made once."""
    if WINDOWS:  # tests/conftest.py locks files as other systems do
        return []
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    count = min(usable, MOST_PYTESTS)
    return ["-n", str(count), "--dist", "loadfile", "--no-loadscope-reorder"] if count > 1 else []


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
