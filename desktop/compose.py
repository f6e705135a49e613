"""Joins everything: the one place that builds things from `rag` and `engine` and passes them in by name."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Thread

from filelock import FileLock, Timeout

from desktop import places, workshop
from desktop.answers import Answers
from desktop.application import Application
from desktop.cloud.cloud import Cloud
from desktop.compose_cloud import compose_cloud
from desktop.downloads.downloads import Downloads
from desktop.egress.door import Door
from desktop.errors import ProfileInUse, ProfileUnwritable, WorkerLost
from desktop.local_models import LocalModels, speed_key
from desktop.network import NetworkLog
from desktop.places import Profile
from desktop.processes.sandbox import Confinement
from desktop.processes.service import Limits, ServiceDescription
from desktop.processes.supervisor import Supervisor
from desktop.task_inputs import TaskInputs
from desktop.workbench import Workbench
from engine.chats.store import ChatStore
from engine.database import Database
from engine.errors import EngineError
from engine.models.fit import memory_now
from engine.models.installed import InstalledModels
from engine.models.library import ModelLibrary
from engine.models.speeds import from_setting
from engine.process import messages as model_messages
from engine.process.client import LocalModel
from engine.process.messages import Forget
from engine.settings import ModelSettings
from engine.tasks.migrations import MIGRATIONS as TASK_MIGRATIONS
from engine.tasks.recipes import RecipeStore
from engine.tasks.runs import RunStore
from engine.values import Sampling
from rag.errors import RagError
from rag.grounding import check
from rag.library import Library
from rag.locating import Locator
from rag.process import messages as reader_messages
from rag.settings import ReaderSettings, RetrievalSettings

GIB = 1 << 30

# A hostile file must meet a wall before the computer does. Address space, not resident memory: the
# embedder, Chroma and its threads reserve about 3 GB of it without using it.
READER_LIMITS = Limits(memory_bytes=8 * GIB, file_bytes=16 * GIB, open_files=1024)
# What is free is checked before loading; the files it writes are states of conversations.
MODEL_LIMITS = Limits(file_bytes=4 * GIB, open_files=256, sacrificed=True)
STATES_BYTES = 2 * GIB


Confined = NetworkLog | Supervisor


def compose(profile: Profile, *, network: NetworkLog, door: Door | None = None) -> Application:
    """Open a profile and build the application on it. No process is started and no weights are read.

    `door` is the way out for downloads; without one, nothing can be fetched.

    Raises:
        ProfileInUse: another Carrel holds it.
        ProfileUnwritable: the folder cannot be made or written.
        ProfileError, LibraryError: its databases cannot be used.
    """
    _make_folders(profile)
    lock = _hold(profile)
    try:
        return _build(profile, network, lock, door)
    except BaseException:
        lock.release()
        raise


def _build(profile: Profile, network: NetworkLog, lock: FileLock, door: Door | None) -> Application:
    reader = Supervisor(reader_description(profile), log_path=profile.logs / "reader.log")
    model_process = Supervisor(model_description(profile), log_path=profile.logs / "model.log")
    chats = ChatStore(profile.chats)
    chats.recover()
    chats.purge()
    models = _local_models(profile, network, door, chats, model_process)
    models.recover()
    library = Library(profile.library, reader, RetrievalSettings(), lost=(WorkerLost,))
    answers = Answers(models, library, Sampling())
    workers: dict[str, Confined] = {"app": network, "model": model_process, "reader": reader}
    cloud = compose_cloud(
        profile, network, door, chats, library, answers, held=partial(_confinements, workers)
    )
    return Application(
        profile=profile,
        chats=chats,
        library=library,
        models=models,
        answers=answers,
        tasks=_workbench(profile, models, library, answers, chats, cloud),
        cloud=cloud,
        reader=reader,
        model_process=model_process,
        network=network,
        release=lock.release,
    )


def _workbench(
    profile: Profile,
    models: LocalModels,
    library: Library,
    answers: Answers,
    chats: ChatStore,
    cloud: Cloud,
) -> Workbench:
    database = Database(profile.tasks, TASK_MIGRATIONS)
    recipes, runs = RecipeStore(database), RunStore(database)
    runs.recover()
    return Workbench(
        recipes=recipes,
        runs=runs,
        inputs=TaskInputs(library),
        models=models,
        locate=Locator(),
        nearest=library.nearest,
        look_up=answers.look_up,
        check=check,
        gallery_folder=places.recipes(),
        lost=(WorkerLost,),
        kept=chats,
        close=database.close,
        library=library,
        frontier=cloud.frontier,
        policy=cloud.policy,
        work=cloud.work,
    )


def _confinements(workers: Mapping[str, Confined]) -> dict[str, Confinement]:
    """What the system holds each running process to."""
    held = {name: worker.confinement for name, worker in workers.items()}
    return {name: confinement for name, confinement in held.items() if confinement}


def _local_models(
    profile: Profile, network: NetworkLog, door: Door | None, chats: ChatStore, model_process: Supervisor
) -> LocalModels:
    installed = installed_models(profile)
    library = ModelLibrary(
        installed=installed,
        folder=profile.models,
        workshop=partial(workshop.opened, profile.logs / "workshop.log"),
        lost=(WorkerLost,),
        memory=lambda: memory_now(model_process.memory_bytes() or 0),
        measured=lambda model_id: from_setting(chats.setting(speed_key(model_id), None)),
        batch_tokens=ModelSettings().batch_tokens,
    )
    return LocalModels(
        installed=installed,
        library=library,
        downloads=Downloads(catalogue=places.catalogue(), models=profile.models, network=network, door=door),
        settings=chats,
        connect=partial(LocalModel, model_process),
        forget=partial(_forget, profile, model_process),
    )


def _forget(profile: Profile, model_process: Supervisor, conversation: str) -> None:
    """Delete a conversation's state: on the disk at once, in a running process by and by."""
    from engine.process.states import StateStore  # numpy, which the start can do without

    StateStore(profile.states, STATES_BYTES).forget(conversation)
    if model_process.state == "ready":  # else there is nothing to forget, and no reason to start it
        Thread(target=_drain, args=(model_process, Forget(conversation)), name="forget", daemon=True).start()


def _drain(worker: Supervisor, request: Forget) -> None:
    with suppress(WorkerLost):
        for _ in worker.call(request):
            pass


def installed_models(profile: Profile) -> InstalledModels:
    return InstalledModels(
        weights=places.weights(), models=profile.models, catalogue=places.assets() / "weights.toml"
    )


def embedder_path() -> Path:
    return places.weights() / "multilingual-e5-small.onnx"


def former_embedders() -> tuple[Path, ...]:
    """Those of earlier Carrels: a library may still hold their vectors."""
    delivered = (places.weights() / name for name in ("all-minilm-l6-v2.gguf",))
    return tuple(path for path in delivered if path != embedder_path())


def reader_description(profile: Profile, *, use_chroma: bool = True) -> ServiceDescription:
    settings = ReaderSettings(
        embedder_path=embedder_path(),
        library_path=profile.library,
        vectors_path=profile.vectors,
        scratch_path=profile.scratch,
        names_path=places.name_weights(),
        former_embedders=former_embedders(),
        use_chroma=use_chroma,
    )
    return ServiceDescription(
        name="reader",
        factory="rag.process.service:build",
        settings=settings,
        requests=reader_messages.REQUESTS,
        replies=reader_messages.REPLIES,
        errors=RagError,
        limits=READER_LIMITS,
    )


def model_description(profile: Profile) -> ServiceDescription:
    return ServiceDescription(
        name="model",
        factory="engine.process.service:build",
        settings=ModelSettings(states=profile.states, states_limit_bytes=STATES_BYTES),
        requests=model_messages.REQUESTS,
        replies=model_messages.REPLIES,
        errors=EngineError,
        limits=MODEL_LIMITS,
    )


def _make_folders(profile: Profile) -> None:
    try:
        for folder in (profile.folder, profile.models, profile.logs):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise ProfileUnwritable(str(profile.folder), error.strerror or str(error)) from error
    if not os.access(profile.folder, os.W_OK):
        raise ProfileUnwritable(str(profile.folder), "Permission denied")


def _hold(profile: Profile) -> FileLock:
    """Take the profile's lock; the system frees it by itself when the process dies."""
    lock = FileLock(profile.lock)
    try:
        lock.acquire(timeout=0)
    except Timeout as error:
        raise ProfileInUse(str(profile.folder)) from error
    except OSError as error:
        raise ProfileUnwritable(str(profile.folder), error.strerror or str(error)) from error
    return lock
