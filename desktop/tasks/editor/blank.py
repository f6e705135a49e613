"""What a new recipe begins with."""

from __future__ import annotations

from dataclasses import replace

from engine.tasks.recipe import Choice, Field, Kind, Label, Recipe


def blank(kind: Kind) -> Recipe:
    """A new recipe with the first lines to be filled in."""
    made = Recipe("", kind)
    if kind in ("classify", "route"):
        return replace(made, choices=(Choice("category", (Label(""), Label(""))),))
    if kind == "moderate":
        levels = (Label("none"), Label("mild"), Label("severe"))
        return replace(made, choices=(Choice("", levels),))
    if kind in ("extract", "structured"):
        return replace(made, fields=(Field(""),))
    return made
