"""The Tasks place: recipes, their runs, and the table that comes of them."""
