"""Which models are here: delivered with Carrel, in the person's `models/` folder, or used where they lie."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from engine.errors import ModelError, ModelMissing, ModelUnknown, NoChatTemplate
from engine.models.gguf import GgufHeader, inspect
from engine.models.register import Reference, Register, is_unchanged

# A model may read more, but its context is memory: 28 KiB a token for the default model.
CONTEXT_TOKENS = 8192


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model file that is here. `context_tokens` is what Carrel uses, not what the model could.

    `delivered`: it came with Carrel and is not the person's to remove. `referenced`: it lies outside
    Carrel's folders. `derived_from`: the id of the model that it was made from here. `repacked`: whether
    its weights are rearranged for the processor when it is loaded; not, where that was found quicker here.
    `problem`: why it cannot be used.
    """

    id: str
    name: str
    path: Path
    size_bytes: int
    context_tokens: int
    quantization: str = ""
    licence: str = ""
    description: str = ""
    default: bool = False
    delivered: bool = False
    problem: str = ""
    referenced: bool = False
    derived_from: str = ""
    repacked: bool = True


class InstalledModels:
    """Looks at the folders anew on each call; a header is read again only when its file changed.

    Identity: the delivered ones carry the catalogue's id, the person's own their file name without
    its ending, referenced ones the id in the register. A delivered id hides an own file of that name,
    and that a reference. Ids of the person's own models are free when they are given (`folder.py`).
    """

    def __init__(self, weights: Path, models: Path, catalogue: Path) -> None:
        self._weights = weights
        self._models = models
        self._catalogue = catalogue
        self._register = Register(models)
        self._headers: dict[tuple[Path, int, int], GgufHeader | ModelError] = {}
        self._sound: set[tuple[Reference, Path, int]] = set()

    def list(self) -> list[InstalledModel]:
        """Delivered ones first, in the catalogue's order, then the person's own by id."""
        models = {model.id: model for model in self._delivered()}
        entries = self._register.read()
        added = {model.id: model for model in self._referenced(entries.references)}
        added |= {model.id: model for model in self._own()}
        for model_id in sorted(added.keys() - models.keys(), key=str.casefold):
            origin = entries.origins.get(model_id, "")
            models[model_id] = replace(added[model_id], derived_from=origin)
        return [self._laid_out(model, entries.as_stored.get(model.id)) for model in models.values()]

    def get(self, model_id: str | None) -> InstalledModel:
        """The model of that id; without one the default, or the only one there is.

        Raises:
            ModelUnknown: there is no such model, or none to choose.
        """
        models = self.list()
        for model in models:
            if model.default if model_id is None else model.id == model_id:
                return model
        if model_id is None and len(models) == 1:
            return models[0]
        raise ModelUnknown(model_id or "default", tuple(model.id for model in models))

    def header(self, model_id: str) -> GgufHeader:
        """What the model's file says of itself.

        Raises:
            ModelUnknown: there is no such model.
            ModelError: the file is gone or damaged.
        """
        header = self._header(self.get(model_id).path)
        if isinstance(header, ModelError):
            raise header
        return header

    def _delivered(self) -> Iterator[InstalledModel]:
        for entry in tomllib.loads(self._catalogue.read_text(encoding="utf-8"))["weights"]:
            path = self._weights / entry["file"]
            if entry["role"] == "model" and path.is_file():
                yield _delivered(entry, path, self._header(path))

    def _own(self) -> Iterator[InstalledModel]:
        if self._models.is_dir():
            for path in sorted(self._models.glob("*.gguf")):
                header = self._header(path)
                if not isinstance(header, ModelMissing):  # a broken link, or removed at this moment
                    yield _own(path.stem, path, header)

    def _referenced(self, references: Mapping[str, Reference]) -> Iterator[InstalledModel]:
        for model_id, reference in references.items():
            path = Path(reference.path)
            problem = self._problem(reference)
            if problem:
                name = path.name.removesuffix(".gguf")
                model = InstalledModel(model_id, name, path, reference.size_bytes, 0, problem=problem)
            else:
                model = _own(model_id, path, self._header(path))
            yield replace(model, referenced=True)

    def _problem(self, reference: Reference) -> str:
        """Why a referenced file is not what was added; empty while it is. Said as what can be done."""
        path = Path(reference.path)
        try:
            if self._is_unchanged(reference, path):
                return ""
        except OSError:
            return f"It is no longer at {path}. Put it back, or remove it here."
        return f"{path} holds another file than the one that was added. Add it again to use it."

    def _laid_out(self, model: InstalledModel, as_stored: Reference | None) -> InstalledModel:
        """What was measured of a file says nothing of another one that took its place."""
        try:
            applies = as_stored is not None and self._is_unchanged(as_stored, model.path)
        except OSError:
            applies = False
        return replace(model, repacked=False) if applies else model

    def _is_unchanged(self, reference: Reference, path: Path) -> bool:
        seen = (reference, path, path.stat().st_mtime_ns)
        if seen not in self._sound and is_unchanged(reference, path):
            self._sound.add(seen)
        return seen in self._sound

    def _header(self, path: Path) -> GgufHeader | ModelError:
        try:
            stat = path.stat()
        except OSError:
            return ModelMissing(str(path))
        key = (path, stat.st_size, stat.st_mtime_ns)
        if key not in self._headers:
            try:
                self._headers[key] = inspect(path)
            except ModelError as error:
                self._headers[key] = error
        return self._headers[key]


def _delivered(entry: dict[str, Any], path: Path, header: GgufHeader | ModelError) -> InstalledModel:
    return InstalledModel(
        id=entry["id"],
        name=entry["name"],
        path=path,
        size_bytes=path.stat().st_size,
        context_tokens=entry["context_tokens"],
        quantization=header.quantization if isinstance(header, GgufHeader) else "",
        licence=entry["licence"],
        description=entry["description"],
        default=entry.get("default", False),
        delivered=True,
        problem="" if isinstance(header, GgufHeader) else str(header),
    )


def _own(model_id: str, path: Path, header: GgufHeader | ModelError) -> InstalledModel:
    if isinstance(header, ModelError):
        size_bytes = path.stat().st_size if path.exists() else 0
        return InstalledModel(model_id, model_id, path, size_bytes, 0, problem=str(header))
    return InstalledModel(
        id=model_id,
        name=header.name,
        path=path,
        size_bytes=header.size_bytes,
        context_tokens=min(header.context_tokens or CONTEXT_TOKENS, CONTEXT_TOKENS),
        quantization=header.quantization,
        licence=header.licence,
        problem="" if header.chat_template else str(NoChatTemplate(str(path))),
    )
