"""The checkout's own Python environment, `.venv/`, with the locked packages in it.

`.venv/` belongs to set-up: one that it did not finish itself, that another Python made, or that was
moved, is made anew. `carrel-setup.json` in it records what was installed from which requirements.
"""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shlex
import sys
from pathlib import Path
from typing import Literal

from installers.checkout.compiler import check_compiler
from installers.checkout.console import SetupError, say
from installers.checkout.pip import pip_for, run_pip
from installers.checkout.places import ROOT, WINDOWS, read_note, write_note
from installers.checkout.processes import output_of

Requirements = Literal["app", "test"]

FOLDER = ROOT / ".venv"
REQUIREMENTS = ROOT / "requirements"
RECORD = FOLDER / "carrel-setup.json"


def program(name: str) -> str:
    """The path of a program of the environment."""
    return str(FOLDER / ("Scripts" if WINDOWS else "bin") / (name + (".exe" if WINDOWS else "")))


def is_ready(requirements: Requirements) -> bool:
    """Completely installed from the present requirements. Those of the tests include those of the app."""
    record = read_note(RECORD)
    return _is_usable(record) and any(
        record["installed"].get(name) == _digest(name) for name in {requirements, "test"}
    )


def make(requirements: Requirements) -> None:
    """Make the environment what `requirements` says.

    Raises:
        SetupError: there is no compiler or no venv, or pip failed.
    """
    check_compiler()
    if not _is_usable(read_note(RECORD)):
        _make_empty()
    # Until the end it counts as interrupted, since packages may be there by halves.
    write_note(RECORD, {"bound_to": _bound_to(), "installed": {}})
    _install(requirements)
    write_note(RECORD, {"bound_to": _bound_to(), "installed": {requirements: _digest(requirements)}})


def _is_usable(record: dict[str, object]) -> bool:
    complete = record.get("bound_to") == _bound_to() and bool(record.get("installed"))
    return complete and Path(program("python")).exists()


def _bound_to() -> list[str]:
    """What an environment's scripts and packages depend on: the Python, and the place."""
    return [f"{sys.version_info.major}.{sys.version_info.minor}", str(ROOT)]


def _digest(requirements: str) -> str:
    sources = ["pyproject.toml", "requirements/build.txt", f"requirements/{requirements}.txt"]
    return hashlib.sha256(b"\0".join((ROOT / source).read_bytes() for source in sources)).hexdigest()


def _make_empty() -> None:
    say("Making the environment in .venv …")
    # Debian and Ubuntu keep ensurepip in a package of its own. A pip of the system can stand in for it.
    has_ensurepip = importlib.util.find_spec("ensurepip") is not None
    if not has_ensurepip and importlib.util.find_spec("pip") is None:
        raise SetupError(
            "this Python comes without venv and pip: install them (on Debian and Ubuntu "
            "`sudo apt install python3-venv`) and start again."
        )
    options = [] if has_ensurepip else ["--without-pip"]
    command = [sys.executable, "-m", "venv", "--clear", *options, str(FOLDER)]
    status, output = output_of(command)
    if status:
        raise SetupError(f"`{shlex.join(command)}` failed:\n{output}")


def _install(requirements: Requirements) -> None:
    exactly = ["install", "--require-hashes", "--no-deps"]
    say("Installing the build tools …")
    run_pip(pip_for(program("python")), [*exactly, "-r", str(REQUIREMENTS / "build.txt")])
    pip = [program("python"), "-m", "pip"]
    say("Installing the packages; the first time, llama.cpp is compiled, which takes some minutes …")
    packages = ["--no-build-isolation", "-r", str(REQUIREMENTS / f"{requirements}.txt")]
    run_pip(pip, [*exactly, *packages], {"CMAKE_ARGS": _cmake_arguments()})
    say("Installing Carrel itself …")
    run_pip(pip, ["install", "--no-deps", "--no-build-isolation", "--editable", str(ROOT)])


def _cmake_arguments() -> str:
    """Leave out what of llama.cpp is not used. What the person set (a GPU, say) comes last and wins."""
    without_programs = REQUIREMENTS / "llama-only.cmake"
    ours = ["-DLLAVA_BUILD=OFF", f"-DCMAKE_PROJECT_llama.cpp_INCLUDE={without_programs.as_posix()}"]
    return f"{shlex.join(ours)} {os.environ.get('CMAKE_ARGS', '')}".strip()
