"""What a run is called where several of one recipe stand beside each other, and what it was made from."""

from __future__ import annotations

import time

from desktop.theme.foreign import plain
from engine.tasks.values import RunRow


def described(run: RunRow) -> str:
    """When it was made, by what, how much of it: “24 Nov 2026, 12:04 · Qwen2.5 1.5B · 9,412 done”."""
    when = time.strftime("%d %b %Y, %H:%M", time.localtime(run.created)).lstrip("0")
    model = f" · {plain(run.model, 30)}" if run.model else ""
    return f"{when}{model} · {run.counts.done:,} done"


def source_of(run: RunRow) -> str:
    """“tickets-october.xlsx”, “3 files”, the name of a collection."""
    source = run.source
    if source.collection:
        return plain(source.collection, 36)
    if len(source.paths) == 1:
        return plain(source.paths[0].replace("\\", "/").rstrip("/").rpartition("/")[2], 36)
    return f"{len(source.paths):,} files" if source.paths else plain(run.title, 36)
