"""Readers: one module per format, all reached through `read`."""

from rag.formats.registry import SUFFIXES, Progress, read, supported

__all__ = ["SUFFIXES", "Progress", "read", "supported"]
