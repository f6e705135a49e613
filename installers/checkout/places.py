"""Where set-up puts things, and its small notes there."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
WINDOWS = os.name == "nt"


def cache_folder() -> Path:
    """`platformdirs.user_cache_path("carrel", appauthor=False)`, which is not installed yet."""
    if WINDOWS:
        return Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local") / "carrel" / "Cache"
    if sys.platform == "darwin":
        return Path.home() / "Library" / "Caches" / "carrel"
    return Path(os.environ.get("XDG_CACHE_HOME", "").strip() or Path.home() / ".cache") / "carrel"


def weights_folder() -> Path:
    """What desktop.places.weights() gives outside a bundle."""
    moved = os.environ.get("CARREL_WEIGHTS")
    return Path(moved) if moved else cache_folder() / "weights"


def read_note(path: Path) -> dict[str, Any]:
    """What a note of ours says; an absent or damaged one says nothing."""
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}


def write_note(path: Path, value: dict[str, Any]) -> None:
    """All of it or nothing of it: a reader never sees half a note."""
    partial = path.with_name(path.name + ".partial")
    partial.write_text(json.dumps(value, indent=1), encoding="utf-8")
    partial.replace(path)
