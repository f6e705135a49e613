"""How much memory there is for a model, how much one takes, and giving it back."""

from __future__ import annotations

import ctypes
import re
import sys
from pathlib import Path

import psutil

from engine.models.gguf import GgufHeader

# Beside weights and context: buffers for one chunk, the logits, Python itself. About 80 MB more than file
# and context was measured with the default model (loaded without a memory map); the rest is margin.
WORKSPACE_BYTES = 200_000_000


def needed_bytes(header: GgufHeader, context_tokens: int, batch_tokens: int = 0) -> int:
    """Memory that the model takes once it is loaded, with room for that many tokens.

    `batch_tokens`: room beside the context of a chat, for what is evaluated together with it.
    """
    return header.size_bytes + header.kv_bytes(context_tokens + batch_tokens) + WORKSPACE_BYTES


def available_bytes(control_group: Path = Path("/sys/fs/cgroup")) -> int | None:
    """Memory that can be had without pushing others out; None where the system does not say."""
    try:
        memory = psutil.virtual_memory()
    except (psutil.Error, OSError):
        return None
    # macOS compresses and pages before it refuses: only more than there is at all is hopeless.
    free = int(memory.total if sys.platform == "darwin" else memory.available)
    limited = _left_of_limit(control_group)
    return free if limited is None else min(free, limited)


def trim() -> None:
    """Hand freed memory back to the system, where the C library keeps it: glibc does, in pieces, for later.

    Only after something large was freed: it takes some milliseconds.
    """
    if sys.platform != "linux":
        return
    malloc_trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none and keeps little
    if malloc_trim is not None:
        malloc_trim(0)


def _left_of_limit(folder: Path) -> int | None:
    """What a container's limit leaves; pages of files can be dropped, so they count as free."""
    try:
        limit = (folder / "memory.max").read_text().strip()
        used = int((folder / "memory.current").read_text())
        files = re.search(r"^file (\d+)$", (folder / "memory.stat").read_text(), re.MULTILINE)
    except OSError:
        return None
    if limit == "max":
        return None
    return int(limit) - used + (int(files[1]) if files else 0)
