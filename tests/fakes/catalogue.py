"""Writes catalogues of models that can be fetched."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

from engine.models.values import CatalogueModel


def write_catalogue(path: Path, *models: CatalogueModel) -> Path:
    lines = []
    for model in models:
        lines.append("[[models]]")
        fields = asdict(model)
        del fields["redirect_hosts"]
        lines += [f"{key} = {json.dumps(value)}" for key, value in fields.items()]
    path.write_text("\n".join(lines), encoding="utf-8")
    return path
