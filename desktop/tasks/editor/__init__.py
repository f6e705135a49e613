"""The editor of a recipe: a form that fits its kind, and trying it beside."""
