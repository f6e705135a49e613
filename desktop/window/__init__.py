"""The window's frame: sidebar, pages, sources, status strip, and what floats over them."""
