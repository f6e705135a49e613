"""Replies that are JSON of a promised shape: which schemas can be promised, and whether a reply keeps it."""
