"""Drives an indexing job from the command line and says how far it is."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from desktop.cli.output import Progress
from rag.indexing import FileDone, FileFailed, FileProgress, FileStarted, IndexDone, IndexEvent, JobProgress


@dataclass
class Outcome:
    """What became of the files of one or more jobs. `removed` ones were deleted and are forgotten."""

    ready: int = 0
    removed: int = 0
    unchanged: int = 0
    failed: int = 0
    problems: list[dict[str, str]] = field(default_factory=list)


def follow(events: Iterator[IndexEvent], progress: Progress) -> Outcome:
    """Run the job to its end. Failed files are reported beside the good ones."""
    outcome = Outcome()
    left = ""
    for event in events:
        match event:
            case FileStarted(name=name, done=done, total=total):
                progress.show(f"{done + 1} of {total}  {name}{left}")
            case FileProgress(what=what, done=done, total=total):
                progress.show((f"{what} {done} of {total}" if total else f"{what} {done}") + left)
            case FileDone():
                progress.clear()
            case FileFailed(path=path, reason=reason):
                outcome.problems.append({"path": path, "reason": reason})
                progress.say(f"{path}: {reason}")
            case JobProgress(seconds_left=seconds) if seconds is not None:
                left = f"  ({duration(seconds)} left)"
            case IndexDone(ready=ready, failed=failed, unchanged=unchanged, removed=removed):
                outcome.ready += ready
                outcome.removed += removed
                outcome.failed += failed
                outcome.unchanged += unchanged
    progress.clear()
    return outcome


def duration(seconds: float) -> str:
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
