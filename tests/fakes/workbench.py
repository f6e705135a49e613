"""A real workbench on real stores in a folder; the model is scripted, and no process is started."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from types import SimpleNamespace

from desktop import places
from desktop.escalations import no_frontier, not_allowed
from desktop.task_inputs import TaskInputs
from desktop.workbench import Workbench
from engine.chats.store import ChatStore
from engine.database import Database
from engine.routing.values import Policy
from engine.tasks.frontier import Frontier
from engine.tasks.migrations import MIGRATIONS
from engine.tasks.recipes import RecipeStore
from engine.tasks.runs import RunStore
from engine.usage.local_work import LocalWork
from rag.library import Library
from rag.settings import RetrievalSettings
from tests.fakes.reader import FakeReader, ReaderLostError
from tests.fakes.tasks import ScriptedTaskModel, tools


@contextmanager
def workbench_in(
    folder: Path,
    model: ScriptedTaskModel,
    frontier: Callable[[], Frontier | None] = no_frontier,
    policy: Callable[[], Policy] = not_allowed,
    work: LocalWork | None = None,
) -> Iterator[Workbench]:
    used = tools(model)
    models = SimpleNamespace(local=lambda *_, **__: model, chosen=lambda _: SimpleNamespace(id="scripted"))
    path = folder / "library.db"
    library = Library(path, FakeReader(path), RetrievalSettings(), lost=(ReaderLostError,))
    database = Database(folder / "tasks.db", MIGRATIONS)
    with closing(library), closing(database), closing(ChatStore(folder / "carrel.db")) as kept:
        yield Workbench(
            recipes=RecipeStore(database),
            runs=RunStore(database),
            inputs=TaskInputs(library),
            models=models,  # type: ignore[arg-type]
            locate=used.locate,
            nearest=used.nearest,
            look_up=used.look_up,
            check=used.check,
            gallery_folder=places.recipes(),
            lost=(),
            kept=kept,
            close=database.close,
            library=library,
            frontier=frontier,
            policy=policy,
            work=work,
        )
