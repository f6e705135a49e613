"""Where things are: what Carrel was delivered with, and the person's profile folder."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import platformdirs


def _root() -> Path:
    """The folder that holds `assets/`: the checkout or site-packages, or the frozen bundle."""
    frozen = getattr(sys, "_MEIPASS", None)
    return Path(frozen) if frozen else Path(__file__).resolve().parents[1]


def assets() -> Path:
    return _root() / "assets"


def name_weights() -> Path:
    """What finds persons and addresses, of tests/benchmarks/train_names.py."""
    return assets() / "names.npz"


def catalogue() -> Path:
    """The list of models that can be fetched. `CARREL_CATALOGUE` moves it (tests and packagers)."""
    moved = os.environ.get("CARREL_CATALOGUE")
    return Path(moved) if moved else assets() / "models.toml"


def recipes() -> Path:
    """The gallery of recipes."""
    return assets() / "recipes"


def prices() -> Path:
    """The table of what providers ask for their models."""
    return assets() / "prices.toml"


def weights() -> Path:
    """The delivered weights: inside the bundle when frozen, else the cache that set-up fills.

    `CARREL_WEIGHTS` moves it (tests and packagers).
    """
    moved = os.environ.get("CARREL_WEIGHTS")
    if moved:
        return Path(moved)
    bundled = _root() / "weights"
    if bundled.is_dir():
        return bundled
    return platformdirs.user_cache_path("carrel", appauthor=False) / "weights"


@dataclass(frozen=True, slots=True)
class Profile:
    """The one folder with everything of one person. DESIGN: “Data on disk”."""

    folder: Path

    @classmethod
    def chosen(cls, argument: str | None = None) -> Profile:
        """`--profile`, else `CARREL_HOME`, else the system's own place for application data."""
        named = argument or os.environ.get("CARREL_HOME")
        folder = Path(named) if named else platformdirs.user_data_path("carrel", appauthor=False)
        return cls(folder.expanduser().absolute())

    @property
    def chats(self) -> Path:
        return self.folder / "carrel.db"

    @property
    def tasks(self) -> Path:
        """Recipes and runs. Not in carrel.db: 100,000 rows must not slow the opening of the chats."""
        return self.folder / "tasks.db"

    @property
    def usage(self) -> Path:
        """Calls to providers, what they cost, and their receipts."""
        return self.folder / "usage.db"

    @property
    def library(self) -> Path:
        return self.folder / "library.db"

    @property
    def vectors(self) -> Path:
        return self.folder / "vectors"

    @property
    def scratch(self) -> Path:
        """What the reader process takes out of archives and mails; empty while it does not run."""
        return self.folder / "scratch"

    @property
    def models(self) -> Path:
        return self.folder / "models"

    @property
    def states(self) -> Path:
        return self.folder / "states"

    @property
    def logs(self) -> Path:
        return self.folder / "logs"

    @property
    def network(self) -> Path:
        """Every attempt to reach a network, one a line."""
        return self.logs / "network.jsonl"

    @property
    def lock(self) -> Path:
        return self.folder / "lock"
