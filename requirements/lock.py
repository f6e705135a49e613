"""Writes build.txt, app.txt and test.txt anew: exact versions and hashes, for every system and Python 3.11+.

    python3 requirements/lock.py [--upgrade]

needs `uv` on the PATH. Versions already locked stay unless `--upgrade` is given or pyproject.toml rules
them out. No file names a registry: pip's own configuration decides where packages come from.
"""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
ROOT = HERE.parent

# The ordinary registry's torch for Linux is the one for CUDA, which cannot be imported without 3 GB of
# NVIDIA's libraries. PyTorch's own CPU builds, by the hashes of those that were tried:
TORCH_CPU_HASHES = (
    "6746dbcbeb526eb61330b76b41ff1b4eb848951103a892eeb080dfa2b264667b",  # CPython 3.11, x86-64
)


def compile_lock(target: str, sources: list[str], options: list[str]) -> None:
    command = ["uv", "pip", "compile", *sources, "--output-file", f"requirements/{target}"]
    command += ["--universal", "--python-version", "3.11", "--generate-hashes", "--quiet"]
    command += ["--no-header", "--no-emit-index-url", "--no-emit-find-links"]
    for left_out in options:
        command += ["--excludes", f"requirements/{left_out}"]
    subprocess.run(command + sys.argv[1:], cwd=ROOT, check=True)


def take_cpu_torch_on_linux(lock: Path) -> None:
    """Split torch in two: pip prefers a hash that the registry names to one that it must work out."""
    text = lock.read_text(encoding="utf-8")
    found = re.search(r"^torch==(\S+)(.*)$", text, re.MULTILINE)
    if not found:
        raise SystemExit(f"{lock} has no torch")
    hashes = " \\\n".join(f"    --hash=sha256:{value}" for value in TORCH_CPU_HASHES)
    cpu = f"torch=={found[1]}+cpu ; sys_platform == 'linux' \\\n{hashes}\n"
    other = f"torch=={found[1]} ; sys_platform != 'linux' \\"
    lock.write_text(text[: found.start()] + cpu + other + text[found.end() :], encoding="utf-8")


def main() -> None:
    test_sources = ["pyproject.toml", "--extra", "improve", "--group", "test"]
    compile_lock("test.txt", test_sources, ["without.txt"])
    # Where both lock a package they lock the same version, since all are installed into one environment.
    same = ["--constraints", "requirements/test.txt"]
    compile_lock("app.txt", ["pyproject.toml", *same], ["without.txt", "without-app.txt"])
    compile_lock("build.txt", ["requirements/build.in", *same], [])
    take_cpu_torch_on_linux(HERE / "test.txt")


if __name__ == "__main__":
    main()
