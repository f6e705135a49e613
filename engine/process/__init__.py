"""The model process: what may be asked of it, what it does, and how the app asks."""
