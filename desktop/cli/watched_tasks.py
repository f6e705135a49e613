"""`carrel tasks watch | watched | unwatch`"""

from __future__ import annotations

import argparse
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from queue import Empty, SimpleQueue

from desktop.cli.output import Progress, show_json
from desktop.cli.recipes import recipe_of
from desktop.cli.session import opened
from desktop.cli.task_runs import CANCELLED, Cancelled, follow, interruptible
from desktop.errors import UsageError, WorkerLost
from desktop.window.ports import Tasks
from engine.errors import EngineError
from engine.tasks.values import WatchedTask
from rag.errors import RagError

_LOOK_S = 0.2  # so often it is looked whether the person has interrupted


def run_watch(arguments: argparse.Namespace) -> int:
    folder = Path(arguments.folder).expanduser().absolute()
    output = Path(arguments.output).expanduser().absolute()
    if not folder.is_dir():
        raise UsageError(f"{folder} is no folder.")
    with opened(arguments) as application:
        task = _watched(application.tasks, arguments, folder, output)
        _follow(application.tasks, task)
    return CANCELLED


def _watched(tasks: Tasks, arguments: argparse.Namespace, folder: Path, output: Path) -> WatchedTask:
    """The one that there is: what came while nobody watched is done then."""
    recipe = recipe_of(tasks, arguments.recipe)
    for task in tasks.watched_tasks():
        if (task.recipe_id, task.folder, task.output) == (recipe.id, str(folder), str(output)):
            return task
    return tasks.watch_task(recipe.id, folder, output, existing=arguments.existing)


def _follow(tasks: Tasks, task: WatchedTask) -> None:
    """Until Ctrl-C; a run that is under way is paused then, and gone on with the next time."""
    due: SimpleQueue[int] = SimpleQueue()
    progress = Progress()
    with interruptible() as cancelled, closing(tasks.follow_tasks(due.put)):
        progress.say(f"Watching {task.folder}. Ctrl-C ends it.")
        while not cancelled():
            if _next(due) == task.id:
                _work(tasks, task, progress, cancelled)


def _next(due: SimpleQueue[int]) -> int | None:
    try:
        return due.get(timeout=_LOOK_S)
    except Empty:
        return None


def _work(tasks: Tasks, task: WatchedTask, progress: Progress, cancelled: Cancelled) -> None:
    """What goes wrong is said, and tried again the next time."""
    try:
        run_id = follow(tasks.work_watched(task.id, cancelled=cancelled), progress)
    except (EngineError, RagError, WorkerLost) as error:
        progress.say(str(error))
        return
    if run_id is not None and tasks.run(run_id).state == "done":
        counts = tasks.run(run_id).counts
        failed = f", {counts.failed:,} failed" if counts.failed else ""
        progress.say(f"Run {run_id}: {counts.done:,} inputs done{failed}. Added to {task.output}")


def run_watched(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        watched = application.tasks.watched_tasks()
    if arguments.json:
        show_json({"watched": [asdict(task) for task in watched]})
        return 0
    for task in watched:
        print(f"{task.id:5} {task.recipe_name}: {task.folder} → {task.output}, {task.done:,} files done")
        if task.reason:
            print(f"{'':5} {task.reason}")
    if not watched:
        print("No folder is watched. To watch one: carrel tasks watch RECIPE FOLDER --output FILE")
    return 0


def run_unwatch(arguments: argparse.Namespace) -> int:
    with opened(arguments) as application:
        if not any(task.id == arguments.task_id for task in application.tasks.watched_tasks()):
            raise UsageError(f"Nothing is watched under the number {arguments.task_id}.")
        application.tasks.unwatch_task(arguments.task_id)
    if arguments.json:
        show_json({"unwatched": arguments.task_id})
    else:
        print("It is watched no longer. What was written stays.")
    return 0
