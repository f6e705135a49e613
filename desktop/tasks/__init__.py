"""Recipes, their runs, and questions about every document."""
