"""Builds the frozen app into dist/carrel, with its weights.

    .venv/bin/python -m installers.build [--model default|small|none]

The weights are those that `run.py` has fetched and verified. Needs the test requirements
(`python3 run.py test`), which bring PyInstaller.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

from installers.checkout.console import MEGABYTE, SetupError, say
from installers.checkout.places import ROOT, weights_folder
from installers.checkout.weights import Weight, WeightStore, read_weights

BUNDLE = ROOT / "dist" / "carrel"
CONTENTS = BUNDLE / "_internal"  # sys._MEIPASS of the frozen app; desktop/places.py looks there


def main() -> int:
    model = parse_arguments()
    began = time.monotonic()
    try:
        weights = chosen_weights(model)
        freeze()
        take_along(weights)
    except SetupError as error:
        say(f"Carrel build: {error}")
        return 1
    except subprocess.CalledProcessError as error:
        return int(error.returncode)
    say(f"{BUNDLE}: {size_bytes(BUNDLE) // MEGABYTE} MB, built in {time.monotonic() - began:.0f} s")
    return 0


def parse_arguments() -> str:
    parser = argparse.ArgumentParser(
        prog="installers.build", description="Build the frozen app into dist/carrel."
    )
    parser.add_argument("--model", choices=["default", "small", "none"], default="default")
    return str(parser.parse_args().model)


def chosen_weights(model: str) -> list[Path]:
    """The verified files for the bundle, looked for before the long work begins.

    Raises:
        SetupError: one is not there.
    """
    store = WeightStore(weights_folder())
    found = []
    for weight in read_weights():
        if not is_chosen(weight, model):
            continue
        if not store.is_ready(weight):
            chosen = f"--model {model} " if model == "small" else ""
            raise SetupError(f"{weight.name} is not there yet: `python3 run.py {chosen}doctor` fetches it.")
        # At run time the embedder is its converted form alone.
        name = weight.converted if weight.role == "embedder" else weight.file
        found.append(store.folder / name)
    return found


def is_chosen(weight: Weight, model: str) -> bool:
    return weight.role == "embedder" or model == ("default" if weight.default else "small")


def freeze() -> None:
    folders = ["--distpath", str(ROOT / "dist"), "--workpath", str(ROOT / "build" / "pyinstaller")]
    quietly = ["--noconfirm", "--log-level", "WARN"]
    recipe = str(ROOT / "installers" / "carrel.spec")
    subprocess.run([sys.executable, "-m", "PyInstaller", *folders, *quietly, recipe], check=True)


def take_along(weights: list[Path]) -> None:
    folder = CONTENTS / "weights"
    folder.mkdir()
    for weight in weights:
        link_or_copy(weight, folder / weight.name)


def link_or_copy(source: Path, target: Path) -> None:
    """A hard link where both are on one disk: the default model alone is 1.1 GB."""
    try:
        os.link(source, target)
    except OSError:
        shutil.copyfile(source, target)


def size_bytes(folder: Path) -> int:
    """On disk; a file with several names in `folder` counts once."""
    found = {}
    for path in folder.rglob("*"):
        status = path.lstat()
        if path.is_file() and not path.is_symlink():
            found[status.st_dev, status.st_ino] = status.st_size
    return sum(found.values())


if __name__ == "__main__":
    sys.exit(main())
