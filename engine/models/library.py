"""What a person does with models: see whether they fit, bring them, remove them, make them faster."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

from engine.errors import ModelDelivered, ModelMissing
from engine.models import speeds
from engine.models.fit import Memory, judge, memory_now
from engine.models.folder import ModelFolder
from engine.models.gguf import GgufHeader
from engine.models.importing import Importer
from engine.models.installed import CONTEXT_TOKENS, InstalledModel, InstalledModels
from engine.models.quickening import Quickener, Workshop
from engine.models.register import Register, reference_to
from engine.models.speeds import MeasuredSpeed
from engine.models.values import CatalogueModel, Copying, Fit, Measuring, ModelAdded, Quickened

Cancelled = Callable[[], bool]


def never() -> bool:
    return False


def _unmeasured(_model_id: str) -> None:
    return None


class ModelLibrary:
    """The models of one person on this computer. Thread-safe; long work comes as an iterator.

    `memory` is what a model could have now: what is free, and what the loaded one would give back.
    `measured` gives the speed of a model as it was measured here, by its id; None where it was not.
    `batch_tokens`: what the model process keeps beside the context of a chat (`ModelSettings`).
    `lost` are the errors by which a worker tells that its process was ended.
    """

    def __init__(
        self,
        *,
        installed: InstalledModels,
        folder: Path,
        workshop: Workshop,
        lost: tuple[type[Exception], ...],
        memory: Callable[[], Memory] = memory_now,
        measured: Callable[[str], MeasuredSpeed | None] = _unmeasured,
        batch_tokens: int = 0,
    ) -> None:
        self._installed = installed
        self._folder = ModelFolder(folder)
        self._register = Register(folder)
        self._memory = memory
        self._measured = measured
        self._batch_tokens = batch_tokens
        self._importer = Importer(installed, self._folder, self._register)
        self._quickener = Quickener(installed, self._folder, self._register, workshop, lost)

    def recover(self) -> int:
        """Remove what a killed Carrel left half-written; the bytes gained. At the start, before any work."""
        return self._folder.clean()

    def list(self) -> list[InstalledModel]:
        return self._installed.list()

    def header(self, model_id: str) -> GgufHeader:
        """
        Raises:
            ModelUnknown, ModelError: there is no such model, or its file is not one.
        """
        return self._installed.header(model_id)

    def free_space_bytes(self) -> int:
        """What is free on the disk that models are kept on.

        Raises:
            ModelUnwritable: the folder is not there.
        """
        return self._folder.free_bytes()

    def fit(self, model_id: str) -> Fit:
        """Whether an installed model suits this computer, with the context that Carrel gives it.

        Raises:
            ModelUnknown, ModelError: there is no such model, or its file is not one.
        """
        model = self._installed.get(model_id)
        return self._fit(self.header(model_id), model.context_tokens, self._measured(model_id))

    def fit_of_offer(self, offered: CatalogueModel) -> Fit:
        """The same for a model of the catalogue, judged by the measured one nearest in size."""
        return judge(
            size_bytes=offered.size_bytes,
            kv_bytes=offered.kv_bytes * (min(offered.context_tokens, CONTEXT_TOKENS) + self._batch_tokens),
            parameters=offered.parameters,
            there_is=self._memory(),
            reference=self._reference(offered.size_bytes),
        )

    def _fit(self, header: GgufHeader, context_tokens: int, measured: MeasuredSpeed | None) -> Fit:
        return judge(
            size_bytes=header.size_bytes,
            kv_bytes=header.kv_bytes(context_tokens + self._batch_tokens),
            parameters=header.parameters,
            there_is=self._memory(),
            reference=measured or self._reference(header.size_bytes),
        )

    def _reference(self, size_bytes: int) -> MeasuredSpeed | None:
        measured = (self._measured(model.id) for model in self._installed.list())
        return speeds.nearest([found for found in measured if found], size_bytes)

    def import_model(
        self, path: Path, *, copy: bool, cancelled: Cancelled = never
    ) -> Iterator[Copying | ModelAdded]:
        """Add a GGUF file: a copy of it, or a reference to where it lies. See `Importer.run`."""
        return self._importer.run(path, copy=copy, cancelled=cancelled)

    def remove(self, model_id: str) -> int:
        """Remove a model; the bytes gained. Of a referenced one only the reference goes, the file stays.

        It must not be loaded: Windows keeps the file of a loaded model.

        Raises:
            ModelUnknown: there is no such model.
            ModelDelivered: it came with Carrel.
            ModelUnwritable: the file cannot be removed.
        """
        model = self._installed.get(model_id)
        if model.delivered:
            raise ModelDelivered(model.name)
        gained = 0 if model.referenced else self._folder.remove(model.path)
        self._register.forget(model_id)
        return gained

    def quicken(self, model_id: str, *, cancelled: Cancelled = never) -> Iterator[Measuring | Quickened]:
        """Make a model faster on this computer, if that is worth it. See `Quickener.run`."""
        return self._quickener.run(model_id, cancelled)

    def set_repacked(self, model_id: str, repacked: bool) -> None:
        """Load a model so from now on. See `InstalledModel.repacked`.

        Raises:
            ModelUnknown, ModelMissing: there is no such model, or no file of it.
            ModelUnwritable: it cannot be noted.
        """
        path = self._installed.get(model_id).path
        try:
            self._register.put_as_stored(model_id, None if repacked else reference_to(path))
        except OSError as error:
            raise ModelMissing(str(path)) from error
