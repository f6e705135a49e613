"""Which models are here: those Carrel was delivered with and those in the person's `models/` folder."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine.errors import ModelError, ModelUnknown
from engine.models.gguf import GgufHeader, inspect

# A model may read more, but its context is memory: 28 KiB a token for the default model.
CONTEXT_TOKENS = 8192


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A model file that is here. `context_tokens` is what Carrel uses, not what the model could.

    `delivered`: it came with Carrel and is not the person's to remove. `problem`: why it cannot be used.
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


class InstalledModels:
    """Looks at the folders anew on each call; a header is read again only when its file changed.

    Identity: the delivered ones carry the catalogue's id, the person's own their file name without
    its ending. A delivered id hides an own file of the same name.
    """

    def __init__(self, weights: Path, models: Path, catalogue: Path) -> None:
        self._weights = weights
        self._models = models
        self._catalogue = catalogue
        self._headers: dict[tuple[Path, int, int], GgufHeader | ModelError] = {}

    def list(self) -> list[InstalledModel]:
        """Delivered ones first, in the catalogue's order, then the person's own by name."""
        delivered = list(self._delivered())
        known = {model.id for model in delivered}
        return delivered + [model for model in self._own() if model.id not in known]

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

    def _delivered(self) -> Iterator[InstalledModel]:
        for entry in tomllib.loads(self._catalogue.read_text(encoding="utf-8"))["weights"]:
            path = self._weights / entry["file"]
            if entry["role"] == "model" and path.is_file():
                yield _delivered(entry, path, self._header(path))

    def _own(self) -> Iterator[InstalledModel]:
        if self._models.is_dir():
            for path in sorted(self._models.glob("*.gguf")):
                if path.is_file():  # no broken link
                    yield _own(path, self._header(path))

    def _header(self, path: Path) -> GgufHeader | ModelError:
        stat = path.stat()
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


def _own(path: Path, header: GgufHeader | ModelError) -> InstalledModel:
    if isinstance(header, ModelError):
        return InstalledModel(path.stem, path.stem, path, path.stat().st_size, 0, problem=str(header))
    return InstalledModel(
        id=path.stem,
        name=header.name,
        path=path,
        size_bytes=header.size_bytes,
        context_tokens=min(header.context_tokens or CONTEXT_TOKENS, CONTEXT_TOKENS),
        quantization=header.quantization,
        licence=header.licence,
    )
