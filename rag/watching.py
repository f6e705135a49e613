"""Follows the folders of watched collections: says when one should be looked at again.

The system tells of changes (watchfiles), and what it does not tell is found by looking now and then: at the
start, every ten minutes, and every minute while the system cannot be asked (Linux allows so many folders,
a network drive tells nothing).
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Generator, Iterable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from rag.errors import LibraryError
from rag.formats import supported
from rag.passed_over import passed_over
from rag.scan import lies_in

TELL_EVERY_S = 1.0
# Changes are told once the folder has been quiet for so long, or at the latest after so long.
QUIET_MS, LATEST_MS = 400, 2000
TICK_MS = 500
# So often it is looked whether there are other folders to follow, or a drive came or went.
FOLDERS_EVERY_S = 2.0
LOOK_EVERY_S = 600.0
LOOK_WITHOUT_WATCHER_S = 60.0

Folders = Mapping[str, tuple[str, ...]]  # collection → its folders
_Identity = tuple[int, int]  # disk and number: another drive at the same place is another folder

log = logging.getLogger(__name__)


class Watch:
    """Watches until it is closed, on a thread of its own. What is watched may change meanwhile."""

    def __init__(
        self,
        watched: Callable[[], Folders],
        due: Callable[[str], None],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`due` hears the name of a collection to look at, at most about once a second for each."""
        self._watched = watched
        self._due = due
        self._clock = clock
        self._stop = threading.Event()
        self._folders: Folders = {}
        self._present: dict[str, _Identity] = {}
        self._checked = -FOLDERS_EVERY_S
        self._pending: set[str] = set()
        self._told: dict[str, float] = {}
        self._works = True
        self._thread = threading.Thread(target=self._run, name="watch", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop; `due` is not called any more. A second call does nothing."""
        self._stop.set()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _run(self) -> None:
        while not self._stop.is_set():
            self._check_folders()
            self._follow()

    def _follow(self) -> None:
        """Until there are other folders to follow, or the watcher fails."""
        if not self._present:
            self._pass_a_tick()
            return
        try:
            with closing(self._changes()) as changes:
                for changed in changes:
                    self._works = True
                    self._note(changed)
                    self._tell()
                    if self._check_folders():
                        return
        except (OSError, RuntimeError) as error:  # the limit of inotify, a folder that went
            log.warning("folders are looked at now and then, because they cannot be followed: %s", error)
            self._works = False
            self._do_without()

    def _changes(self) -> Generator[set[tuple[Any, str]], None, None]:
        from watchfiles import watch  # its native part costs the start 30 ms

        return watch(
            *self._present,
            watch_filter=lambda _change, path: self._is_worth(path),
            debounce=LATEST_MS,
            step=QUIET_MS,
            rust_timeout=TICK_MS,
            yield_on_timeout=True,
            stop_event=self._stop,
            raise_interrupt=False,
            ignore_permission_denied=True,
        )

    def _do_without(self) -> None:
        until = self._clock() + LOOK_WITHOUT_WATCHER_S
        while self._clock() < until and not self._stop.is_set():
            self._pass_a_tick()
            if self._check_folders():
                return

    def _pass_a_tick(self) -> None:
        self._tell()
        self._stop.wait(TICK_MS / 1000)

    def _check_folders(self) -> bool:
        """Whether other folders are to be followed than before. What came, or came back, is due."""
        if self._clock() - self._checked < FOLDERS_EVERY_S:
            return False
        self._checked = self._clock()
        try:
            folders = dict(self._watched())
        except LibraryError as error:
            log.warning("it is not known what to watch: %s", error)
            return False
        present = {folder: identity for folder in _all(folders) if (identity := _identity(folder))}
        self._pending |= {name for name in folders if name not in self._told}
        self._pending |= {
            name
            for name, its_folders in folders.items()
            if any(present.get(folder) != self._present.get(folder) for folder in its_folders)
        }
        self._folders = folders
        changed = present != self._present
        self._present = present
        return changed

    def _note(self, changed: set[tuple[Any, str]]) -> None:
        paths = [path for _, path in changed]
        for name, folders in self._folders.items():
            # macOS tells of the real folder where a link was named.
            roots = [*map(Path, folders), *(Path(folder).resolve() for folder in folders)]
            if any(lies_in(path, roots) for path in paths):
                self._pending.add(name)

    def _tell(self) -> None:
        """Call `due` for what waits, and for what has not been looked at for long."""
        now = self._clock()
        every_s = LOOK_EVERY_S if self._works else LOOK_WITHOUT_WATCHER_S
        for name in self._folders:
            told = self._told.get(name)
            wanted = name in self._pending and (told is None or now - told >= TELL_EVERY_S)
            if (wanted or (told is not None and now - told >= every_s)) and not self._stop.is_set():
                self._pending.discard(name)
                self._told[name] = now
                self._due(name)

    def _is_worth(self, path: str) -> bool:
        """False for what no look would find: hidden and temporary files, and files of other kinds.

        What is not there any more may have been a folder of any name.
        """
        below = Path(path)
        for folder in self._present:
            if lies_in(path, [Path(folder)]):
                below = Path(path).relative_to(folder)
                break
        if any(passed_over(part) for part in below.parts):
            return False
        return supported(below) or not Path(path).is_file()


def _all(folders: Folders) -> Iterable[str]:
    return dict.fromkeys(folder for its_folders in folders.values() for folder in its_folders)


def _identity(folder: str) -> _Identity | None:
    try:
        status = Path(folder).stat()
    except OSError:
        return None
    return (status.st_dev, status.st_ino) if Path(folder).is_dir() else None
