"""How much memory there is for a model."""

from __future__ import annotations

import ctypes
import os
import re
import sys
from pathlib import Path

from engine.models.gguf import GgufHeader

# Beside weights and context: buffers for one chunk, the logits, Python itself. About 80 MB more than file
# and context was measured with the default model (loaded without a memory map); the rest is margin.
WORKSPACE_BYTES = 200_000_000


def needed_bytes(header: GgufHeader, context_tokens: int) -> int:
    """Memory that the model takes once it is loaded, with a context of that many tokens."""
    return header.size_bytes + header.kv_bytes(context_tokens) + WORKSPACE_BYTES


def available_bytes(system: Path = Path("/")) -> int | None:
    """Memory that can be had without pushing others out; None where the system does not say."""
    if sys.platform == "win32":
        return _windows_available()
    meminfo = system / "proc/meminfo"
    if not meminfo.exists():
        return _total()  # macOS compresses and pages: only more than there is at all is hopeless
    amounts = [_meminfo(meminfo), _control_group(system / "sys/fs/cgroup")]
    return min((amount for amount in amounts if amount is not None), default=None)


def _meminfo(path: Path) -> int | None:
    found = re.search(r"^MemAvailable:\s+(\d+) kB$", path.read_text(), re.MULTILINE)
    return int(found[1]) * 1024 if found else None


def _control_group(folder: Path) -> int | None:
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


def _total() -> int | None:
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (ValueError, OSError):
        return None


def _windows_available() -> int | None:
    """ullAvailPhys of GlobalMemoryStatusEx: the eight 64-bit fields begin after two 32-bit ones."""
    status = (ctypes.c_uint64 * 8)()
    ctypes.cast(status, ctypes.POINTER(ctypes.c_uint32))[0] = ctypes.sizeof(status)
    kernel = getattr(ctypes, "windll").kernel32  # noqa: B009 - only there on Windows, mypy knows it
    return int(status[2]) if kernel.GlobalMemoryStatusEx(ctypes.byref(status)) else None
