"""Readers: one module per format, all reached through `read`, and pages as pictures through `draw`."""

from rag.formats.registry import (
    DRAWN,
    SUFFIXES,
    TABLES,
    Progress,
    draw,
    read,
    reason_against,
    seconds_for,
    supported,
)

__all__ = [
    "DRAWN",
    "SUFFIXES",
    "TABLES",
    "Progress",
    "draw",
    "read",
    "reason_against",
    "seconds_for",
    "supported",
]
