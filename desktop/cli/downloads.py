"""`carrel models catalogue` and `carrel models download ID`: the one command that uses the network.

This process stays offline all the same; it only opens the door for the process that fetches
(`desktop/egress/door.py`). The profile is not opened, so that a running Carrel is no obstacle.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

from desktop import places
from desktop.cli.output import Progress, show_json
from desktop.downloads.downloads import Downloads
from desktop.egress.door import open_door
from desktop.network import go_offline
from desktop.places import Profile
from engine.models.values import CatalogueModel, Downloading, ModelAdded

GB = 1e9


def run_catalogue(arguments: argparse.Namespace) -> int:
    folder = Profile.chosen(arguments.profile).models
    downloads = Downloads(catalogue=places.catalogue(), models=folder, network=go_offline(), door=None)
    rows = [_row(downloads, model) for model in downloads.catalogue()]
    if arguments.json:
        show_json({"models": rows})
        return 0
    for row in rows:
        state = "  (here)" if row["installed"] else "  (begun)" if row["partial_bytes"] else ""
        print(f"{row['id']:18} {row['size_bytes'] / GB:4.1f} GB  {row['name']}, {row['licence']}{state}")
        print(f"{'':18} {row['description']} {row['good_for']}")
    return 0


def run_download(arguments: argparse.Namespace) -> int:
    """Fetch a model; goes on from what is there. Stopped with Ctrl-C, it keeps what has come."""
    progress = Progress()
    folder = Profile.chosen(arguments.profile).models
    with _online(folder) as downloads:
        model = downloads.model(arguments.id)
        if not downloads.is_installed(model):
            progress.say(f"{model.name}, {model.size_bytes / GB:.1f} GB. Licence: {model.licence_url}")
        with closing(downloads.download(arguments.id, cancelled=lambda: False)) as events:
            _show(events, progress)
    path = folder / model.file
    if arguments.json:
        show_json({"model": model.id, "path": str(path), "size_bytes": model.size_bytes})
    else:
        print(f"{model.name} is here. To use it: carrel models use {model.id}")
    return 0


@contextmanager
def _online(folder: Path) -> Iterator[Downloads]:
    """Downloads with a way out, which is opened before this process goes offline."""
    door = open_door(places.catalogue())
    network = go_offline(door)
    made = Downloads(catalogue=places.catalogue(), models=folder, network=network, door=door)
    with closing(made):
        yield made


def _row(downloads: Downloads, model: CatalogueModel) -> dict[str, Any]:
    partial = downloads.partial_bytes(model.id)
    return asdict(model) | {"installed": downloads.is_installed(model), "partial_bytes": partial}


def _show(events: Iterator[Downloading | ModelAdded], progress: Progress) -> None:
    for event in events:
        if isinstance(event, ModelAdded):
            continue
        if event.phase == "waiting":
            progress.say(event.words)
        else:
            progress.show(_line(event))
    progress.clear()


_PHASES = {"connecting": "Connecting", "fetching": "Fetching", "verifying": "Checking"}


def _line(event: Downloading) -> str:
    words = event.words or _PHASES.get(event.phase, "")
    line = f"{words}: {event.done_bytes / GB:.2f} of {event.total_bytes / GB:.2f} GB"
    if event.bytes_per_second:
        line += f", {event.bytes_per_second / 1e6:.1f} MB/s"
    if event.seconds_left is not None:
        line += f", {_span(event.seconds_left)} left"
    return line


def _span(seconds: float) -> str:
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
