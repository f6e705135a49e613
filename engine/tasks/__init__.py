"""Recipes, and their runs over documents and table rows."""
