"""Joins everything: the one place that builds things from `rag` and `engine` and passes them in by name."""

from __future__ import annotations

import os
from pathlib import Path

from filelock import FileLock, Timeout

from desktop import places
from desktop.application import Application
from desktop.errors import ProfileInUse, ProfileUnwritable, WorkerLost
from desktop.network import NetworkLog
from desktop.places import Profile
from desktop.processes.service import Limits, ServiceDescription
from desktop.processes.supervisor import Supervisor
from engine.chats.store import ChatStore
from engine.errors import EngineError
from engine.models.installed import InstalledModels
from engine.process import messages as model_messages
from engine.settings import ModelSettings
from engine.values import Sampling
from rag.errors import RagError
from rag.library import Library
from rag.process import messages as reader_messages
from rag.settings import ReaderSettings, RetrievalSettings

GIB = 1 << 30

# A hostile file must meet a wall before the computer does. Address space, not resident memory: the
# embedder, Chroma and its threads reserve about 3 GB of it without using it.
READER_LIMITS = Limits(memory_bytes=8 * GIB, file_bytes=16 * GIB, open_files=1024)
# The weights are mapped, so address space says nothing here; what is free is checked before loading.
MODEL_LIMITS = Limits(file_bytes=4 * GIB, open_files=256)


def compose(profile: Profile, *, network: NetworkLog) -> Application:
    """Open a profile and build the application on it. No process is started and no weights are read.

    Raises:
        ProfileInUse: another Carrel holds it.
        ProfileUnwritable: the folder cannot be made or written.
        ProfileError, LibraryError: its databases cannot be used.
    """
    _make_folders(profile)
    lock = _hold(profile)
    try:
        return _build(profile, network, lock)
    except BaseException:
        lock.release()
        raise


def _build(profile: Profile, network: NetworkLog, lock: FileLock) -> Application:
    reader = Supervisor(reader_description(profile), log_path=profile.logs / "reader.log")
    model_process = Supervisor(model_description(), log_path=profile.logs / "model.log")
    chats = ChatStore(profile.chats)
    chats.recover()
    chats.purge()
    return Application(
        profile=profile,
        chats=chats,
        library=Library(profile.library, reader, RetrievalSettings(), lost=(WorkerLost,)),
        installed=installed_models(profile),
        reader=reader,
        model_process=model_process,
        network=network,
        sampling=Sampling(),
        release=lock.release,
    )


def installed_models(profile: Profile) -> InstalledModels:
    return InstalledModels(
        weights=places.weights(), models=profile.models, catalogue=places.assets() / "weights.toml"
    )


def embedder_path() -> Path:
    return places.weights() / "all-minilm-l6-v2.gguf"


def reader_description(profile: Profile) -> ServiceDescription:
    settings = ReaderSettings(
        embedder_path=embedder_path(), library_path=profile.library, vectors_path=profile.vectors
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


def model_description() -> ServiceDescription:
    return ServiceDescription(
        name="model",
        factory="engine.process.service:build",
        settings=ModelSettings(),
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
