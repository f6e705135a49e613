"""Finds persons and postal addresses in texts: a small head on the embedder's vectors of single words."""
