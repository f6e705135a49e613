"""Runs as files that other programs read: CSV, Excel, JSON lines."""

from engine.tasks.exports.append import APPENDED, append, size_of
from engine.tasks.exports.writing import ENDINGS, check_output, write

__all__ = ["APPENDED", "ENDINGS", "append", "check_output", "size_of", "write"]
