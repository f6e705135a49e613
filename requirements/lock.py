"""Writes build.txt, app.txt and test.txt anew: exact versions and hashes, for every system and Python 3.11+.

    python3 requirements/lock.py [--upgrade]

needs `uv` on the PATH. Versions already locked stay unless `--upgrade` is given or pyproject.toml rules
them out. No file names a registry: pip's own configuration decides where packages come from.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

# CPU builds of the pinned torch, which come from elsewhere than the ordinary registry, where Linux gets
# the build for CUDA. pip prefers 2.13.0+cpu to 2.13.0 wherever it is offered both.
TORCH_CPU_HASHES = (
    "6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b",  # CPython 3.11, Linux x86-64
)


def compile_lock(target: str, sources: list[str], options: list[str]) -> None:
    command = ["uv", "pip", "compile", *sources, "--output-file", f"requirements/{target}"]
    command += ["--universal", "--python-version", "3.11", "--generate-hashes", "--quiet"]
    command += ["--no-header", "--no-emit-index-url", "--no-emit-find-links"]
    for left_out in options:
        command += ["--excludes", f"requirements/{left_out}"]
    subprocess.run(command + sys.argv[1:], cwd=ROOT, check=True)


def accept_cpu_torch(lock: Path) -> None:
    lines = lock.read_text(encoding="utf-8").splitlines(keepends=True)
    at = next(number for number, line in enumerate(lines) if line.startswith("torch==")) + 1
    added = [f"    --hash=sha256:{value} \\\n" for value in TORCH_CPU_HASHES]
    lock.write_text("".join(lines[:at] + added + lines[at:]), encoding="utf-8")


def main() -> None:
    test_sources = ["pyproject.toml", "--extra", "improve", "--group", "test"]
    compile_lock("test.txt", test_sources, ["without.txt"])
    # Where both lock a package they lock the same version, since all are installed into one environment.
    same = ["--constraints", "requirements/test.txt"]
    compile_lock("app.txt", ["pyproject.toml", *same], ["without.txt", "without-app.txt"])
    compile_lock("build.txt", ["requirements/build.in", *same], [])
    accept_cpu_torch(HERE / "test.txt")


if __name__ == "__main__":
    main()
