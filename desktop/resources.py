"""What processes of ours use of the computer."""

from __future__ import annotations


def resident_bytes(pid: int | None = None) -> int:
    """Resident memory of a process (this one by default) in bytes; 0 where the system does not tell."""
    import psutil  # here, because the first figure is wanted long after the window is there

    try:
        return int(psutil.Process(pid).memory_info().rss)
    except psutil.Error:  # it has ended, or is not ours to ask about
        return 0
