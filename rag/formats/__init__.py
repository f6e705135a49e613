"""Readers: one module per format, all reached through `read`, and pages as pictures through `draw`."""

from rag.formats.registry import SUFFIXES, Progress, draw, read, supported

__all__ = ["SUFFIXES", "Progress", "draw", "read", "supported"]
