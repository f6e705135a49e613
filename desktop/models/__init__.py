"""The models page: what is installed, and which one answers."""
