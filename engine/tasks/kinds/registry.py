"""Which module does which kind of task."""

from __future__ import annotations

from importlib import import_module
from typing import get_args

from engine.tasks.ports import TaskKind
from engine.tasks.recipe import Kind

KINDS: tuple[Kind, ...] = get_args(Kind)


def kind_of(kind: Kind) -> TaskKind:
    """The kind's module has it as `KIND`; it is imported when first needed."""
    found: TaskKind = import_module(f"engine.tasks.kinds.{kind}").KIND
    return found
