"""Finds what should not leave this computer in a text, and puts placeholders in its place."""
