"""The models of this computer as the application offers them: which answers, what is here or can be had."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

from desktop.downloads.downloads import Downloads
from engine.errors import ModelError
from engine.models import speeds
from engine.models.gguf import GgufHeader
from engine.models.installed import InstalledModel, InstalledModels
from engine.models.library import ModelLibrary
from engine.models.speeds import MeasuredSpeed
from engine.models.values import Copying, Downloading, Fit, Measuring, ModelAdded, Offer, Quickened, Speed
from engine.ports import Model
from engine.process.client import LocalModel
from engine.values import Generated, GenerationEvent, Message, Priority, Sampling

Cancelled = Callable[[], bool]
CHOSEN = "model"
"""The setting that names the model in use."""


def _never() -> bool:
    return False


class Settings(Protocol):
    """Choices that outlive the app; `ChatStore` keeps them."""

    def setting(self, key: str, default: Any) -> Any: ...
    def put_setting(self, key: str, value: Any) -> None: ...


class LocalModels:
    """Thread-safe. Long work comes as an iterator."""

    def __init__(
        self,
        *,
        installed: InstalledModels,
        library: ModelLibrary,
        downloads: Downloads,
        settings: Settings,
        connect: Callable[..., LocalModel],
        forget: Callable[[str], None],
    ) -> None:
        """`connect(installed, conversation=…, priority=…)` puts a model behind the model process; `forget`
        lets that process forget a conversation."""
        self._installed = installed
        self._library = library
        self._downloads = downloads
        self._settings = settings
        self._connect = connect
        self._forget = forget

    # Which answers

    def installed(self) -> list[InstalledModel]:
        return self._installed.list()

    def current(self) -> InstalledModel:
        return self.chosen(None)

    def use(self, model_id: str) -> None:
        self._settings.put_setting(CHOSEN, self._installed.get(model_id).id)

    def chosen(self, model_id: str | None) -> InstalledModel:
        """The named model; else the one in use; else the delivered default."""
        if model_id:
            return self._installed.get(model_id)
        preferred = self._settings.setting(CHOSEN, None)
        known = {model.id for model in self._installed.list()}
        return self._installed.get(preferred if preferred in known else None)

    def local(
        self,
        model_id: str | None = None,
        *,
        conversation: str = "",
        priority: Priority = "interactive",
    ) -> LocalModel:
        """The named model, or the one in use, behind the model process."""
        return self._connect(self.chosen(model_id), conversation=conversation, priority=priority)

    def forget(self, conversation: str) -> None:
        """Delete what is kept of a conversation so that it need not be read again."""
        self._forget(conversation)

    def answering(
        self, model_id: str | None = None, *, conversation: str = "", priority: Priority = "interactive"
    ) -> Model:
        """The same for answers: how fast they come is remembered."""
        installed = self.chosen(model_id)
        model = self._connect(installed, conversation=conversation, priority=priority)
        return _Timed(model, lambda generated: self._note_speed(installed, generated))

    # Speeds

    def speed(self, model_id: str) -> MeasuredSpeed | None:
        """As measured on this computer; None where the model has not answered here yet."""
        return speeds.from_setting(self._settings.setting(speed_key(model_id), None))

    def _note_speed(self, model: InstalledModel, generated: Generated) -> None:
        seen = speeds.observed(generated)
        if seen is not None:
            self._put_speed(model.id, seen, self.speed(model.id))

    def _put_speed(self, model_id: str, seen: Speed, before: MeasuredSpeed | None = None) -> None:
        """Remember it, blended with what was seen before of the same file."""
        try:
            header = self._installed.header(model_id)
        except ModelError:
            return  # its file has gone meanwhile: nothing to remember, and the answer stands
        measured = MeasuredSpeed(seen, header.size_bytes, header.parameters)
        if before and before.size_bytes == header.size_bytes:
            measured = before.updated(seen)
        self._settings.put_setting(speed_key(model_id), speeds.to_setting(measured))

    # What can be done with them

    def fit(self, model_id: str) -> Fit:
        return self._library.fit(model_id)

    def header(self, model_id: str) -> GgufHeader:
        return self._library.header(model_id)

    def free_space_bytes(self) -> int:
        return self._library.free_space_bytes()

    def catalogue(self) -> list[Offer]:
        """What can be had, and how each stands on this computer."""
        return [
            Offer(
                model,
                self._library.fit_of_offer(model),
                self._downloads.is_installed(model),
                self._downloads.partial_bytes(model.id),
            )
            for model in self._downloads.catalogue()
        ]

    def download(self, model_id: str, *, cancelled: Cancelled) -> Iterator[Downloading | ModelAdded]:
        return self._downloads.download(model_id, cancelled=cancelled)

    def discard_download(self, model_id: str) -> int:
        return self._downloads.discard(model_id)

    def bring(self, path: Path, *, copy: bool, cancelled: Cancelled) -> Iterator[Copying | ModelAdded]:
        return self._library.import_model(path, copy=copy, cancelled=cancelled)

    def remove(self, model_id: str) -> int:
        """Remove a model; the bytes gained. One in use is unloaded first; then the default answers."""
        if model_id == self.current().id:
            self.local().unload()
        gained = self._library.remove(model_id)
        if self._settings.setting(CHOSEN, None) == model_id:
            self._settings.put_setting(CHOSEN, None)
        return gained

    def quicken(self, model_id: str, *, cancelled: Cancelled) -> Iterator[Measuring | Quickened]:
        """Measure quicker ways of having a model; `use_quickened` then takes what was found."""
        return self._library.quicken(model_id, cancelled=cancelled)

    def use_quickened(self, model_id: str, found: Quickened) -> None:
        """Take what was found worthwhile: load the model so from now on, or let the converted one answer."""
        if found.kind == "layout":
            self._library.set_repacked(model_id, found.repacked)
        else:
            self.use(found.id)
        self._put_speed(found.id or model_id, found.after)

    def use_as_before(self, model_id: str) -> None:
        """Load a model as any other again."""
        self._library.set_repacked(model_id, True)
        self._settings.put_setting(speed_key(model_id), None)  # it was the other layout's

    def recover(self) -> None:
        """Remove what a killed Carrel left half-written."""
        self._library.recover()

    def close(self) -> None:
        self._downloads.close()


def speed_key(model_id: str) -> str:
    return f"speed:{model_id}"


class _Timed:
    """A model whose generations are heard by `note`."""

    def __init__(self, model: LocalModel, note: Callable[[Generated], None]) -> None:
        self._model = model
        self._note = note

    @property
    def id(self) -> str:
        return self._model.id

    @property
    def name(self) -> str:
        return self._model.name

    @property
    def context_tokens(self) -> int:
        return self._model.context_tokens

    def generate(
        self, messages: Sequence[Message], sampling: Sampling, *, cancelled: Cancelled = _never
    ) -> Iterator[GenerationEvent]:
        for event in self._model.generate(messages, sampling, cancelled=cancelled):
            if isinstance(event, Generated):
                self._note(event)
            yield event
