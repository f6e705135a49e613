"""Models for the screens: installed and offered as a test wishes; long work happens as scripted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from engine.errors import ModelUnknown
from engine.models.gguf import GgufHeader
from engine.models.installed import InstalledModel
from engine.models.values import (
    CatalogueModel,
    Downloading,
    Fit,
    Measuring,
    ModelAdded,
    Offer,
    Quickened,
    Speed,
)
from tests.fakes.scripts import Script, play

Cancelled = Callable[[], bool]
GB = 1_000_000_000

QWEN = InstalledModel(
    "qwen", "Qwen2.5 1.5B", Path("/w/qwen.gguf"), 1_117_320_768, 8192, "Q4_K_M", "Apache-2.0",
    "Careful with documents. The best choice for most computers.", default=True, delivered=True,
)  # fmt: skip
SMALL = InstalledModel(
    "small", "SmolLM2 135M", Path("/w/small.gguf"), 98_362_432, 8192, "Q4_1", "Apache-2.0",
    "Very small and very quick. Good for trying things out, not for answers that matter.", delivered=True,
)  # fmt: skip
OWN = InstalledModel(
    "mine", "Legal Assistant 3B", Path("/home/ada/.local/share/carrel/models/mine.gguf"), 2 * GB, 8192,
    "Q4_K_M", "MIT",
)  # fmt: skip
FITS = Fit(
    "fits", 2_100_000_000, 9_800_000_000, 54.0, 17.5,
    "Needs 2.1 GB of memory; 9.8 GB are free. Writes about 13 words a second, and begins an answer from "
    "documents after about 30 seconds.",
)  # fmt: skip
SLOW = Fit(
    "slow", 10_100_000_000, 9_800_000_000, 11.0, 4.0,
    "Needs 10.1 GB of memory; 9.8 GB are free now. Close other programs first.",
)  # fmt: skip
TOO_LARGE = Fit(
    "too_large", 18_200_000_000, 9_800_000_000, None, None,
    "Needs 18.2 GB of memory; this computer has 16.7 GB.",
)  # fmt: skip
HEADER = GgufHeader(
    path="/w/qwen.gguf", size_bytes=1_117_320_768, architecture="qwen2", name="qwen2.5 coder 1.5b instruct",
    parameters=1_543_714_304, quantization="Q4_K_M", context_tokens=32768, licence="apache-2.0",
    chat_template="{{ messages }}", layers=28, heads=12, kv_heads=2, embedding_length=1536, kv_numbers=14336,
    vocabulary=151_936, tensors=338,
)  # fmt: skip
QUICKENED = Quickened("qwen-q4_0", "Q4_0", Speed(54.0, 17.5), Speed(98.0, 18.6), 0.97, worthwhile=True)
QUICKER_LAYOUT = Quickened(
    "", "Q4_K_M", Speed(91.0, 25.0), Speed(127.0, 20.7), 0.99, worthwhile=True, kind="layout", repacked=False
)
NO_GAIN = Quickened("", "Q4_0", Speed(54.0, 17.5), Speed(56.0, 17.1), 0.98, worthwhile=False)


def offered(name: str, size_bytes: int, fit: Fit = FITS, *, good_for: str = "", **values: Any) -> Offer:
    """An offer as a catalogue would make it; `values` go to the catalogue's model or to the offer."""
    ours = {key: values.pop(key) for key in ("installed", "partial_bytes") if key in values}
    slug = name.casefold().replace(" ", "-")
    model = CatalogueModel(
        id=slug,
        name=name,
        description="",
        good_for=good_for,
        licence="Apache-2.0",
        licence_url="https://www.apache.org/licenses/LICENSE-2.0",
        url=f"https://models.example.org/{slug}.gguf",
        file=f"{slug}.gguf",
        size_bytes=size_bytes,
        sha256="0" * 64,
        parameters=size_bytes * 2,
        quantization="Q4_K_M",
        context_tokens=32768,
        kv_bytes=28672,
    )
    return Offer(replace(model, **values), fit, **({"installed": False} | ours))


@dataclass
class FakeModels:
    """The port Models. Scripts stand under the model's id, or the file's path, and are played once.

    A ModelAdded that is yielded puts the model of `arriving` (or one made from the offer) on this computer.
    """

    installed: list[InstalledModel] = field(default_factory=lambda: [QWEN, SMALL])
    offers: list[Offer] = field(default_factory=list)
    fits: dict[str, Fit] = field(default_factory=dict)
    headers: dict[str, GgufHeader | Exception] = field(default_factory=dict)
    arriving: dict[str, InstalledModel] = field(default_factory=dict)
    downloads: dict[str, list[Script]] = field(default_factory=dict)
    imports: dict[Path, Script] = field(default_factory=dict)
    quickenings: dict[str, Script] = field(default_factory=dict)
    refusal: Exception | None = None
    free_bytes: int = 120 * GB
    settings: dict[str, Any] = field(default_factory=dict)
    calls: list[tuple[str, Any]] = field(default_factory=list)

    def models(self) -> list[InstalledModel]:
        return list(self.installed)

    def current_model(self) -> InstalledModel:
        """The one in use; where that has gone, the first there is."""
        wanted = self.settings.get("model", "qwen")
        found = [model for model in self.installed if model.id == wanted] or self.installed
        if not found:
            raise ModelUnknown(wanted)
        return found[0]

    def use_model(self, model_id: str) -> None:
        self.settings["model"] = model_id

    def model_fit(self, model_id: str) -> Fit:
        return self.fits.get(model_id, FITS)

    def model_header(self, model_id: str) -> GgufHeader:
        found = self.headers.get(model_id, HEADER)
        if isinstance(found, Exception):
            raise found
        return found

    def free_space_bytes(self) -> int:
        return self.free_bytes

    def catalogue(self) -> list[Offer]:
        here = {model.id for model in self.installed}
        return [replace(offer, installed=offer.model.id in here) for offer in self.offers]

    def download_model(
        self, model_id: str, *, cancelled: Cancelled = lambda: False
    ) -> Iterator[Downloading | ModelAdded]:
        self.calls.append(("download_model", model_id))
        scripts = self.downloads.get(model_id)
        for event in play(scripts.pop(0) if scripts else [ModelAdded(model_id)], cancelled):
            if isinstance(event, Downloading):
                self._keep(model_id, event.done_bytes)
            yield self._arrived(event)

    def discard_download(self, model_id: str) -> int:
        self.calls.append(("discard_download", model_id))
        kept = next(offer.partial_bytes for offer in self.offers if offer.model.id == model_id)
        self._keep(model_id, 0)
        return kept

    def import_model(self, path: Path, *, copy: bool, cancelled: Cancelled = lambda: False) -> Iterator[Any]:
        self.calls.append(("import_model", (path, copy)))
        for event in play(self.imports.get(path, [ModelAdded(path.stem)]), cancelled):
            yield self._arrived(event, path, referenced=not copy)

    def remove_model(self, model_id: str) -> int:
        self.calls.append(("remove_model", model_id))
        if self.refusal is not None:
            raise self.refusal
        gone = next(model for model in self.installed if model.id == model_id)
        self.installed.remove(gone)
        return 0 if gone.referenced else gone.size_bytes

    def quicken_model(
        self, model_id: str, *, cancelled: Cancelled = lambda: False
    ) -> Iterator[Measuring | Quickened]:
        self.calls.append(("quicken_model", model_id))
        original = next(model for model in self.installed if model.id == model_id)
        for event in play(self.quickenings.get(model_id, [NO_GAIN]), cancelled):
            if isinstance(event, Quickened) and event.id:
                made = replace(original, id=event.id, delivered=False, default=False, derived_from=model_id)
                self.installed.append(made)
            yield event

    def use_quickened(self, model_id: str, found: Quickened) -> None:
        self.calls.append(("use_quickened", (model_id, found)))
        if found.kind == "layout":
            self._lay_out(model_id, found.repacked)
        else:
            self.use_model(found.id)

    def use_model_as_before(self, model_id: str) -> None:
        self.calls.append(("use_model_as_before", model_id))
        self._lay_out(model_id, True)

    def _lay_out(self, model_id: str, repacked: bool) -> None:
        if self.refusal is not None:
            raise self.refusal
        self.installed = [
            replace(model, repacked=repacked) if model.id == model_id else model for model in self.installed
        ]

    def _keep(self, model_id: str, partial_bytes: int) -> None:
        self.offers = [
            replace(offer, partial_bytes=partial_bytes) if offer.model.id == model_id else offer
            for offer in self.offers
        ]

    def _arrived(self, event: Any, path: Path | None = None, *, referenced: bool = False) -> Any:
        if isinstance(event, ModelAdded) and all(model.id != event.id for model in self.installed):
            self._keep(event.id, 0)
            self.installed.append(self.arriving.get(event.id) or self._made(event.id, path, referenced))
        return event

    def _made(self, model_id: str, path: Path | None, referenced: bool) -> InstalledModel:
        offer = next((offer for offer in self.offers if offer.model.id == model_id), None)
        name, size_bytes = (offer.model.name, offer.model.size_bytes) if offer else (model_id, 3 * GB)
        kept = path if path and referenced else Path(f"/home/ada/.local/share/carrel/models/{model_id}.gguf")
        return InstalledModel(model_id, name, kept, size_bytes, 8192, "Q4_K_M", referenced=referenced)
