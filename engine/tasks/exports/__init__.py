"""Runs as files that other programs read: CSV, Excel, JSON lines."""
