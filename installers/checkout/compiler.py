"""Is there a C++ compiler for llama.cpp? (CMake and Ninja are packages.)"""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from installers.checkout.console import SetupError
from installers.checkout.processes import output_of

WAYS = {
    "darwin": "run `xcode-select --install`",
    "win32": "install the “Desktop development with C++” part of the Visual Studio Build Tools "
    "(`winget install Microsoft.VisualStudio.2022.BuildTools`)",
    "linux": "run `sudo apt install build-essential`, `sudo dnf install gcc-c++` or the like",
}


def check_compiler() -> None:
    """Raises:
    SetupError: there is none; says how to get one on this system.
    """
    if not has_compiler():
        way = WAYS.get(sys.platform, "install one with your system's packages")
        raise SetupError(f"llama.cpp is compiled here and there is no C++ compiler: {way} and start again.")


def has_compiler() -> bool:
    if os.environ.get("CXX"):
        return True
    if sys.platform == "win32":
        return shutil.which("cl") is not None or _visual_studio_has_one()
    if sys.platform == "darwin":  # its c++ is always there, and without the tools opens a dialog
        status, _ = output_of(["xcode-select", "-p"])
        return status == 0
    return any(shutil.which(name) for name in ("c++", "g++", "clang++"))


def _visual_studio_has_one() -> bool:
    programs = os.environ.get("PROGRAMFILES(X86)", r"C:\Program Files (x86)")
    finder = Path(programs) / "Microsoft Visual Studio" / "Installer" / "vswhere.exe"
    if not finder.exists():
        return False
    tools = "Microsoft.VisualStudio.Component.VC.Tools.x86.x64"
    _, installed_at = output_of(
        [str(finder), "-products", "*", "-requires", tools, "-property", "installationPath"]
    )
    return bool(installed_at.strip())
