"""Is there room for what set-up will put on the disks?"""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from installers.checkout.console import MEGABYTE, SetupError


def check_free_space(needed_bytes: Mapping[Path, int]) -> None:
    """`needed_bytes`: what will come into each folder.

    Raises:
        SetupError: a disk has not enough for what comes onto it.
    """
    for folder, needed in _by_disk(needed_bytes).items():
        free = shutil.disk_usage(folder).free
        if free < needed:
            raise SetupError(
                f"the disk of {folder} has {free // MEGABYTE} MB free and set-up needs "
                f"{needed // MEGABYTE} MB there: free some space and start again."
            )


def _by_disk(needed_bytes: Mapping[Path, int]) -> dict[Path, int]:
    """The same needs added up per disk, each named by one of its folders."""
    disks: dict[int, tuple[Path, int]] = {}
    for folder, needed in needed_bytes.items():
        there = next(place for place in [folder, *folder.parents] if place.exists())
        disk = there.stat().st_dev
        named, so_far = disks.get(disk, (there, 0))
        disks[disk] = (named, so_far + needed)
    return dict(disks.values())
