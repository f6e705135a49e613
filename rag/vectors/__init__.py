"""Nearest passages by cosine: exact, Chroma, and the one that keeps both in step."""
